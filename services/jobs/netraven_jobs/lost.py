"""Tasks that nobody has in hand because the database gave a worker no answer, and that are in its name there:
it has let them go, or was never told that it has them. They are given back, which is no crash. No sessions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

from netraven_chassis.faults import infrastructure
from netraven_jobs.claims import Claims
from netraven_jobs.session_context import SessionContext

NO_ANSWER = "the database gave no answer for too long"


class Lost:
    """What one worker lost.

    Parameters: `call_off`, called with one that was cancelled meanwhile and is to be reported as that;
    `freed`, called with those that were given back, whose permits others may want; `in_hand`, whether a task
    is being carried out.
    """

    def __init__(
        self,
        claims: Claims,
        call_off: Callable[[SessionContext], None],
        freed: Callable[[Sequence[SessionContext]], None],
        in_hand: Callable[[str], bool],
    ) -> None:
        self._claims, self._call_off, self._freed, self._in_hand = claims, call_off, freed, in_hand
        self._asked = Counter[str]()
        self._unsure: dict[str, float] = {}  # by task, until when the database may still come to it
        self._waiting: dict[str, SessionContext] = {}

    def add(self, contexts: Iterable[SessionContext]) -> None:
        """These are lost, and their sessions are over."""
        self._waiting.update({context.session_id: context for context in contexts})

    @contextmanager
    def asking(self, idents: Sequence[str]) -> Iterator[None]:
        """While these are being taken, and until they are in hand: they are ours perhaps when that fails."""
        self._asked.update(idents)
        try:
            yield
        except Exception as error:
            if infrastructure(error):
                until = monotonic() + self._claims.lease_seconds
                self._unsure.update(dict.fromkeys(idents, until))
            raise
        finally:
            self._asked -= Counter(idents)

    def give_back(self) -> None:
        """Give back those that nobody else has taken up meanwhile. Raises pymongo's errors: then they wait
        for the next time.
        """
        self._give_back_lost()
        self._give_back_unsure()

    def _give_back_unsure(self) -> None:
        """Those that were taken, but the answer was lost. One that was cancelled the planner skips."""
        if not self._unsure:
            return
        held = self._claims.held(list(self._unsure))
        # Looked at after the question: what is asked for since then cannot have come of it.
        stray = [ident for ident in held if not self._asked[ident] and not self._in_hand(ident)]
        if stray:
            self._claims.give_back([{"_id": ident, "epoch": held[ident][0]} for ident in stray])
        now = monotonic()
        self._unsure = {ident: until for ident, until in self._unsure.items() if until > now}

    def _give_back_lost(self) -> None:
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
