"""Carrying a task out: the job type is run under a time limit, and whatever it does, a report comes of it. No
leases, no queue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

import eventlet
import structlog

from netraven_chassis.backoff import Backoff
from netraven_chassis.clock import now_ms
from netraven_chassis.faults import infrastructure
from netraven_contracts.errors import NetRavenError
from netraven_jobs import collector, job_type
from netraven_jobs.crash import Crashed
from netraven_jobs.job_type import Plugin, Result
from netraven_jobs.session_context import CANCELLED, SessionContext

log = structlog.get_logger(__name__)

# For a type to notice by itself that its time is over. The collector knows better what was amiss with a
# session, and has a stuck process to replace: its word comes first.
GRACE_SECONDS = collector.GRACE_SECONDS + 3.0
AGAIN_SECONDS = (0.5, 5.0)  # the first and the longest wait for a part of the system that is away
AWAY = "a part of the system gives no answer"
TOLD_CANCELLED = "stopped, because the job was cancelled"
FAULT = "something went wrong on our side"

_LEVELS = {"succeeded": "info", "skipped": "info", "cancelled": "warning"}

Report = dict[str, Any]


class Stopped(BaseException):
    """Thrown into a task that did not end by itself when it was told to."""


def carry_out(contexts: Sequence[SessionContext]) -> list[Report]:
    """Do the tasks, all of one type; a report for each, in their order. Raises Stopped when told to end at
    once.
    """
    plugin = job_type.named(str(contexts[0].task["type"]))
    limit = max(0.1, contexts[0].deadline - monotonic()) + GRACE_SECONDS
    try:
        with eventlet.Timeout(limit):
            results = _run(plugin, contexts)
    except eventlet.Timeout:
        for context in contexts:
            context.stop("late")
        results = [Result("failed", "TIMEOUT", f"not done within {limit - GRACE_SECONDS:.0f} s")] * len(
            contexts
        )
    return [report(context, result) for context, result in zip(contexts, results, strict=True)]


def _run(plugin: Plugin | None, contexts: Sequence[SessionContext]) -> Sequence[Result]:
    """The results. While a part of the system is away the work is begun again, as long as there is time."""
    backoff = Backoff(*AGAIN_SECONDS)
    while True:
        try:
            return _results(plugin, contexts)
        except Exception as error:
            wait = backoff.after(0)
            over = contexts[0].cancelled() or monotonic() + wait > contexts[0].deadline
            if over or not infrastructure(error):
                return [_failed(error)] * len(contexts)
            for context in contexts:
                context.log("warning", f"{AWAY}; begun again in {wait:.1f} s", reason=type(error).__name__)
            eventlet.sleep(wait)


def _results(plugin: Plugin | None, contexts: Sequence[SessionContext]) -> Sequence[Result]:
    if plugin is None:
        raise LookupError(f"this worker knows no type {contexts[0].task['type']}")
    if plugin.run_all is not None:
        results = list(plugin.run_all(contexts))
        if len(results) != len(contexts):
            raise LookupError(f"{plugin.meta.name} gave {len(results)} results for {len(contexts)} devices")
        return results
    if plugin.run is None:
        raise LookupError(f"{plugin.meta.name} has nothing to run")
    return [_had(plugin.run, context) for context in contexts]


def _had(run: Callable[[SessionContext], Result], context: SessionContext) -> Result:
    """What came of one; also when the process of its session has ended."""
    try:
        return run(context)
    except Crashed as crashed:
        crashes = context.crashes + 1
        if crashed.crash.convicts(crashes, bool(context.task["alone"])):
            text = f"{crashes} processes ended while they had its session; it is not tried again"
            return Result("failed", "INTERNAL", text)
        context.crash = crashed.crash
        return Result("failed", "INTERNAL", str(crashed))


def _failed(error: Exception) -> Result:
    if isinstance(error, NetRavenError):
        return Result("failed", "INTERNAL", error.message)
    if infrastructure(error):
        return Result("failed", "INTERNAL", f"{AWAY}; try again")
    log.exception("a task failed")
    return Result("failed", "INTERNAL", FAULT)


def report(context: SessionContext, result: Result) -> Report:
    """What is written of a task."""
    if context.stopped == CANCELLED and result.status != "succeeded":
        result = Result("cancelled", "CANCELLED", TOLD_CANCELLED)
    return {
        "status": result.status,
        "error_class": result.error_class,
        "message": result.message,
        "data": dict(result.data),
        "attempts": list(context.attempts),
        "duration_ms": int((monotonic() - context.began) * 1000),
        "finished_at": now_ms(),
    }


def say(context: SessionContext, told: Report) -> None:
    """Write the task's last line into the log."""
    level = _LEVELS.get(told["status"], "error")
    words = f"{told['status']}, {told['error_class']}" if told["error_class"] else str(told["status"])
    text = f"{words}: {told['message']}" if told["message"] else words
    context.log(
        level,
        text,
        status=told["status"],
        error_class=told["error_class"],
        run=context.task["run"],
        attempt=context.attempt,
        duration_ms=told["duration_ms"],
    )
