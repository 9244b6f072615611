"""When a schedule is due: arithmetic of time, and nothing else. Pure.

`when` is {"every": seconds}, {"cron": "…", "timezone": "…"} or {"at": UTC milliseconds}. Moments are UTC
milliseconds. When the clocks change, a job at a fixed hour runs once a day: in the hour that is left out at
that hour's end, in the hour that comes twice the first time. One for every hour (`*` or `*/n` in the hour's
field) keeps its pace instead: it skips the hour that is left out and runs in both that are alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from croniter import CroniterBadCronError, CroniterBadDateError, croniter

When = Mapping[str, Any]

LEAST_SECONDS = 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_MARGIN = timedelta(hours=2)  # more than any change of the clocks
_LETTERS = re.compile(r"[^\W\d_]+")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
_WORDS = frozenset(f"{_MONTHS} sun mon tue wed thu fri sat l".split())  # l: the last day of a month
# What earlier versions took. To the parser it is another time at each look; its H is one that a seed gives.
_RANDOM = re.compile(r"(?<![a-z])r(?![a-z])", re.I)


class Undue(ValueError):
    """A schedule that cannot be kept; `field` names the part that is wrong."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


def check(when: When) -> None:
    """Raises Undue when the schedule means nothing or too much."""
    if "every" in when:
        if when["every"] < LEAST_SECONDS:
            raise Undue("every", f"must be at least {LEAST_SECONDS} seconds")
    elif "cron" in when:
        _check_cron(str(when["cron"]), str(when.get("timezone") or "UTC"))
    elif "at" not in when:
        raise Undue("every", "is required, or cron or at; say when")


def _check_cron(expression: str, zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise Undue(
            "timezone", f"there is no time zone {zone}; use one such as Europe/Zurich or UTC"
        ) from None
    if len(expression.split()) > 5:
        raise Undue("cron", "must have five fields: minute hour day month weekday")
    # The parser knows more letters than cron: R stands for another time whenever it is looked at.
    if strange := sorted(set(_LETTERS.findall(" ".join(_fields(expression)).lower())) - _WORDS):
        raise Undue("cron", f"means nothing: {strange[0]} is neither a month nor a day such as jan or mon")
    try:
        croniter(expression, datetime(2026, 1, 1)).get_next(datetime)
    except (CroniterBadCronError, CroniterBadDateError) as error:
        raise Undue("cron", f"means nothing: {error}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Undue("cron", "means nothing; write it like 0 3 * * *") from None


def following(when: When, after: int, seed: str) -> int | None:
    """The first moment after `after` that is due; None when there is none any more.

    `seed` tells schedules with one interval apart: each has its own place in it. It also gives the time that
    an `R` in an older cron expression stands for.
    """
    if "at" in when:
        return int(when["at"]) if when["at"] > after else None
    if "every" in when:
        every, phase = _rhythm(when, seed)
        return after + every - (after - phase) % every
    return _cron_after(when, after, seed)


def latest(when: When, after: int, now: int, seed: str) -> int | None:
    """The last moment that was due after `after` and not later than `now`: of many missed ones the last."""
    if "at" in when:
        return int(when["at"]) if after < when["at"] <= now else None
    if "every" in when:
        every, phase = _rhythm(when, seed)
        found: int | None = now - (now - phase) % every
    else:
        found = _cron_until(when, now, seed)
    return found if found is not None and found > after else None


def spread(ident: str, over_ms: int) -> int:
    """Where in a span of so many milliseconds a thing has its place: always the same one."""
    return crc32(ident.encode()) * over_ms >> 32


def _rhythm(when: When, seed: str) -> tuple[int, int]:
    every = int(when["every"]) * 1000
    return every, spread(seed, every)


# Cron. Local times without a zone are walked, and each is then given the moments that it stands for.


def _cron_after(when: When, after: int, seed: str) -> int | None:
    zone, steady = _zone(when), _steady(when)
    found: int | None = None
    # The hour that comes twice is walked once: begin before it, else its second half would be missed.
    start = _local(after, zone) - (_MARGIN if _restless(after, zone) else timedelta(0))
    for local in _walk(str(when["cron"]), seed, start, "get_next"):
        moments = _moments(local, zone, steady)
        # Later local times stand for no earlier moments than this one's first.
        if found is not None and moments and moments[0] >= found:
            break
        found = min((moment for moment in (*moments, found) if moment and moment > after), default=None)
        if found is not None and not _restless(found, zone):
            break
    return found


def _cron_until(when: When, now: int, seed: str) -> int | None:
    zone, steady = _zone(when), _steady(when)
    found: int | None = None
    start = _local(now, zone) + (_MARGIN if _restless(now, zone) else timedelta(minutes=1))
    for local in _walk(str(when["cron"]), seed, start, "get_prev"):
        moments = _moments(local, zone, steady)
        if found is not None and moments and moments[-1] <= found:
            break
        found = max((moment for moment in (*moments, found) if moment and moment <= now), default=None)
        if found is not None and not _restless(found, zone):
            break
    return found


def _walk(expression: str, seed: str, start: datetime, way: str) -> Iterator[datetime]:
    """The local times that the expression names, from `start` on or back."""
    times = croniter(_RANDOM.sub("H", expression), start, hash_id=f"seed {seed}".encode())
    try:
        while True:
            yield getattr(times, way)(datetime)
    except CroniterBadDateError:
        return  # it names no further one, such as the 30th of February


def _moments(local: datetime, zone: ZoneInfo, steady: bool) -> list[int]:
    """The moments at which the clocks there show this time."""
    first, second = (_ms(local.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    if first == second:
        return [first]
    if first < second:  # it comes twice
        return [first, second] if steady else [first]
    # It is left out: reckoned with the offset after the gap, or with that before it. The gap ends between.
    return [] if steady else [_gap_end(second, first, zone)]


def _gap_end(low: int, high: int, zone: ZoneInfo) -> int:
    """The moment between the two at which the clocks go forward."""
    before = _offset(low, zone)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return high


def _restless(moment: int, zone: ZoneInfo) -> bool:
    """Whether the clocks change within a few hours of the moment."""
    margin = _MARGIN // _MS
    return _offset(moment - margin, zone) != _offset(moment + margin, zone)


def _steady(when: When) -> bool:
    fields = _fields(str(when["cron"]))
    return len(fields) < 2 or fields[1].startswith("*")


@lru_cache(maxsize=1024)
def _fields(expression: str) -> tuple[str, ...]:
    named = {"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0"}
    yearly = {"@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *"}
    return tuple({**named, **yearly}.get(expression.lower(), expression).split())


def _zone(when: When) -> ZoneInfo:
    return ZoneInfo(str(when.get("timezone") or "UTC"))


def _offset(moment: int, zone: ZoneInfo) -> timedelta | None:
    return (_EPOCH + moment * _MS).astimezone(zone).utcoffset()


def _local(moment: int, zone: ZoneInfo) -> datetime:
    return (_EPOCH + moment * _MS).astimezone(zone).replace(tzinfo=None)


def _ms(moment: datetime) -> int:
    return (moment.astimezone(UTC) - _EPOCH) // _MS
