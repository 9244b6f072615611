"""The rows of the route table about schedules. They are made by POST /jobs."""

from __future__ import annotations

from netraven_contracts import schedules as schedule
from netraven_contracts.errors import Conflict, DeleteFailed, ListFailed, NotFound, UpdateFailed
from netraven_contracts.history import HistoryEntry
from netraven_contracts.paging import PageQuery, page_of
from netraven_gateway import schedules
from netraven_gateway.route import OPERATOR, VIEWER, Gives, Reads, Route

_SHOWN = Gives(schema=schedule.Schedule, message="Schedule updated", etag=True)

ROWS = (
    Route("GET", "/schedules", VIEWER, schedules.index, "schedules", "List schedules",
          Reads(query=page_of(schedule.ScheduleFilters, schedule.SCHEDULE_SORTS)),
          Gives(schema=schedule.Schedule, many=True), ListFailed),
    Route("GET", "/schedules/{schedule_id}", VIEWER, schedules.show, "schedules", "Show a schedule",
          gives=Gives(schema=schedule.Schedule, etag=True), errors=(NotFound,)),
    Route("PATCH", "/schedules/{schedule_id}", OPERATOR, schedules.change, "schedules", "Change a schedule",
          Reads(body=schedule.ScheduleChanges), _SHOWN, UpdateFailed, (NotFound, Conflict),
          "Of whom its jobs are for: the same fields as in POST /jobs. What is running is not touched."),
    Route("POST", "/schedules/{schedule_id}/pause", OPERATOR, schedules.pause, "schedules",
          "Start no jobs for a while", gives=_SHOWN, failure=UpdateFailed, errors=(NotFound, Conflict)),
    Route("POST", "/schedules/{schedule_id}/resume", OPERATOR, schedules.resume, "schedules",
          "Start jobs again", gives=_SHOWN, failure=UpdateFailed, errors=(NotFound, Conflict),
          description="What was due meanwhile is not made up for."),
    Route("DELETE", "/schedules/{schedule_id}", OPERATOR, schedules.delete, "schedules",
          "Delete a schedule", gives=Gives(status=204, message="Deleted"), failure=DeleteFailed,
          errors=(NotFound,), description="Its jobs stay."),
    Route("GET", "/schedules/{schedule_id}/history", VIEWER, schedules.history, "schedules",
          "List what happened to a schedule", Reads(query=PageQuery), Gives(schema=HistoryEntry, many=True),
          ListFailed, (NotFound,), "Who did what, when, by which request; the newest first."),
)  # fmt: skip
