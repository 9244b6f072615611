"""Which form of an answer a client would rather have, by its Accept header (RFC 9110, 12.5.1). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

# How much a media range is wanted (0 to 1), and how early it stands, as a negative number.
_Weight = tuple[float, int]
_UNWANTED: _Weight = (0.0, 0)


@lru_cache(maxsize=64)
def preferred(accept: str | None, offered: Sequence[str]) -> str:
    """The media type out of `offered` that the client wants most: of equals the one that it names first.

    A client that says nothing, or wants none of them, gets the first: an answer that it may not have asked
    for is more use than none.
    """
    ranges = dict(_ranges(accept or ""))
    best = max(offered, key=lambda media: _weight(ranges, media))
    return best if _weight(ranges, best)[0] > 0 else offered[0]


def _ranges(accept: str) -> Iterator[tuple[str, _Weight]]:
    for place, one in enumerate(accept.split(",")):
        media, *parameters = (part.strip().lower() for part in one.split(";"))
        quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        yield media, (_number(quality), -place)


def _number(quality: str) -> float:
    try:
        return min(1.0, max(0.0, float(quality)))
    except ValueError:
        return 0.0


def _weight(ranges: Mapping[str, _Weight], media: str) -> _Weight:
    """By the narrowest range that covers it."""
    kind = media.partition("/")[0]
    return next((ranges[one] for one in (media, f"{kind}/*", "*/*") if one in ranges), _UNWANTED)
