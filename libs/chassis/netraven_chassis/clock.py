"""What time it is, as UTC milliseconds, and how a time looks on the wire. No timers, no sleeping."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Clock(Protocol):
    """Anything that tells the time; tests bring their own."""

    def now(self) -> int:
        """UTC milliseconds since 1970."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """UTC milliseconds since 1970."""
        return now_ms()


def now_ms() -> int:
    """UTC milliseconds since 1970, from the machine's clock."""
    return time.time_ns() // 1_000_000


def iso(ms: int) -> str:
    """The moment as clients see it: 2026-01-02T03:04:05.678Z."""
    return f"{_second(ms // 1000)}.{ms % 1000:03d}Z"


@lru_cache(maxsize=16)  # every line of a log within a second begins alike
def _second(seconds: int) -> str:
    # Not strftime: it writes the first years with fewer than four digits.
    return (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()


def parse_iso(text: str) -> int:
    """UTC milliseconds of an ISO-8601 time; one without a zone is taken as UTC.

    Raises ValueError for anything else.
    """
    moment = datetime.fromisoformat(text.strip().replace(" ", "+"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MILLISECOND
