"""What may be asked about jobs over the bus: mixed into the service. Each method parses, calls, returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from netraven_chassis.bound import BoundStore
from netraven_chassis.bus import Reply, RpcClient, rpc
from netraven_jobs import job_history, job_queries, job_type, option_schema, ordering, present
from netraven_jobs.job import JOB
from netraven_jobs.log_writer import LogWriter
from netraven_jobs.planning import Planning
from netraven_jobs.schedule import SCHEDULE, DeleteSchedule

Filters = Mapping[str, Any]


class JobRpc:
    """Mixed into a service class that has `store`, `planning` and `log`."""

    store: BoundStore
    planning: Planning
    log: LogWriter
    devices = RpcClient("devices", timeout=4.0)

    @rpc
    def create_job(self, job: Mapping[str, Any]) -> Reply:
        """Begin a job, or with a schedule what will start jobs, from a body of POST /jobs.

        Raises ValidationFailed for a type, options or times that mean nothing, for devices and tags that are
        not there, and for what is to begin now without any device.
        """
        ident, scheduled = ordering.create(self.store, self.devices, job)
        self.planning.wake()
        return self._single(ident, location=f"/api/{'schedules' if scheduled else 'jobs'}/{ident}")

    @rpc
    def show_job(self, job_id: str) -> Reply:
        """One job with at most a thousand of its devices. Raises NotFound."""
        return self._single(job_id)

    @rpc
    def index_jobs(self, filters: Filters, page: int, size: int, sort: Sequence[str]) -> Reply:
        """A page of jobs, with the total in meta."""
        return present.many(*job_queries.jobs(self.store, self.planning.tasks, filters, page, size, sort))

    @rpc
    def job_devices(self, job_id: str, filters: Filters, page: int, size: int) -> Reply:
        """A page of a job's devices, with the total in meta. Raises NotFound."""
        found = job_queries.devices(self.store, self.planning.tasks, job_id, filters, page, size)
        return present.many(*found)

    @rpc
    def cancel_job(self, job_id: str, if_match: int | None = None) -> Reply:
        """Stop a job; what runs is closed within seconds. Of a schedule: delete it, and answer how it was.

        Raises NotFound, PreconditionFailed; Conflict when it is over.
        """
        if self.store.load(SCHEDULE, job_id).version:
            before = self._single(job_id)
            ordering.keep_schedule(self.store, self.log, job_id, DeleteSchedule(), if_match)
            return before
        planning = self.planning
        ordering.cancel(self.store, planning.tasks, planning.settler, self.log, job_id, if_match)
        return self._single(job_id)

    @rpc
    def retry_job(self, job_id: str, only: str, if_match: int | None = None) -> Reply:
        """Begin a job again: `only` "failed", for the devices that did not succeed, or "all".

        Raises NotFound, PreconditionFailed; Conflict while it runs, or when nothing failed.
        """
        ordering.retry(self.store, self.planning.tasks, job_id, only, if_match)
        self.planning.wake()
        return self._single(job_id)

    @rpc
    def job_types(self) -> Reply:
        """All types: {name, aliases, label, description, options (JSON Schema)}."""
        shown = [
            {
                "name": one.meta.name,
                "label": one.meta.label,
                "description": one.meta.description,
                "aliases": list(one.meta.aliases),
                "options": option_schema.of(one.meta.options),
            }
            for one in job_type.plugins().values()
        ]
        return Reply(orjson.dumps(shown))

    @rpc
    def recent_jobs(self, limit: int) -> Reply:
        """The jobs that were asked for last, the newest first."""
        return Reply(orjson.dumps(job_queries.recent(self.store, self.planning.tasks, limit)))

    @rpc
    def job_history(self, job_id: str, page: int, size: int) -> Reply:
        """A page of what happened to a job, the newest first. Raises NotFound."""
        return present.many(*job_history.page(self.store, JOB, job_id, page, size))

    @rpc
    def settle(self, task_ids: Sequence[str]) -> None:
        """These tasks were reported: take down what came of them."""
        self.planning.settler.settle(task_ids)

    def _single(self, job_id: str, **meta: Any) -> Reply:
        return present.single(job_queries.job(self.store, self.planning.tasks, job_id), **meta)
