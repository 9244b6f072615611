"""The data of each event of a job and of a schedule, for others to rely on. What happens to single devices
stands in task_events.py. Who, when and why stand in the commit.
"""

from __future__ import annotations

from marshmallow import Schema, fields


class JobRequested(Schema):
    """Something is to be done. `target` is {devices: […]}, {tags: […]} or {all: true}; `spread_ms`: over how
    long its devices' starts are spread.
    """

    type = fields.String(required=True)
    target = fields.Dict(required=True)
    options = fields.Dict(required=True)
    name = fields.String(required=True, allow_none=True)
    schedule_id = fields.String(required=True, allow_none=True)
    spread_ms = fields.Integer(required=True)


class JobStarted(Schema):
    """A run has begun, for so many devices."""

    run = fields.Integer(required=True)
    devices = fields.Integer(required=True)


class JobCancelRequested(Schema):
    """What runs is being stopped."""


class JobCancelled(Schema):
    """It was called off before it began."""


class JobRetried(Schema):
    """The next run is wanted, for the devices that did not succeed (`failed`) or for `all`."""

    run = fields.Integer(required=True)
    # A schema has an `only` of its own.
    which = fields.String(required=True, data_key="only")


class JobFinished(Schema):
    """A run is over. `counts`: {total, succeeded, failed, skipped, cancelled} over all devices of the job."""

    run = fields.Integer(required=True)
    status = fields.String(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    reason = fields.String(required=True, allow_none=True)


class ScheduleCreated(Schema):
    """Jobs will be started. `when` is {every}, {cron, timezone} or {at}; times are UTC milliseconds."""

    type = fields.String(required=True)
    target = fields.Dict(required=True)
    options = fields.Dict(required=True)
    name = fields.String(required=True, allow_none=True)
    when = fields.Dict(required=True)
    since = fields.Integer(required=True)


class ScheduleChanged(Schema):
    """These fields are different: any of name, when, options, target."""

    changes = fields.Dict(required=True)
    since = fields.Integer(required=True)


class SchedulePaused(Schema):
    """It starts nothing for now."""


class ScheduleResumed(Schema):
    """It starts jobs again; what fell due before `since` does not count."""

    since = fields.Integer(required=True)


class ScheduleDeleted(Schema):
    """It starts nothing any more."""


class ScheduleFellDue(Schema):
    """This due moment was taken up: this job is to be started for it, and may not be there yet."""

    due = fields.Integer(required=True)
    job_id = fields.String(required=True)


class ScheduleRan(Schema):
    """For this due moment this job was started, and is there."""

    due = fields.Integer(required=True)
    job_id = fields.String(required=True)


class SchedulePassedBy(Schema):
    """For this due moment nothing was started: this job of an earlier one is not over."""

    due = fields.Integer(required=True)
    job_id = fields.String(required=True)


EVENTS: dict[str, type[Schema]] = {
    schema.__name__: schema
    for schema in (
        JobRequested,
        JobStarted,
        JobCancelRequested,
        JobCancelled,
        JobRetried,
        JobFinished,
        ScheduleCreated,
        ScheduleChanged,
        SchedulePaused,
        ScheduleResumed,
        ScheduleDeleted,
        ScheduleFellDue,
        ScheduleRan,
        SchedulePassedBy,
    )
}
