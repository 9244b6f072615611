"""A clock that tests move. Nobody waits here."""

from __future__ import annotations

from dataclasses import dataclass

from netraven_chassis.clock import SystemClock


@dataclass
class MovableClock:
    """`ahead` milliseconds before the real one, until it is stopped."""

    ahead: int = 0
    _stopped_at: int | None = None

    def now(self) -> int:
        """UTC milliseconds."""
        return (self._stopped_at or SystemClock().now()) + self.ahead

    def stop(self, at: int | None = None) -> None:
        """Let time pass only through `ahead`, from now on or from `at` (UTC milliseconds)."""
        self._stopped_at = SystemClock().now() if at is None else at

    def reset(self) -> None:
        """Show the real time again."""
        self.ahead, self._stopped_at = 0, None
