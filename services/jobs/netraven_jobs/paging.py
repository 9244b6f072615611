"""The pagers of devices on which paging stayed on: how each asks, and what it blots its question out with.
Pure; who presses the key is elsewhere.
"""

from __future__ import annotations

import re

_ASA = r"<--- More --->"  # of its carriage returns nothing is left but the blanks between them
# A space goes on. The longer ones come first, for some begin alike.
_MORE = "|".join(
    (
        r"-- MORE --, next page[^\n]*",
        r"---- More ----",
        r"---\(more(?: \d+%)?\)---",
        r"-- ?More ?--",
        r"Press <SPACE> to continue or <Q> to quit:",
    )
)
# What a terminal shows it with, as far as that is left.
_DRESS = r"(?:\x1b\[[0-9;?]*[mK])*"
_ASKS = re.compile(rf"(?:{_ASA}|{_MORE}){_DRESS}\s*$", re.I)
# Blanks between backspaces, carriage returns (line feeds by now), or steps to the left. Blanks behind them
# belong to the next line.
_BLOT = rf"(?:[\b]+ *[\b]+|\n +\n|\n|\r *\r|\x1b\[\d+D *(?:\x1b\[\d+D)?)?{_DRESS}"
# What stands before it is not part of the pattern: of a long row of blanks each would be a beginning.
_PAGED = re.compile(rf"{_DRESS}(?:{_ASA}(?: {{14}})?|(?:{_MORE}){_DRESS} ?{_BLOT})", re.I)
LEFT = re.compile(r"\x1b\[(\d+)D +\x1b\[\1D")
"""A blot made of steps to the left."""


def asks(tail: str) -> bool:
    """Whether a device whose last words these are waits for a key."""
    return _ASKS.search(tail) is not None


def unpaged(said: str) -> str:
    """What a device said, without its pager's questions."""
    *above, last = _PAGED.split(said)
    return "".join(part.rstrip(" \t") for part in above) + last


def as_backspaces(said: str) -> str:
    """Blots made of steps to the left, so that they are still there when escape sequences are not."""
    return LEFT.sub("\b\b", said)
