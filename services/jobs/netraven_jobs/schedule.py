"""A schedule: which job is to start when, and whether it does for now. No clock, no ids, no database.

When it is due is due.py's arithmetic; here is only what was decided about it, and that no due moment starts
twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from netraven_chassis.aggregate import Aggregate
from netraven_contracts.errors import Conflict, NotFound, ValidationFailed
from netraven_contracts.targets import WAYS

NONE, ACTIVE, PAUSED, DELETED = "", "active", "paused", "deleted"


@dataclass(frozen=True, slots=True)
class ScheduleCreated:
    """This is to start jobs from now on. `when` is of due.py's form; due moments count after `since`."""

    type: str
    target: Mapping[str, Any]
    options: Mapping[str, Any]
    name: str | None
    when: Mapping[str, Any]
    since: int


@dataclass(frozen=True, slots=True)
class ScheduleChanged:
    """These of its fields are different; with another `when`, or another place in the interval, due moments
    count after `since`.
    """

    changes: Mapping[str, Any]
    since: int


@dataclass(frozen=True, slots=True)
class SchedulePaused:
    """It starts nothing until it is resumed."""


@dataclass(frozen=True, slots=True)
class ScheduleResumed:
    """It starts jobs again: what fell due meanwhile does not count."""

    since: int


@dataclass(frozen=True, slots=True)
class ScheduleDeleted:
    """It starts nothing any more."""


@dataclass(frozen=True, slots=True)
class ScheduleFellDue:
    """This due moment (UTC milliseconds) was taken up: this job is to be started for it."""

    due: int
    job_id: str


@dataclass(frozen=True, slots=True)
class ScheduleRan:
    """For this due moment (UTC milliseconds) this job was started, and is there."""

    due: int
    job_id: str


@dataclass(frozen=True, slots=True)
class SchedulePassedBy:
    """For this due moment (UTC milliseconds) nothing was started: this job of an earlier one is not over."""

    due: int
    job_id: str


@dataclass(frozen=True, slots=True)
class CreateSchedule:
    """Begin. The fields are those of ScheduleCreated."""

    type: str
    target: Mapping[str, Any]
    options: Mapping[str, Any]
    name: str | None
    when: Mapping[str, Any]
    at: int


@dataclass(frozen=True, slots=True)
class ChangeSchedule:
    """Make these fields so: any of name, when, options, target. `at`: now, UTC milliseconds; `shown`: what
    the caller takes the target for, None when it does not say.
    """

    changes: Mapping[str, Any]
    at: int
    shown: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class PauseSchedule:
    """Start nothing for now."""


@dataclass(frozen=True, slots=True)
class ResumeSchedule:
    """Start again. `at`: now, UTC milliseconds."""

    at: int


@dataclass(frozen=True, slots=True)
class DeleteSchedule:
    """Start nothing any more."""


@dataclass(frozen=True, slots=True)
class TakeMoment:
    """A due moment has come: this job is to be started for it."""

    due: int
    job_id: str


@dataclass(frozen=True, slots=True)
class PassMomentBy:
    """A due moment has come, and this job of an earlier one is not over: start nothing for it."""

    due: int
    job_id: str


