"""What an instance has done: how many calls, how many failed, how long they took. Nothing is sent here."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from nameko.extensions import SharedExtension

# The latest calls that percentiles are taken from.
RESERVOIR = 1000


@dataclass(slots=True)
class Counts:
    """Calls now, calls ever, and the durations of the latest."""

    busy: int = 0
    handled: int = 0
    failed: int = 0
    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=RESERVOIR))

    def begin(self) -> None:
        """A call is taken up."""
        self.busy += 1

    def end(self, seconds: float, failed: bool) -> None:
        """It is over after `seconds`; `failed` is a fault of ours, not an answer that the caller dislikes."""
        self.busy -= 1
        self.handled += 1
        self.failed += failed
        self.seconds.append(seconds)

    def percentile_ms(self, share: float) -> float | None:
        """The milliseconds that `share` (0 to 1) of the latest calls took at most; None before the first."""
        if not self.seconds:
            return None
        ordered = sorted(self.seconds)
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 2)

    def snapshot(self) -> dict[str, Any]:
        """The figures as a heartbeat shows them."""
        return {
            "busy": self.busy,
            "handled": self.handled,
            "failed": self.failed,
            "p50_ms": self.percentile_ms(0.5),
            "p99_ms": self.percentile_ms(0.99),
        }


class Stats(SharedExtension):
    """The one Counts of a container: declare it in any extension that handles calls, and feed `counts`."""

    def __init__(self) -> None:
        self.counts = Counts()
        super().__init__()
