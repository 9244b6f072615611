"""Tasks that a worker has let go of because the database gave it no answer: nobody has them in hand, and in
the database they are in its name still. They wait here to be given back, and that is no crash. No sessions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from netraven_jobs.claims import Claims
from netraven_jobs.session_context import SessionContext

NO_ANSWER = "the database gave no answer for too long"


class Lost:
    """What one worker lost.

    Parameters: `call_off`, called with one that was cancelled meanwhile and is to be reported as that;
    `freed`, called with those that were given back, whose permits others may want.
    """

    def __init__(
        self,
        claims: Claims,
        call_off: Callable[[SessionContext], None],
        freed: Callable[[Sequence[SessionContext]], None],
    ) -> None:
        self._claims, self._call_off, self._freed = claims, call_off, freed
        self._waiting: dict[str, SessionContext] = {}

    def add(self, contexts: Iterable[SessionContext]) -> None:
        """These are lost, and their sessions are over."""
        self._waiting.update({context.session_id: context for context in contexts})

    def give_back(self) -> None:
        """Give back those that nobody else has taken up meanwhile. Raises pymongo's errors: then they wait
        for the next time.
        """
        if not self._waiting:
            return
        lost = dict(self._waiting)
        ours, cancelled = self._ours(lost.values())
        for context in ours:
            context.log("warning", f"given back: {NO_ANSWER}", attempt=context.attempt)
        if ours:
            self._claims.give_back([context.task for context in ours])
        for session_id in lost:
            self._waiting.pop(session_id, None)
        for context in cancelled:
            self._call_off(context)
        self._freed(ours)

    def _ours(self, lost: Iterable[SessionContext]) -> tuple[list[SessionContext], list[SessionContext]]:
        """Those that are in our name still, and apart from them those that were cancelled."""
        ours: list[SessionContext] = []
        cancelled: list[SessionContext] = []
        held = self._claims.held([context.task_id for context in lost])
        for context in lost:
            # What was taken up by somebody else, or by us once more, has another epoch.
            epoch, cancel = held.get(context.task_id, (0, False))
            if epoch == context.epoch:
                (cancelled if cancel else ours).append(context)
        return ours, cancelled
