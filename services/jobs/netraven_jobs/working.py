"""A worker's tasks in hand: taken, kept, carried out, reported, or given back. No timers, no queue, no
Nameko.

Nothing but a lease makes a task ours: what is lost is stopped at once, for somebody else may have it by now.
If nobody has, it is given back when the database answers again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic
from typing import Any

import eventlet
import structlog

from netraven_chassis.bus.stats import Counts
from netraven_chassis.clock import now_ms
from netraven_chassis.combine import Combiner
from netraven_chassis.faults import infrastructure
from netraven_jobs import carrying, due, job_type, permits
from netraven_jobs.carrying import Report, Stopped
from netraven_jobs.claims import Blocked, Claims
from netraven_jobs.crash import ENDED, Crash
from netraven_jobs.dispatch import Message
from netraven_jobs.lost import NO_ANSWER, Lost
from netraven_jobs.session_context import CANCELLED, GIVEN_BACK, LOST, SessionContext, Surroundings
from netraven_jobs.tasks import Document

log = structlog.get_logger(__name__)

LET_GO_SECONDS = 2.0  # for a stopped task to end by itself
WAIT_MS = 10_000  # a task that waits for a permit is looked at again after this, twice that at most
REPORT_TRIES = 40
FLUSH_SECONDS = 5.0  # between two looks whether the lease is over
TOGETHER = 100  # reports in one trip to the database

Reports = Sequence[tuple[Document, Report]]


class Work:
    """What this worker does.

    Parameters: `seconds`, the time limit for a device; `ring`, called with the ids of reported tasks;
    `hand_on`, called with a message for a task that may begin now because another ended.
    """

    def __init__(
        self,
        claims: Claims,
        around: Surroundings,
        seconds: float,
        counts: Counts,
        ring: Callable[[Sequence[str]], None],
        hand_on: Callable[[Message], None],
    ) -> None:
        self._claims, self._around = claims, around
        self._seconds, self._counts = seconds, counts
        self._ring, self._hand_on = ring, hand_on
        self._going: dict[str, tuple[SessionContext, Any]] = {}
        # A report waits for its last lines: nobody waits for it.
        self._lost = Lost(
            claims, partial(eventlet.spawn, self._call_off), self._let_others_begin, self._going.__contains__
        )
        self._kept_at = monotonic()
        self._reports: Combiner[Reports, bool] = Combiner(self._report_all, TOGETHER)

    @property
    def busy(self) -> int:
        """How many tasks are in hand."""
        return len(self._going)

    def do(self, message: Message) -> None:
        """Take those of the tasks that are there to be taken, and carry them out. Raises pymongo's errors."""
        with self._lost.asking(message.tasks):
            taken = self._claims.take_all(message.tasks) if message.whole else self._one_by_one(message)
            contexts = [SessionContext(task, self._around, self._seconds) for task in taken]
            thread = self._begin(contexts) if contexts else None
        if thread is not None:
            self._carry_out(contexts, thread)

    def _one_by_one(self, message: Message) -> list[Document]:
        taken = []
        for ident in message.tasks:
            task = self._take_or_wait(ident, message.site)
            if task is not None:
                taken.append(task)
        return taken

    def _take_or_wait(self, ident: str, site: str | None) -> Document | None:
        """The task when it is ours; else None, and where it is blocked it waits to be handed on."""
        known: set[Blocked] = set()
        while isinstance(found := self._claims.take(ident, site), Blocked):
            if found in known:
                return None
            self._claims.wait(ident, found, now_ms() + WAIT_MS + due.spread(ident, WAIT_MS))
            # Freed before that was known, a permit is handed on to nobody: so, look once more.
            known.add(found)
        return found

    def _begin(self, contexts: Sequence[SessionContext]) -> Any:
        """Have them in hand; the greenthread that carries them out."""
        for context in contexts:
            context.log("debug", f"begun, attempt {context.attempt}", attempt=context.attempt)
        if not self._going:
            self._kept_at = monotonic()
        thread = eventlet.spawn(carrying.carry_out, contexts)
        for context in contexts:
            self._going[context.task_id] = (context, thread)
        return thread

    def _carry_out(self, contexts: Sequence[SessionContext], thread: Any) -> None:
        self._counts.begin()
        reports: list[Report] = []
        try:
            reports = thread.wait()
        except Stopped:
            reports = [self._stopped(context) for context in contexts]
        finally:
            self._finish(contexts, reports)

    def _stopped(self, context: SessionContext) -> Report:
        fault = job_type.Result("failed", "INTERNAL", carrying.FAULT)
        return carrying.report(context, fault)

    def _finish(self, contexts: Sequence[SessionContext], reports: Sequence[Report]) -> None:
        """Report what is still ours, give back what is to be given back, and let go of it all."""
        pairs = list(zip(contexts, reports, strict=False))
        faults = any(told["error_class"] == "INTERNAL" for told in reports)
        unfinished = [one for one, told in pairs if _unfinished(one, told)]
        anew = [(one, crash) for one, _ in pairs if (crash := _broken_off(one)) is not None]
        mine = [(one, told) for one, told in pairs if _is_over(one, told)]
        lost = [one for one in contexts if one.stopped == LOST]
        try:
            self._give_back(unfinished)
            self._begin_anew(anew)
            self._report(mine)
        except Exception as error:
            if infrastructure(error):
                lost = list(contexts)  # those that were written all the same are not given back
            raise
        finally:
            for context in contexts:
                self._let_go(context)
            self._lost.add(lost)
            self._counts.end(monotonic() - contexts[0].began, faults)
        self._let_others_begin([context for context, _ in [*mine, *anew]])

    def _let_go(self, context: SessionContext) -> None:
        """Forget one that is over here; the same task may be in hand again by now, under another epoch."""
        if self._going.get(context.task_id, (None,))[0] is context:
            del self._going[context.task_id]

    def _report(self, mine: Sequence[tuple[SessionContext, Report]]) -> None:
        for context, told in mine:
            carrying.say(context, told)
        if mine:
            self._await_lines()
            self._patiently(lambda: self._reports.do([(one.task, told) for one, told in mine]))
            self._ring([context.task_id for context, _ in mine])

    def _await_lines(self) -> None:
        """Let all that was said be written, for a job is over with its last report; while the database is
        away, as long as the lease can last.
        """
        until = monotonic() + self._claims.lease_seconds
        while not self._around.lines.flush(FLUSH_SECONDS):
            if monotonic() > until:
                log.warning("tasks are reported before their last lines are written")
                return

    def _report_all(self, reports: Sequence[Reports]) -> list[bool]:
        """Those that end at once share a trip to the database."""
        self._claims.report([one for some in reports for one in some])
        return [True] * len(reports)

    def _give_back(self, contexts: Sequence[SessionContext]) -> None:
        for context in contexts:
            context.log("warning", "given back: this worker is being stopped", attempt=context.attempt)
        if contexts:
            self._claims.give_back([context.task for context in contexts])

    def _begin_anew(self, contexts: Sequence[tuple[SessionContext, Crash]]) -> None:
        for context, crash in contexts:
            context.log("error", f"{ENDED}; it is begun anew", attempt=context.attempt)
            self._patiently(partial(self._claims.begin_anew, context.task, crash))

    def _let_others_begin(self, contexts: Sequence[SessionContext]) -> None:
        """Hand on what waited for the permits that are free now."""
        with_permits = [context for context in contexts if permits.DEVICE in context.task]
        if not with_permits or not self._claims.anybody_waits():
            return
        for context in with_permits:
            device = context.device
            freed = [permits.of_device(device["id"]), permits.of_site(device["location"])]
            task = self._claims.next_for(freed, now_ms())
            if task is not None:
                self._hand_on(Message((str(task["_id"]),), site=task["device"]["location"]))

    def _patiently(self, step: Callable[[], Any]) -> None:
        """Do the step; while the database is away, again and again, as long as the lease can last."""
        for number in range(REPORT_TRIES):
            try:
                step()
                return
            except Exception as error:
                if not infrastructure(error) or number == REPORT_TRIES - 1:
                    raise
                log.warning("a report has to wait", error=repr(error))
                eventlet.sleep(0.25)

    # Keeping.

    def look(self) -> None:
        """Look which tasks are still ours and which are to be stopped. Raises pymongo's errors."""
        going = dict(self._going)
        if not going:
            return
        held = self._claims.held(list(going))
        for ident, (context, _thread) in going.items():
            epoch, cancel = held.get(ident, (0, False))
            if ident in self._going and epoch != context.epoch:
                self._stop(ident, LOST)
            elif cancel and not context.stopped:
                self._stop(ident, CANCELLED)

    def keep(self) -> None:
        """Keep all that is in hand for another lease. Raises pymongo's errors."""
        asked = monotonic()
        if self._going:
            self._claims.renew(list(self._going))
        self._kept_at = asked

    def doubt(self, seconds: float) -> None:
        """Stop all when nothing could be kept for so long that somebody else may have it by now."""
        if monotonic() - self._kept_at <= seconds:
            return
        kept = [ident for ident, (context, _) in self._going.items() if not context.stopped]
        if kept:
            log.warning(f"the leases are lost, {NO_ANSWER}", tasks=len(kept))
        for ident in kept:
            self._stop(ident, LOST)

    def give_back_lost(self) -> None:
        """Give back what was lost and is nobody else's. Raises pymongo's errors: then it waits."""
        self._lost.give_back()

    def _call_off(self, context: SessionContext) -> None:
        """Report what was lost, is ours nevertheless, and was cancelled."""
        context.stopped = CANCELLED
        try:
            self._report([(context, self._stopped(context))])
            self._let_others_begin([context])
        except Exception as error:
            if not infrastructure(error):
                raise
            self._lost.add([context])

    def give_up(self) -> None:
        """Stop all and give it back, because this worker ends."""
        for ident in list(self._going):
            self._stop(ident, GIVEN_BACK)

    def _stop(self, ident: str, why: str) -> None:
        context, thread = self._going[ident]
        context.stop(why)
        eventlet.spawn_after(
            LET_GO_SECONDS if why != GIVEN_BACK else 0.5, self._force, ident, context, thread
        )

    def _force(self, ident: str, context: SessionContext, thread: Any) -> None:
        if self._going.get(ident, (None,))[0] is context:
            thread.kill(Stopped())


def _broken_off(context: SessionContext) -> Crash | None:
    """With what a task's session went down, so that it is to be begun anew; None when it did not."""
    return None if context.stopped else context.crash


def _is_over(context: SessionContext, told: Report) -> bool:
    """Whether a task is still ours and is to be reported."""
    return context.stopped != LOST and not _unfinished(context, told) and _broken_off(context) is None


def _unfinished(context: SessionContext, told: Report) -> bool:
    """Whether a task was broken off by a stop of the worker, so that it is to be begun anew."""
    return context.stopped == GIVEN_BACK and told["status"] != "succeeded"
