"""What is told of a device's task when an attempt at it has ended: the log-ins tried, what was learned, how
it went. No clock, no database. Where a task is meanwhile is tasks.py's matter.

A stream for each task, `task-<task id>`, so that none grows with the size of a job.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from netraven_chassis.aggregate import Aggregate


@dataclass(frozen=True, slots=True)
class CredentialAttempted:
    """A log-in was tried. `outcome`: "success", or why it failed, in lower case."""

    credential_id: str
    device_id: str
    secret_version: int
    outcome: str
    job_id: str


@dataclass(frozen=True, slots=True)
class FactsCollected:
    """What a device said of itself; None for what it did not say."""

    device_id: str
    serial: str | None
    model: str | None
    os_version: str | None
    interfaces: tuple[Mapping[str, Any], ...] | None


@dataclass(frozen=True, slots=True)
class TaskFinished:
    """The task is over for this attempt."""

    job_id: str
    device_id: str
    run: int
    attempt: int
    status: str
    error_class: str | None
    duration_ms: int | None


@dataclass(frozen=True, slots=True)
class FinishTask:
    """Take down how an attempt ended. `attempts`: [{credential_id, secret_version, outcome}] in their order;
    `facts`: {serial, model, os_version, interfaces}, each if known, or None.
    """

    finished: TaskFinished
    attempts: Sequence[Mapping[str, Any]] = ()
    facts: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """How the last attempt ended, and how many have."""

    status: str = ""
    ended: int = 0
    last: TaskFinished | None = field(default=None)


def decide(_task: Task, command: Any) -> Sequence[Any]:
    """The events that follow from the command. Raises TypeError for a stranger."""
    match command:
        case FinishTask():
            return list(_told(command))
    raise TypeError(f"a task cannot {type(command).__name__}")


def _told(command: FinishTask) -> Sequence[Any]:
    finished, facts = command.finished, command.facts
    tried = [
        CredentialAttempted(
            one["credential_id"],
            finished.device_id,
            one["secret_version"],
            one["outcome"],
            finished.job_id,
        )
        for one in command.attempts
    ]
    learned = [] if facts is None else [_learned(finished.device_id, facts)]
    return [*tried, *learned, finished]


def _learned(device_id: str, facts: Mapping[str, Any]) -> FactsCollected:
    interfaces = facts.get("interfaces")
    return FactsCollected(
        device_id,
        facts.get("serial"),
        facts.get("model"),
        facts.get("os_version"),
        None if interfaces is None else tuple(interfaces),
    )


def evolve(task: Task, event: Any) -> Task:
    """The task after the event; one that it does not know changes nothing."""
    match event:
        case TaskFinished():
            return replace(task, status=event.status, ended=task.ended + 1, last=event)
    return task


TASK: Aggregate[Task] = Aggregate(
    name="task",
    initial=Task(),
    decide=decide,
    evolve=evolve,
    events=(CredentialAttempted, FactsCollected, TaskFinished),
)