@dataclass(frozen=True, slots=True)
class RunSchedule:
    """The job for this due moment is there."""

    due: int
    job_id: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is to start when. Due moments after `since` count; `due` is the last one that was started for, and
    `job_id` its job. `pending`: the moment that was taken up and whose job is not told yet, with that job.
    `skipped`: the last moment that was passed by.
    """

    life: str = NONE
    type: str = ""
    target: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    name: str | None = None
    when: Mapping[str, Any] = field(default_factory=dict)
    since: int = 0
    due: int | None = None
    job_id: str | None = None
    runs: int = 0
    pending: tuple[int, str] | None = None
    skipped: int | None = None


def seed(ident: str, target: Mapping[str, Any]) -> str:
    """What gives a schedule its place in its interval: its device if it is for one, else itself."""
    devices = target.get("devices", ())
    return str(devices[0]) if len(devices) == 1 else ident


def decide(schedule: Schedule, command: Any) -> Sequence[Any]:
    """The events that follow from the command. Raises NotFound, Conflict, ValidationFailed; TypeError for a
    stranger.
    """
    action = _ACTIONS.get(type(command))
    if action is None:
        raise TypeError(f"a schedule cannot {type(command).__name__}")
    if isinstance(command, CreateSchedule):
        if schedule.life != NONE:
            raise Conflict("there is a schedule with this id already")
    elif schedule.life not in (ACTIVE, PAUSED):
        raise NotFound("there is no schedule with this id; it may have been deleted")
    return action(schedule, command)


def _create(_schedule: Schedule, command: CreateSchedule) -> Sequence[Any]:
    return [
        ScheduleCreated(command.type, command.target, command.options, command.name, command.when, command.at)
    ]


def _change(schedule: Schedule, command: ChangeSchedule) -> Sequence[Any]:
    if command.shown not in (None, schedule.target, command.changes.get("target")):
        reason = f"is not what GET shows, and only told; to change it, give one of {', '.join(WAYS)}"
        raise ValidationFailed("The target cannot be changed so", {"target": [reason]})
    changes = {name: value for name, value in command.changes.items() if getattr(schedule, name) != value}
    return [ScheduleChanged(changes, command.at)] if changes else []


def _pause(schedule: Schedule, _command: PauseSchedule) -> Sequence[Any]:
    return [SchedulePaused()] if schedule.life == ACTIVE else []


def _resume(schedule: Schedule, command: ResumeSchedule) -> Sequence[Any]:
    return [ScheduleResumed(command.at)] if schedule.life == PAUSED else []


def _delete(_schedule: Schedule, _command: DeleteSchedule) -> Sequence[Any]:
    return [ScheduleDeleted()]


def _take(schedule: Schedule, command: TakeMoment) -> Sequence[Any]:
    _still_counts(schedule, command.due)
    return [ScheduleFellDue(command.due, command.job_id)]


def _pass_by(schedule: Schedule, command: PassMomentBy) -> Sequence[Any]:
    _still_counts(schedule, command.due)
    return [SchedulePassedBy(command.due, command.job_id)]


def _still_counts(schedule: Schedule, due: int) -> None:
    if schedule.life != ACTIVE:
        raise Conflict("the schedule is paused")
    if schedule.pending is not None:
        raise Conflict("the job of the moment before is to be started first")
    if due <= schedule.since:
        raise Conflict("that moment was started for, or does not count any more")


def _run(schedule: Schedule, command: RunSchedule) -> Sequence[Any]:
    # Also of one that was paused meanwhile: its job is there.
    if schedule.pending != (command.due, command.job_id):
        raise Conflict("that moment was not taken up, or is told already")
    return [ScheduleRan(command.due, command.job_id)]


_ACTIONS: Mapping[type, Callable[[Schedule, Any], Sequence[Any]]] = {
    CreateSchedule: _create,
    ChangeSchedule: _change,
    PauseSchedule: _pause,
    ResumeSchedule: _resume,
    DeleteSchedule: _delete,
    TakeMoment: _take,
    PassMomentBy: _pass_by,
    RunSchedule: _run,
}


def evolve(schedule: Schedule, event: Any) -> Schedule:
    """The schedule after the event; one that it does not know changes nothing."""
    match event:
        case ScheduleCreated():
            return Schedule(
                ACTIVE, event.type, event.target, event.options, event.name, event.when, event.since
            )
        case ScheduleChanged():
            moved = "when" in event.changes or ("target" in event.changes and "every" in schedule.when)
            since = max(schedule.since, event.since) if moved else schedule.since
            return replace(schedule, **event.changes, since=since)
        case SchedulePaused():
            return replace(schedule, life=PAUSED)
        case ScheduleResumed():
            return replace(schedule, life=ACTIVE, since=max(schedule.since, event.since))
        case ScheduleDeleted():
            return replace(schedule, life=DELETED)
        case ScheduleFellDue() | SchedulePassedBy() | ScheduleRan():
            return _at_moment(replace(schedule, since=max(schedule.since, event.due)), event)
    return schedule


def _at_moment(schedule: Schedule, event: Any) -> Schedule:
    match event:
        case ScheduleFellDue():
            return replace(schedule, pending=(event.due, event.job_id))
        case SchedulePassedBy():
            return replace(schedule, skipped=event.due)
    return replace(schedule, pending=None, due=event.due, job_id=event.job_id, runs=schedule.runs + 1)


SCHEDULE: Aggregate[Schedule] = Aggregate(
    name="schedule",
    initial=Schedule(),
    decide=decide,
    evolve=evolve,
    events=(
        ScheduleCreated,
        ScheduleChanged,
        SchedulePaused,
        ScheduleResumed,
        ScheduleDeleted,
        ScheduleFellDue,
        ScheduleRan,
        SchedulePassedBy,
    ),
    snapshots=1,
)
