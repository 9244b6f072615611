"""How long to wait before the next try: longer each time, never in step with others. No sleeping here."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass(slots=True)
class Backoff:
    """Waiting times in seconds: from `first` to `most`, doubling, each shortened at random by up to half.

    What then ran for `settled` seconds counts as healthy: the next failure begins from the start.
    """

    first: float = 0.5
    most: float = 30.0
    settled: float = 60.0
    failures: int = field(default=0, init=False)

    def after(self, ran_for: float) -> float:
        """The wait after something that failed after `ran_for` seconds."""
        if ran_for >= self.settled:
            self.failures = 0
        # The exponent is bounded because a week of failures would make the power itself overflow.
        whole = min(self.most, self.first * 2 ** min(self.failures, 30))
        self.failures += 1
        return float(whole * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load, guards nothing
