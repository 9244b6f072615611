"""What is asked to be done, made into commands: jobs that begin, end and begin again, and schedules. Rules
stand in job.py and schedule.py, questions in job_queries.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.ids import derive_id
from netraven_chassis.plan import Outcome
from netraven_contracts.errors import Conflict, ValidationFailed
from netraven_jobs import due, job_type, last_words, system_log, wanted
from netraven_jobs.calling_off import call_off
from netraven_jobs.job import CANCELLED, CANCELLING, JOB, OVER, CancelJob, Job, RequestJob, RetryJob
from netraven_jobs.log_writer import LogWriter
from netraven_jobs.schedule import (
    SCHEDULE,
    ChangeSchedule,
    CreateSchedule,
    DeleteSchedule,
    PauseSchedule,
    ResumeSchedule,
)
from netraven_jobs.settle import Settler
from netraven_jobs.tasks import Tasks

Body = Mapping[str, Any]

_LAST_WORDS_SECONDS = 2.0  # a caller gives up after four

_SAID: Mapping[type, str] = {
    PauseSchedule: "paused",
    ResumeSchedule: "resumed",
    DeleteSchedule: "deleted",
}


def create(store: BoundStore, devices: Any, body: Body) -> tuple[str, bool]:
    """Begin a job, or with a schedule what will start jobs: its id, and whether it is a schedule.

    `devices`: a client of the devices service. Raises ValidationFailed for a type, options or times that mean
    nothing, for devices and tags that are not there, and for what is to begin now without any device.
    """
    kind = _plugin(str(body["type"]))
    options = _options(kind, body.get("options") or {})
    ident, name, target = store.new_id(), body.get("name"), body["target"]
    when = body.get("schedule")
    wanted.check_target(store, devices, target, later=bool(when))
    if when:
        order = CreateSchedule(kind.meta.name, target, options, name, _due(when, store.now()), store.now())
        store.handle(SCHEDULE, ident, order)
        return ident, True
    store.handle(JOB, ident, RequestJob(kind.meta.name, target, options, name))
    return ident, False


def change_schedule(
    store: BoundStore, devices: Any, ident: str, changes: Body, if_match: int | None
) -> Outcome:
    """Make these fields so: any of name, schedule, options, target; `shown_target` is what the client takes
    the target for. Raises as `create`, and NotFound.
    """
    fields: dict[str, Any] = {"name": changes["name"]} if "name" in changes else {}
    if "schedule" in changes:
        fields["when"] = _due(changes["schedule"], store.now())
    if "options" in changes:
        kind = store.load(SCHEDULE, ident).state.type
        fields["options"] = _options(_plugin(kind), changes["options"]) if kind else {}
    if "target" in changes:
        wanted.check_target(store, devices, changes["target"], later=True)
        fields["target"] = changes["target"]
    command = ChangeSchedule(fields, store.now(), changes.get("shown_target"))
    return store.handle(SCHEDULE, ident, command, if_match)


def keep_schedule(
    store: BoundStore, lines: LogWriter, ident: str, command: Any, if_match: int | None
) -> Outcome:
    """Pause, resume or delete a schedule, and say so in the log. Raises NotFound, PreconditionFailed."""
    outcome = store.handle(SCHEDULE, ident, command, if_match)
    if outcome.events:
        text = (
            f"Schedule {outcome.state.name or ident} {_SAID[type(command)]} by {store.context.actor['name']}"
        )
        said = derive_id("schedule", ident, str(outcome.version))
        system_log.say(lines, text, ident=said, schedule_id=ident)
    return outcome


def cancel(
    store: BoundStore, tasks: Tasks, settler: Settler, lines: LogWriter, ident: str, if_match: int | None
) -> Outcome:
    """Stop a job: whoever runs a task of it is told, and what waits is skipped. Raises NotFound, Conflict."""
    outcome = store.handle(JOB, ident, CancelJob(), if_match)
    lines.write(ident, None, "warning", "Cancelled by " + str(store.context.actor["name"]))
    if outcome.state.status in (CANCELLING, CANCELLED):
        call_off(tasks, lines, ident, outcome.state, store.now())
        settler.close(ident)
    if outcome.state.status == CANCELLED and lines.flush(_LAST_WORDS_SECONDS):
        last_words.mark(store.database, ident, store.now())
    return outcome


def retry(store: BoundStore, tasks: Tasks, ident: str, only: str, if_match: int | None) -> Outcome:
    """Begin a job again, for the devices that did not succeed or for all. Raises NotFound; Conflict, also
    when its devices are no longer kept.
    """
    job: Job = store.load(JOB, ident).state
    if job.status in OVER and job.counts.get("total") and not tasks.any_of(ident):
        raise Conflict("which devices it had is no longer kept; start another job")
    return store.handle(JOB, ident, RetryJob(only), if_match)


def _plugin(name: str) -> job_type.Plugin:
    found = job_type.named(name)
    if found is None:
        known = ", ".join(job_type.plugins())
        raise ValidationFailed(
            "There is no such type of job", {"type": [f"there is no type {name}; there are {known}"]}
        )
    return found


def _options(kind: job_type.Plugin, options: Body) -> dict[str, Any]:
    return wanted.loaded(kind.meta.options, options, kind.meta.name)


def _due(when: Body, now: int) -> dict[str, Any]:
    try:
        due.check(when)
    except due.Undue as error:
        details = {"schedule": {error.field: [str(error)]}}
        raise ValidationFailed("The schedule cannot be kept", details) from None
    if "at" in when and when["at"] <= now:
        reason = "lies in the past; name a moment to come, or leave the schedule out"
        raise ValidationFailed("The schedule cannot be kept", {"schedule": {"at": [reason]}})
    if due.following(when, now, "") is None:
        raise ValidationFailed("The schedule cannot be kept", {"schedule": {"cron": ["is never due"]}})
    return dict(when)
