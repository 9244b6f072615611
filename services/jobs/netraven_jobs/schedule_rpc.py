"""What may be asked about schedules over the bus: mixed into the service. Each method parses, calls,
returns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.bus import Reply, RpcClient, rpc
from netraven_jobs import job_history, job_queries, ordering, present
from netraven_jobs.log_writer import LogWriter
from netraven_jobs.planning import Planning
from netraven_jobs.schedule import SCHEDULE, DeleteSchedule, PauseSchedule, ResumeSchedule


class ScheduleRpc:
    """Mixed into a service class that has `store`, `planning`, `log` and a client of `devices`."""

    store: BoundStore
    planning: Planning
    log: LogWriter
    devices: RpcClient

    @rpc
    def show_schedule(self, schedule_id: str) -> Reply:
        """One schedule, with etag and version. Raises NotFound."""
        return self._schedule(schedule_id)

    @rpc
    def index_schedules(self, filters: Mapping[str, Any], page: int, size: int, sort: Sequence[str]) -> Reply:
        """A page of schedules, with the total in meta."""
        return present.many(*job_queries.schedules(self.store, filters, page, size, sort))

    @rpc
    def scheduled_jobs(self, page: int, size: int) -> Reply:
        """A page of what is due, the next first, in the form of jobs, with the total in meta."""
        return present.many(*job_queries.due_next(self.store, page, size))

    @rpc
    def change_schedule(
        self, schedule_id: str, changes: Mapping[str, Any], if_match: int | None = None
    ) -> Reply:
        """Make these fields so: any of name, schedule, options, target. Raises NotFound, PreconditionFailed,
        ValidationFailed.
        """
        ordering.change_schedule(self.store, self.devices, schedule_id, changes, if_match)
        return self._schedule(schedule_id)

    @rpc
    def pause_schedule(self, schedule_id: str, if_match: int | None = None) -> Reply:
        """Start nothing until it is resumed. Raises NotFound, PreconditionFailed."""
        ordering.keep_schedule(self.store, self.log, schedule_id, PauseSchedule(), if_match)
        return self._schedule(schedule_id)

    @rpc
    def resume_schedule(self, schedule_id: str, if_match: int | None = None) -> Reply:
        """Start jobs again: what fell due meanwhile is not made up for. Raises NotFound,
        PreconditionFailed.
        """
        resumed = ResumeSchedule(self.store.now())
        ordering.keep_schedule(self.store, self.log, schedule_id, resumed, if_match)
        return self._schedule(schedule_id)

    @rpc
    def delete_schedule(self, schedule_id: str, if_match: int | None = None) -> None:
        """Start nothing any more; its jobs stay. Raises NotFound, PreconditionFailed."""
        ordering.keep_schedule(self.store, self.log, schedule_id, DeleteSchedule(), if_match)

    @rpc
    def schedule_history(self, schedule_id: str, page: int, size: int) -> Reply:
        """A page of what happened to a schedule, the newest first. Raises NotFound."""
        return present.many(*job_history.page(self.store, SCHEDULE, schedule_id, page, size))

    def _schedule(self, schedule_id: str) -> Reply:
        return present.single(job_queries.schedule(self.store, schedule_id))
