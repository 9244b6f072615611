"""What is said about log entries: their words, filters, pages and figures, and how a stream of them is asked
for. No rules, no storage.
"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from netraven_contracts.body import Filters
from netraven_contracts.fields import Choice, Moment, ObjectId, Text
from netraven_contracts.monitor import WindowQuery
from netraven_contracts.paging import PageQuery

LEVELS = ("debug", "info", "warning", "error", "critical")
LOG_TYPES = ("job", "connection", "session", "system")
ORDERS = ("asc", "desc")

# The exchange on which new entries are told, a job's under its id and those of no job under another word.
LINES = "jobs.lines"
NO_JOB = "system"

# So many matches are counted at most, and always some more than a page shows: what counts more costs more.
MOST_COUNTED = 1_000
# Pages do not reach past so many entries: a window (from, to) does.
MOST_REACHED = 10_000

_MOMENT = "2026-01-02T03:04:05.678Z"
_ID = "65a1b2c3d4e5f60718293a4b"


def _told(description: str, example: Any = None) -> dict[str, Any]:
    return {"description": description, **({} if example is None else {"example": example})}


class LogEntry(Schema):
    """One line of a log."""

    id = fields.String(required=True, metadata=_told("Its identifier.", _ID))
    position = fields.Integer(
        required=True, metadata=_told("Its place among all entries, without gaps.", 1041)
    )
    seq = fields.Integer(
        required=True,
        allow_none=True,
        metadata=_told("Its place in its job's log, without gaps; null outside of jobs.", 17),
    )
    timestamp = Moment(required=True, metadata=_told("When it was said.", _MOMENT))
    log_type = fields.String(required=True, metadata=_told("What it is about.", "connection"))
    level = fields.String(required=True, metadata=_told("How grave it is.", "info"))
    job_id = fields.String(required=True, allow_none=True, metadata=_told("The job.", _ID))
    device_id = fields.String(required=True, allow_none=True, metadata=_told("The device.", _ID))
    source = fields.String(required=True, metadata=_told("Who says it.", "worker"))
    message = fields.String(required=True, metadata=_told("What is said.", "connected as backup"))
    meta = fields.Dict(required=True, metadata=_told("What programs may want to know besides.", {}))


class LogFilters(WindowQuery):
    """Which entries."""

    job_id = ObjectId(metadata=_told("Of one job.", _ID))
    device_id = ObjectId(metadata=_told("About one device.", _ID))
    log_type = Choice(LOG_TYPES, metadata=_told("What it is about.", "connection"))
    level = Choice(LEVELS, metadata=_told("How grave it is, exactly.", "error"))
    source = Text(longest=64, metadata=_told("Who says it.", "worker"))
    q = Text(
        longest=200,
        metadata=_told(
            "Words that all stand in the message, in any order and case; an address, an interface or another "
            "term between blanks is a word as well.",
            "timeout 10.0.0.1",
        ),
    )


class LogPage(LogFilters, PageQuery):
    """GET /logs. A job's entries come in the order of its log, others in that of their times."""

    order = Choice(
        ORDERS, load_default="desc", metadata=_told("The newest first (desc) or last (asc).", "desc")
    )


class Counts(Schema):
    """How many ended in which way."""

    succeeded = fields.Integer(required=True, metadata=_told("Without a failure.", 40))
    failed = fields.Integer(required=True, metadata=_told("With a failure.", 2))
    other = fields.Integer(required=True, metadata=_told("Otherwise: partial, skipped, cancelled.", 1))


class LogStats(Schema):
    """What happened in a window of time. Jobs and their devices count once: when and how their last run
    ended.
    """

    start = Moment(required=True, data_key="from", metadata={"example": _MOMENT})
    end = Moment(required=True, data_key="to", metadata={"example": _MOMENT})
    jobs = fields.Nested(Counts, required=True, metadata=_told("Jobs whose last run ended in it."))
    devices = fields.Nested(
        Counts,
        required=True,
        metadata=_told(
            "Devices' tasks whose last run ended in it, while they are kept (NETRAVEN_JOB_RETENTION_DAYS)."
        ),
    )
    success_rate = fields.Float(
        required=True,
        allow_none=True,
        metadata=_told("Succeeded of succeeded and failed tasks, 0 to 100; null without any.", 95.2),
    )
    entries = fields.Integer(required=True, metadata=_told("Log entries in it.", 1041))
    by_level = fields.Dict(
        keys=fields.String(), values=fields.Integer(), required=True, metadata=_told("Entries by level.")
    )
    by_type = fields.Dict(
        keys=fields.String(), values=fields.Integer(), required=True, metadata=_told("Entries by type.")
    )


class StreamQuery(Filters):
    """What every stream takes: where to go on, and a ticket in the place of a token."""

    last_event_id = fields.String(
        metadata=_told("Go on after this event; the header Last-Event-ID says the same and counts more.")
    )
    ticket = fields.String(
        load_only=True, metadata=_told("From POST /auth/stream-ticket, for clients that cannot send headers.")
    )


class LogStreamQuery(StreamQuery):
    """GET /logs/stream."""

    job_id = ObjectId(
        metadata=_told("The log of one job, from its beginning; all jobs from now on unless given.", _ID)
    )
