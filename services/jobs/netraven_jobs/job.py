"""A job: what is to be done with which devices, and how far it is. No clock, no ids, no database, no devices.

Its devices have tasks of their own (tasks.py, task.py), so that a job's history is as short for ten thousand
of them as for one. `TRANSITIONS` says all that can become of a job; whoever decides asks nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from netraven_chassis.aggregate import Aggregate
from netraven_contracts.errors import Conflict, NotFound

NONE = ""
QUEUED, RUNNING, CANCELLING = "queued", "running", "cancelling"
SUCCEEDED, PARTIAL, FAILED, CANCELLED = "succeeded", "partial", "failed", "cancelled"
OVER = (SUCCEEDED, PARTIAL, FAILED, CANCELLED)
ACTIVE = (QUEUED, RUNNING, CANCELLING)

ALL, ONLY_FAILED = "all", "failed"


@dataclass(frozen=True, slots=True)
class JobRequested:
    """Somebody, or a schedule, wants this done. `target` is {"devices": […]}, {"tags": […]} or {"all": True};
    `spread_ms`, over how long its devices' starts are to be spread.
    """

    type: str
    target: Mapping[str, Any]
    options: Mapping[str, Any]
    name: str | None
    schedule_id: str | None
    spread_ms: int = 0


@dataclass(frozen=True, slots=True)
class JobStarted:
    """Its devices are known now, `devices` of them in this run, and their tasks may be done."""

    run: int
    devices: int


@dataclass(frozen=True, slots=True)
class JobCancelRequested:
    """What runs is to be stopped and what waits to be skipped."""


@dataclass(frozen=True, slots=True)
class JobCancelled:
    """It was called off before it ever began."""


@dataclass(frozen=True, slots=True)
class JobRetried:
    """The next run is wanted: with `only` "failed" for the devices that did not succeed, else for all."""

    run: int
    only: str


@dataclass(frozen=True, slots=True)
class JobFinished:
    """All of this run's devices are done with. `counts`: how many of the job's devices ended how."""

    run: int
    status: str
    counts: Mapping[str, int]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RequestJob:
    """Want something done. The fields are those of JobRequested."""

    type: str
    target: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    name: str | None = None
    schedule_id: str | None = None
    spread_ms: int = 0


@dataclass(frozen=True, slots=True)
class StartRun:
    """The tasks of `run` are there, `devices` of them."""

    run: int
    devices: int


@dataclass(frozen=True, slots=True)
class CancelJob:
    """Stop it."""


@dataclass(frozen=True, slots=True)
class RetryJob:
    """Do it again, for all devices or only those that did not succeed."""

    only: str = ONLY_FAILED


@dataclass(frozen=True, slots=True)
class FinishRun:
    """No device of `run` is left; of one that is cancelled, those are counted that were found since.
    `counts`: {"total", "succeeded", "failed", "skipped", "cancelled"} over all
    devices of the job; `reason`, for people, when it failed as a whole.
    """

    run: int
    counts: Mapping[str, int]
    reason: str | None = None


TRANSITIONS: Mapping[tuple[str, type], tuple[str, ...]] = {
    (NONE, RequestJob): (QUEUED,),
    (QUEUED, StartRun): (RUNNING,),
    (QUEUED, CancelJob): (CANCELLED, CANCELLING),
    (RUNNING, CancelJob): (CANCELLING,),
    (CANCELLING, CancelJob): (CANCELLING,),
    (RUNNING, FinishRun): (SUCCEEDED, PARTIAL, FAILED),
    (CANCELLING, FinishRun): (CANCELLED,),
    (CANCELLED, FinishRun): (CANCELLED,),
    (SUCCEEDED, RetryJob): (QUEUED,),
    (PARTIAL, RetryJob): (QUEUED,),
    (FAILED, RetryJob): (QUEUED,),
    (CANCELLED, RetryJob): (QUEUED,),
}
"""{(status, command): the statuses that may follow}. What is not in it is refused."""


@dataclass(frozen=True, slots=True)
class Job:
    """How far a job is; `only` says which devices its present run is for, `counts` how its last run ended,
    `devices` how many its largest run had.
    """

    status: str = NONE
    type: str = ""
    target: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    name: str | None = None
    schedule_id: str | None = None
    spread_ms: int = 0
    run: int = 0
    only: str = ALL
    counts: Mapping[str, int] = field(default_factory=dict)
    reason: str | None = None
    devices: int = 0


def decide(job: Job, command: Any) -> Sequence[Any]:
    """The events that follow from the command. Raises NotFound, Conflict; TypeError for a stranger."""
    action = _ACTIONS.get(type(command))
    if action is None:
        raise TypeError(f"a job cannot {type(command).__name__}")
    if (job.status, type(command)) not in TRANSITIONS:
        raise _refusal(job, command)
    return action(job, command)


def outcome(counts: Mapping[str, int]) -> str:
    """How a run ends whose devices ended so: all of them well, some, or none."""
    if not counts.get("succeeded"):
        return FAILED
    return SUCCEEDED if counts["succeeded"] == counts["total"] else PARTIAL


def _refusal(job: Job, command: Any) -> Exception:
    if job.status == NONE:
        return NotFound("there is no job with this id")
    match command:
        case RequestJob():
            return Conflict("there is a job with this id already")
        case CancelJob():
            return Conflict(f"the job is over ({job.status}); there is nothing left to cancel")
        case RetryJob():
            return Conflict(f"the job is {job.status}; it can be repeated when it is over")
    return Conflict(f"the job is {job.status}")


def _request(_job: Job, command: RequestJob) -> Sequence[Any]:
    return [
        JobRequested(
            command.type,
            command.target,
            command.options,
            command.name,
            command.schedule_id,
            command.spread_ms,
        )
    ]


def _start(job: Job, command: StartRun) -> Sequence[Any]:
    _same_run(job, command.run)
    return [JobStarted(command.run, command.devices)]


def _cancel(job: Job, _command: CancelJob) -> Sequence[Any]:
    if job.status == CANCELLING:
        return []
    # A run before it has left devices: how they end is counted first.
    began = job.status == RUNNING or job.counts.get("total")
    return [JobCancelRequested()] if began else [JobCancelled()]


def _retry(job: Job, command: RetryJob) -> Sequence[Any]:
    if command.only == ONLY_FAILED and job.status == SUCCEEDED:
        raise Conflict('every device succeeded; use "only": "all" to do it again')
    # A run that never began left no devices to choose from.
    only = command.only if job.counts.get("total") else ALL
    return [JobRetried(job.run + 1, only)]


def _finish(job: Job, command: FinishRun) -> Sequence[Any]:
    _same_run(job, command.run)
    if job.status == CANCELLED and job.counts == command.counts:
        return []
    status = CANCELLED if job.status in (CANCELLING, CANCELLED) else outcome(command.counts)
    return [JobFinished(command.run, status, dict(command.counts), command.reason)]


def _same_run(job: Job, run: int) -> None:
    if run != job.run:
        raise Conflict(f"the job is in its run {job.run}, not {run}")


_ACTIONS: Mapping[type, Callable[[Job, Any], Sequence[Any]]] = {
    RequestJob: _request,
    StartRun: _start,
    CancelJob: _cancel,
    RetryJob: _retry,
    FinishRun: _finish,
}


def evolve(job: Job, event: Any) -> Job:
    """The job after the event; one that it does not know changes nothing."""
    match event:
        case JobRequested():
            return Job(
                QUEUED,
                event.type,
                event.target,
                event.options,
                event.name,
                event.schedule_id,
                event.spread_ms,
                run=1,
            )
        case JobStarted():
            return replace(job, status=RUNNING, devices=max(job.devices, event.devices))
        case JobCancelRequested():
            return replace(job, status=CANCELLING)
        case JobCancelled():
            return replace(job, status=CANCELLED)
        case JobRetried():
            return replace(job, status=QUEUED, run=event.run, only=event.only, reason=None)
        case JobFinished():
            return replace(job, status=event.status, counts=event.counts, reason=event.reason)
    return job


JOB: Aggregate[Job] = Aggregate(
    name="job",
    initial=Job(),
    decide=decide,
    evolve=evolve,
    events=(JobRequested, JobStarted, JobCancelRequested, JobCancelled, JobRetried, JobFinished),
)
