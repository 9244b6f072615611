"""What is said about schedules: when and how often a job starts. No arithmetic of time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from netraven_contracts.body import Body, Filters
from netraven_contracts.fields import Choice, Moment, Text, Whole
from netraven_contracts.targets import WAYS, Target

SHORTEST_SECONDS = 60
LONGEST_SECONDS = 366 * 86_400
SCHEDULE_STATUSES = ("active", "paused", "done")
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}")
_KINDS = ("every", "cron", "at")
_MOMENT = "2026-01-02T03:04:05.678Z"
_ID = "65a1b2c3d4e5f60718293a4b"


def _told(description: str, example: Any = None) -> dict[str, Any]:
    return {"description": description, **({} if example is None else {"example": example})}


class TimeZone(Text):
    """A name of the form that time zones have; whether there is such a zone, the jobs service says."""

    def _form(self, text: str) -> str:
        if not _ZONE.fullmatch(name := super()._form(text)):
            raise ValidationError("must be the name of a time zone such as Europe/Zurich or UTC")
        return name


class Cron(Text):
    """Five fields as cron has them; the jobs service says whether they mean anything."""

    def _form(self, text: str) -> str:
        words = super()._form(text).split()
        if len(words) != 5 and not (len(words) == 1 and text.startswith("@")):
            raise ValidationError("must have five fields: minute hour day month weekday, such as 0 3 * * *")
        return " ".join(words)


class Timing(Body):
    """When: exactly one of every, cron and at."""

    every = Whole(
        SHORTEST_SECONDS, LONGEST_SECONDS, metadata=_told("So many seconds after each other.", 3600)
    )
    cron = Cron(metadata=_told("Minute, hour, day, month and weekday.", "0 3 * * *"))
    timezone = TimeZone(
        metadata=_told("In which the cron fields are meant; UTC unless given.", "Europe/Zurich")
    )
    at = Moment(metadata=_told("Once, then.", _MOMENT))

    @validates_schema
    def _one_kind(self, data: Mapping[str, Any], **_: Any) -> None:
        given = [kind for kind in _KINDS if kind in data]
        if not given:
            raise ValidationError("is required, or cron or at; say when", "every")
        if len(given) > 1:
            raise ValidationError(f"goes not together with {given[0]}; give one of them", given[1])
        if "timezone" in data and "cron" not in data:
            raise ValidationError("goes with cron only; remove it", "timezone")


class Schedule(Body):
    """A schedule as the API shows it."""

    name = Text(allow_none=True, metadata=_told("For people.", "Nightly backup"))
    schedule = fields.Nested(Timing, metadata=_told("When, and how often."))
    options = fields.Dict(
        keys=fields.String(),
        error_messages={"invalid": "must be an object of names and values"},
        metadata=_told("What the job type takes."),
    )
    id = fields.String(dump_only=True, metadata=_told("Given by the API.", _ID))
    type = fields.String(dump_only=True, metadata=_told("The type of its jobs.", "backup"))
    target = fields.Dict(
        keys=fields.String(),
        dump_only=True,
        metadata=_told("Whom its jobs are for: devices, tags or all.", {"all": True}),
    )
    status = fields.String(
        dump_only=True,
        validate=validate.OneOf(SCHEDULE_STATUSES),
        metadata=_told("`done` once nothing more is due.", "active"),
    )
    next_run = Moment(dump_only=True, allow_none=True, metadata=_told("When next.", _MOMENT))
    last_run = Moment(dump_only=True, allow_none=True, metadata=_told("For when it last ran.", _MOMENT))
    last_job_id = fields.String(dump_only=True, allow_none=True, metadata=_told("The job of then.", _ID))
    last_skipped_at = Moment(
        dump_only=True,
        allow_none=True,
        metadata=_told(
            "The last due time for which nothing was started: its last job was not over.", _MOMENT
        ),
    )
    runs = fields.Integer(dump_only=True, metadata=_told("How often it ran.", 12))
    created_at = Moment(dump_only=True, metadata=_told("When it was made.", _MOMENT))
    updated_at = Moment(dump_only=True, metadata=_told("When it last changed.", _MOMENT))
    version = fields.Integer(dump_only=True, metadata=_told("Grows with every change.", 3))


class ScheduleChanges(Target, Schedule):
    """PATCH /schedules/{id}: any subset. Loads to those of name, schedule, options and target that change,
    and `shown_target`, the one that the client was shown.
    """

    class Meta:
        """What is shown of it comes back under another name."""

        exclude = ("target",)

    shown_target = fields.Dict(
        keys=fields.String(),
        data_key="target",
        load_only=True,
        error_messages={"invalid": "must be an object"},
        metadata=_told(f"Only as GET shows it; another one is given by {', '.join(WAYS)}.", {"all": True}),
    )


class ScheduleFilters(Filters):
    """GET /schedules."""

    status = Choice(SCHEDULE_STATUSES, metadata=_told("Where it is."))
    type = Text(longest=64, metadata=_told("For this job type.", "backup"))


SCHEDULE_SORTS = ("next_run", "last_run", "name", "type", "created_at", "updated_at")
