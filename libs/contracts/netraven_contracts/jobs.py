"""What is said about jobs: bodies, answers, filters, and the words for how things end. No rules about them.

Schedules lie beside this file. Which job types there are, the jobs service knows: each is a module there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from netraven_contracts.body import Body, Filters
from netraven_contracts.fields import Choice, Moment, ObjectId, Text, Whole
from netraven_contracts.history import Actor
from netraven_contracts.schedules import Timing
from netraven_contracts.targets import WAYS, Target

STATUSES = ("scheduled", "queued", "running", "cancelling", "succeeded", "partial", "failed", "cancelled")
OVER = ("succeeded", "partial", "failed", "cancelled")
"""The statuses that end a run."""

TASK_STATUSES = ("waiting", "running", "succeeded", "failed", "skipped", "cancelled", "quarantined")

ERROR_CLASSES = {
    "AUTHENTICATION": "no credential was accepted",
    "TIMEOUT": "the device did not answer in time",
    "UNREACHABLE": "no way to the device",
    "REFUSED": "the device refused the connection",
    "PROTOCOL": "the device spoke otherwise than expected",
    "TRUNCATED": "the answer was empty or cut off",
    "NO_CREDENTIALS": "no credential fits the device, or all are locked out for now",
    "NO_PLATFORM": "nobody has said what the device runs, or the job cannot talk to it",
    "HOST_KEY_CHANGED": "the device has another host key than before; an operator must accept it",
    "CANCELLED": "the job was cancelled",
    "INTERNAL": "a fault of ours",
}
"""How a device's task can fail: the class for programs, and what it means."""

# Other spellings of a type's name.
ALIASES = {"device_backup": "backup"}

SHOWN_DEVICES = 1_000
"""So many devices stand in a job's detail at most; the rest are pages of /jobs/{id}/devices."""
MOST_RECENT = 100
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_MOMENT = "2026-01-02T03:04:05.678Z"
_ID = "65a1b2c3d4e5f60718293a4b"


def _told(description: str, example: Any = None) -> dict[str, Any]:
    return {"description": description, **({} if example is None else {"example": example})}


