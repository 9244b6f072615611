"""The rows of the route table about changes as they happen."""

from __future__ import annotations

from netraven_contracts import events as event
from netraven_contracts.errors import ListFailed, RateLimited
from netraven_contracts.logs import StreamQuery
from netraven_gateway import events, sse
from netraven_gateway.route import ADMIN, VIEWER, Gives, Reads, Route

_FEED = "Who changed what, over all services; `next` goes into `after`. A change may have several events."
_RESUME = (
    "From now on; with Last-Event-ID what came since, then what comes; `restored` where a log was put back "
    "to an earlier state (or does not reach as far as Last-Event-ID) and goes on from there. A comment every "
    "15 s keeps it alive."
)

ROWS = (
    Route("GET", "/events", ADMIN, events.index, "events", "List all changes", Reads(query=event.AuditQuery),
          Gives(schema=event.AuditEntry, listed=True, beside=event.AuditPage), ListFailed, description=_FEED),
    Route("GET", "/events/stream", ADMIN, events.stream, "events", "Stream all changes",
          Reads(query=event.AuditFilters), Gives(media=sse.MEDIA), errors=(RateLimited,), stream=True,
          description=f"Events `change`; their ids are cursors. {_RESUME}"),
    Route("GET", "/jobs/events", VIEWER, events.jobs, "jobs", "Stream state changes of jobs",
          Reads(query=StreamQuery), Gives(media=sse.MEDIA), errors=(RateLimited,), stream=True,
          description=f"Events `job` with the job's id, its status and what happened. {_RESUME}"),
)  # fmt: skip
