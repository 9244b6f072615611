"""What becomes of tasks whose worker, or the process that had their sessions, has ended: which are begun
anew, which of them alone, and which are not tried again. Pure: the counts are given.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_CRASHES = 2
ENDED = "the process that had the session ended unexpectedly"
FEW = 4  # tasks among which the one that ended their worker or process is looked for


@dataclass(frozen=True, slots=True)
class Crash:
    """An end that nobody wanted: how many tasks it cost, and how many of them had been cost by one before.

    `explained`: it is known to come of something else than these tasks.
    """

    had: int
    suspects: int
    explained: bool = False

    def convicts(self, crashes: int, alone: bool) -> bool:
        """Whether a task is not tried again, with `crashes`, this one counted; `alone`: it had no company."""
        found = alone or (self.suspects == 1 and not self.explained)
        return crashes >= MOST_CRASHES and found

    def isolates(self, crashes: int) -> bool:
        """Whether a task that is begun anew is to be done alone.

        Which of a few it was shows when they are done one by one. What had many was most likely ended from
        outside: they go on as before, and one by one only when that happens to them again.
        """
        return crashes >= MOST_CRASHES or (self.had <= FEW and not self.explained)


class Crashed(Exception):
    """The process that had a task's session has ended; nobody knows what came of the session."""

    def __init__(self, crash: Crash) -> None:
        super().__init__(ENDED)
        self.crash = crash
