"""The rows of the route table about logs and their streams."""

from __future__ import annotations

from netraven_contracts import logs as log
from netraven_contracts.errors import ListFailed, NotFound, RateLimited
from netraven_contracts.monitor import WindowQuery
from netraven_gateway import logs, sse
from netraven_gateway.route import VIEWER, Gives, Reads, Route

_WORDS = {"type": "array", "items": {"type": "string"}}
_TOTAL = (
    f"Of more than {log.MOST_COUNTED} matches not all are counted; the header `X-Total: at-least` says so. "
    f"No page reaches past {log.MOST_REACHED} entries: a window (`from`, `to`) does."
)
_STATS = (
    "The last day if not given. Jobs and their devices count once, when and how their last run ended: what "
    "failed first and succeeded in a retry has succeeded. Each failure stands in the log."
)
_STREAM = (
    "Events `log` with the entry and its place as `id`; `end` when the job is over, then the stream closes; "
    "`trimmed` where retention has taken entries, `restored` where the log was put back to an earlier state "
    "(or does not reach as far as Last-Event-ID) and goes on from there. A comment every 15 s keeps it alive."
    " With Last-Event-ID it goes on after that event: what was said since, then what is said now, no gap and "
    "nothing twice. A job's log begins at its beginning, that of all jobs (ids are positions) now. A client "
    "that is too slow is cut off, and the stream ends with the token; both may come back."
)

ROWS = (
    Route("GET", "/logs", VIEWER, logs.index, "logs", "List log entries", Reads(query=log.LogPage),
          Gives(schema=log.LogEntry, many=True), ListFailed, description=_TOTAL),
    Route("GET", "/logs/types", VIEWER, logs.types, "logs", "List what entries can be about",
          gives=Gives(schema=_WORDS)),
    Route("GET", "/logs/levels", VIEWER, logs.levels, "logs", "List how grave entries can be",
          gives=Gives(schema=_WORDS)),
    Route("GET", "/logs/stats", VIEWER, logs.stats, "logs", "Show what happened in a window",
          Reads(query=WindowQuery), Gives(schema=log.LogStats), description=_STATS),
    Route("GET", "/logs/stream", VIEWER, logs.stream, "logs", "Stream a log", Reads(query=log.LogStreamQuery),
          Gives(media=sse.MEDIA), errors=(NotFound, RateLimited), description=_STREAM, stream=True),
    Route("GET", "/logs/{log_id}", VIEWER, logs.show, "logs", "Show a log entry",
          gives=Gives(schema=log.LogEntry), errors=(NotFound,)),
)  # fmt: skip