class TypeName(Text):
    """A job type's name in any case and spelling; loads to its own name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=64, **kwargs)
        self.metadata = {**self.metadata, "pattern": "^[A-Za-z][A-Za-z0-9_]*$"}

    def _form(self, text: str) -> str:
        word = super()._form(text).lower()
        if not _WORD.fullmatch(word):
            raise ValidationError("must be a job type, which GET /jobs/job-types lists")
        return ALIASES.get(word, word)


class JobBody(Target):
    """POST /jobs: what is to be done, with which devices, and when. Without a schedule: now.

    Loads to {type, target, options, name, schedule}.
    """

    type = TypeName(required=True, metadata=_told("A job type; GET /jobs/job-types lists them.", "backup"))
    options = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        error_messages={"invalid": "must be an object of names and values"},
        metadata=_told("What the job type takes; its entry in GET /jobs/job-types says what that is.", {}),
    )
    name = Text(allow_none=True, load_default=None, metadata=_told("For people.", "Nightly backup"))
    schedule = fields.Nested(
        Timing, allow_none=True, load_default=None, metadata=_told("When, and how often; null for now.")
    )

    @validates_schema
    def _some_target(self, data: Mapping[str, Any], **_: Any) -> None:
        if not self.given(data):
            raise ValidationError(f"is required, or one of {', '.join(WAYS[1:])}; name the devices",
                                  "device_id")  # fmt: skip


class JobAction(Body):
    """PATCH /jobs/{id}."""

    action = Choice(
        ("cancel", "retry", "pause", "resume"),
        required=True,
        metadata=_told("cancel and retry a job; cancel (for good), pause and resume a schedule.", "cancel"),
    )
    which = Choice(
        ("failed", "all"),
        data_key="only",
        load_default="failed",
        metadata=_told("What a retry repeats: the devices that did not succeed, or all.", "failed"),
    )


class JobCounts(Schema):
    """How many devices are where."""

    total = fields.Integer(metadata=_told("All devices of the run.", 20))
    waiting = fields.Integer(metadata=_told("Not begun.", 0))
    running = fields.Integer(metadata=_told("Being worked on.", 0))
    succeeded = fields.Integer(metadata=_told("Done.", 19))
    failed = fields.Integer(metadata=_told("Not done, for the reason in their error class.", 1))
    skipped = fields.Integer(metadata=_told("Left alone.", 0))
    cancelled = fields.Integer(metadata=_told("Stopped, or never begun, because the job was cancelled.", 0))


class JobDevice(Schema):
    """How one device of a job fares."""

    id = fields.String(metadata=_told("The device's id.", _ID))
    name = fields.String(metadata=_told("Its name when the run began.", "core-sw-01"))
    ip_address = fields.String(metadata=_told("Its address then.", "10.0.0.1"))
    status = fields.String(validate=validate.OneOf(TASK_STATUSES), metadata=_told("Where it is.", "failed"))
    error_class = fields.String(
        allow_none=True,
        validate=validate.OneOf([*ERROR_CLASSES, None]),
        metadata=_told("Why it failed, for programs.", "TIMEOUT"),
    )
    message = fields.String(allow_none=True, metadata=_told("The same for people."))
    run = fields.Integer(metadata=_told("In which run of the job.", 1))
    attempt = fields.Integer(metadata=_told("How often it was begun in this run.", 1))
    worker = fields.String(allow_none=True, metadata=_told("Which worker had it last."))
    started_at = Moment(allow_none=True, metadata=_told("When it was begun.", _MOMENT))
    finished_at = Moment(allow_none=True, metadata=_told("When it ended.", _MOMENT))
    duration_ms = fields.Integer(allow_none=True, metadata=_told("How long it took.", 1834))
    result = fields.Dict(
        keys=fields.String(),
        allow_none=True,
        metadata=_told(
            "What it brought, by job type. credential_check: `credentials`, each with its `outcome` "
            "(success, authentication, rested and `until` when, or why the session failed)."
        ),
    )


class JobRow(Schema):
    """A job as a list shows it."""

    id = fields.String(metadata=_told("Given by the API.", _ID))
    type = fields.String(metadata=_told("Its job type.", "backup"))
    name = fields.String(allow_none=True, metadata=_told("For people.", "Nightly backup"))
    status = fields.String(validate=validate.OneOf(STATUSES), metadata=_told("Where it is.", "running"))
    target = fields.Dict(
        keys=fields.String(),
        metadata=_told("Whom it is for: devices (in a list, the first of many), tags or all.", {"all": True}),
    )
    options = fields.Dict(keys=fields.String(), metadata=_told("What its type was told.", {}))
    schedule_id = fields.String(allow_none=True, metadata=_told("The schedule that started it.", _ID))
    run = fields.Integer(metadata=_told("Grows with each retry.", 1))
    counts = fields.Nested(JobCounts, metadata=_told("Its devices, counted."))
    reason = fields.String(allow_none=True, metadata=_told("Why it could not be done at all, if so."))
    log_channel = fields.String(metadata=_told("Names its log.", f"jobs:{_ID}"))
    created_by = fields.Nested(Actor, metadata=_told("Who asked for it."))
    created_at = Moment(metadata=_told("When it was asked for.", _MOMENT))
    started_at = Moment(allow_none=True, metadata=_told("When its first device was begun.", _MOMENT))
    finished_at = Moment(allow_none=True, metadata=_told("When it was over.", _MOMENT))
    duration_secs = fields.Float(allow_none=True, metadata=_told("From start to end, seconds.", 42.1))
    schedule = fields.Nested(Timing, allow_none=True, metadata=_told("When, if it is a schedule."))
    next_run = Moment(allow_none=True, metadata=_told("When next, if it is a schedule.", _MOMENT))
    updated_at = Moment(metadata=_told("When it last changed.", _MOMENT))
    version = fields.Integer(metadata=_told("Grows with every change.", 3))


class Job(JobRow):
    """One job with its devices; of more than a thousand only those that did worst."""

    devices = fields.List(fields.Nested(JobDevice), metadata=_told("Its devices and how they fare."))
    devices_kept = fields.Boolean(
        metadata=_told("False: it was over so long ago that of its devices only the counts are kept.", True)
    )


class JobType(Schema):
    """A kind of job."""

    name = fields.String(metadata=_told("What `type` takes.", "backup"))
    label = fields.String(metadata=_told("For people.", "Configuration backup"))
    description = fields.String(metadata=_told("What it does."))
    aliases = fields.List(fields.String(), metadata=_told("Other spellings.", ["device_backup"]))
    options = fields.Dict(keys=fields.String(), metadata=_told("The JSON Schema of its options."))


class JobFilters(Filters):
    """GET /jobs: every filter that is given must hold."""

    status = Choice(STATUSES, metadata=_told("Where it is."))
    type = TypeName(metadata=_told("This job type.", "backup"))
    device = Text(longest=100, metadata=_told("With this device, by id or name; where its devices are kept."))
    schedule_id = ObjectId(metadata=_told("Started by this schedule.", _ID))
    created_by = Text(
        longest=100, metadata=_told("Asked for by this user, by id or name; `me` is yourself.", "me")
    )
    start = Moment(data_key="from", metadata=_told("Asked for then or later.", _MOMENT))
    end = Moment(data_key="to", metadata=_told("Asked for before then.", _MOMENT))

    @validates_schema
    def _in_order(self, data: Mapping[str, Any], **_: Any) -> None:
        if "start" in data and "end" in data and data["end"] < data["start"]:
            raise ValidationError("is before `from`; exchange the two", "to")


JOB_SORTS = ("created_at", "started_at", "finished_at", "type", "status", "name")


class TaskFilters(Filters):
    """GET /jobs/{id}/devices."""

    status = Choice(TASK_STATUSES, metadata=_told("Only those."))
    error_class = Text(longest=32, metadata=_told("Only those that failed so.", "TIMEOUT"))


class RecentQuery(Filters):
    """GET /jobs/recent."""

    limit = Whole(1, MOST_RECENT, text=True, load_default=10, metadata=_told("At most so many."))
