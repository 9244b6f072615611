"""What the jobs service answers about its log: lists, single entries, what follows a place, figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.bus import Reply, rpc
from netraven_chassis.clock import iso
from netraven_chassis.views import LIVE
from netraven_contracts.errors import NotFound
from netraven_contracts.jobs import OVER
from netraven_jobs import last_words, log_queries, logbook
from netraven_jobs.tasks import COLLECTION as TASKS

Json = dict[str, Any]
MOST_AT_ONCE = 1000  # entries in one answer


class LogsRpc:
    """Mixed into the jobs service, which has `store = Store(…)` with a view `jobs`, and `tasks` beside it."""

    store: BoundStore

    @rpc
    def index_logs(self, filters: Json, page: int, size: int, order: str) -> Reply:
        """A page of LogEntries for LogFilters; meta: total, at_least. Raises ValidationFailed."""
        rows, total, more = log_queries.page(self.store.database, filters, page, size, order)
        return Reply(rows, {"total": total, "at_least": more})

    @rpc
    def show_log(self, log_id: str) -> Reply:
        """A LogEntry. Raises NotFound."""
        return Reply(log_queries.one(self.store.database, log_id))

    @rpc
    def log_stats(self, start: int, end: int) -> Json:
        """The LogStats from `start` to before `end`, UTC milliseconds."""
        tasks = log_queries.endings(self.store.database[TASKS], start, end, {})
        jobs = log_queries.endings(self.store.collection("jobs"), start, end, dict(LIVE))
        decided = tasks["succeeded"] + tasks["failed"]
        counted = log_queries.counts(self.store.database, start, end)
        return {
            "from": iso(start),
            "to": iso(end),
            "jobs": jobs,
            "devices": tasks,
            "success_rate": round(100 * tasks["succeeded"] / decided, 2) if decided else None,
            "entries": sum(counted["by_level"].values()),
            **counted,
        }

    @rpc
    def logs_after(self, job_id: str | None, after: int, limit: int = 500) -> Json:
        """What follows a place: {entries, head, ended, log_id}.

        `after`: a seq of the job's log, or a position without a job; `head`, the last one there is; `ended`,
        whether the job was over before the entries were read. Raises NotFound for a job that is none.
        """
        database = self.store.database
        ended = job_id is not None and self._is_over(job_id)
        head = logbook.head(database) if job_id is None else logbook.heads(database, [job_id])[job_id]
        entries = log_queries.after(database, job_id, after, min(limit, MOST_AT_ONCE))
        return {"entries": entries, "head": head, "ended": ended, "log_id": self.store.core.log.log_id}

    @rpc
    def log_heads(self, job_ids: list[str]) -> Json:
        """How far logs are: {head: last position, jobs: {id: [last seq, whether it was over before]},
        log_id}. The id is another one when the database is.
        """
        ended = self._over(job_ids)
        seqs = logbook.heads(self.store.database, job_ids)
        jobs = {job_id: [seq, job_id in ended] for job_id, seq in seqs.items()}
        head = logbook.head(self.store.database)
        return {"head": head, "jobs": jobs, "log_id": self.store.core.log.log_id}

    def _is_over(self, job_id: str) -> bool:
        jobs = self.store.collection("jobs")
        if self._over([job_id]):
            return True
        # The view may lag behind the first lines of a job that was made a moment ago.
        known = jobs.find_one({"_id": job_id, **LIVE}, {"_id": 1}) is not None
        if not known and not logbook.heads(self.store.database, [job_id])[job_id]:
            raise NotFound(f"no job has the id {job_id}")
        return False

    def _over(self, job_ids: Sequence[str]) -> set[str]:
        """Those of the jobs whose logs are over."""
        over = {"_id": {"$in": list(job_ids)}, **LIVE, "status": {"$in": list(OVER)}}
        kept = ("status", "started_at", "finished_at")
        jobs = list(self.store.collection("jobs").find(over, dict.fromkeys(kept, 1)))
        awaited = last_words.awaited(self.store.database, jobs, self.store.now())
        return {row["_id"] for row in jobs} - awaited
