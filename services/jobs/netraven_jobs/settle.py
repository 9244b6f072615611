"""Settling: what a worker reported of a task becomes news, its backup is kept, and a job whose last task it
was is finished. No worker, no queue. Everything here may be done twice, and by several at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import structlog
from pymongo import UpdateOne
from pymongo.write_concern import WriteConcern

from netraven_chassis.bound import BoundStore
from netraven_chassis.faults import infrastructure
from netraven_chassis.ids import derive_id
from netraven_chassis.plan import Order, Outcome
from netraven_contracts.errors import Conflict, NetRavenError, Unavailable
from netraven_jobs import backups, last_words, log_entry
from netraven_jobs.job import CANCELLED, CANCELLING, JOB, RUNNING, FinishRun, Job
from netraven_jobs.log_writer import LogWriter
from netraven_jobs.task import TASK, FinishTask, TaskFinished
from netraven_jobs.tasks import FAILED, REPORTED, Document, Tasks

log = structlog.get_logger(__name__)

Bind = Callable[[str], BoundStore]
"""The store for a command of this id, on the jobs service's own account."""

NOT_KEPT = "what it brought could not be kept"
NO_DEVICES = "there are no devices that fit"
LAST_LINES_SECONDS = 5.0


class Settler:
    """Settles tasks and finishes jobs."""

    def __init__(self, bind: Bind, tasks: Tasks, lines: LogWriter) -> None:
        self._bind, self._tasks, self._lines = bind, tasks, lines
        # What a crash of the database takes away of this is settled again; the job's end, which waits for the
        # journal, is written after it.
        self._settled = tasks.rows.with_options(write_concern=WriteConcern(w="majority", j=False))

    def settle(self, idents: Sequence[str]) -> None:
        """Settle those of the tasks that were reported. Raises Unavailable and pymongo's errors: they will be
        settled later.
        """
        reported = {"_id": {"$in": list(idents)}, "status": REPORTED}
        found = list(self._tasks.rows.find(reported))
        if not found:
            return
        self._keep(found)
        orders = [self._order(task) for task in found]
        outcomes = self._bind("settle").core.journal.handle_many(orders)
        done = [task for task, outcome in zip(found, outcomes, strict=True) if isinstance(outcome, Outcome)]
        if done:
            self._settled.bulk_write([_final(task) for task in done], ordered=False)
        for job_id in sorted({task["job_id"] for task in done}):
            self.close(job_id)

    def _keep(self, tasks: Sequence[Document]) -> None:
        """Take down what the tasks brought; one whose backup cannot be taken down has failed."""
        brought = [task for task in tasks if "backup" in task["result"]["data"]]
        try:
            ids: Sequence[str | None] = self._recorded(brought)
        except Exception as error:
            if infrastructure(error):
                raise
            # One of them is at fault: alone, it fails alone.
            ids = [self._tried(task, partial(self._recorded_alone, task)) for task in brought]
        for task, ident in zip(brought, ids, strict=True):
            _name(task, "backup", ident)
        for task in tasks:
            if "quarantine" in task["result"]["data"]:
                _name(task, "quarantine", self._tried(task, partial(self._put_aside, task)))

    def _recorded(self, tasks: Sequence[Document]) -> Sequence[str | None]:
        pairs = [(task, task["result"]["data"]["backup"]) for task in tasks]
        answers = backups.record_many(self._bind("settle"), pairs) if pairs else []
        return [_id_or_raise(answer) for answer in answers]

    def _recorded_alone(self, task: Document) -> str:
        return backups.record(self._bind("settle"), task, task["result"]["data"]["backup"])

    def _put_aside(self, task: Document) -> str:
        return backups.quarantine(self._bind("settle"), task, task["result"]["data"]["quarantine"])

    def _tried(self, task: Document, step: Callable[[], str]) -> str | None:
        """The id of what the step takes down; None when it never can be, and the task has failed."""
        try:
            return step()
        except Exception as error:
            if infrastructure(error):
                raise
            log.exception("a backup cannot be taken down", task=task["_id"])
            task["result"].update(status=FAILED, error_class="INTERNAL", message=NOT_KEPT)
            return None

    def _order(self, task: Document) -> Order:
        result = task["result"]
        finished = TaskFinished(
            task["job_id"],
            task["device"]["id"],
            task["run"],
            task["attempt"],
            result["status"],
            result["error_class"],
            result["duration_ms"],
        )
        command = FinishTask(finished, result["attempts"], result["data"].get("facts"))
        store = self._bind(f"task:{task['_id']}:{task['epoch']}")
        return Order(TASK, task["_id"], command, store.context)

    def close(self, job_id: str) -> None:
        """Finish a job's run when none of its tasks is left; nothing happens otherwise. One that is cancelled
        counts those that were skipped since. Raises Unavailable and pymongo's errors: it is finished later.
        """
        if self._tasks.any_open(job_id):
            return
        store = self._bind(f"end:{job_id}")
        job: Job = store.load(JOB, job_id).state
        if job.status not in (RUNNING, CANCELLING, CANCELLED):
            return
        counts = {
            name: number
            for name, number in self._tasks.counts([job_id])[job_id].items()
            if name not in ("waiting", "running")
        }
        if job.status == CANCELLED and (counts == job.counts or not counts["total"]):
            return
        reason = None if counts["total"] else NO_DEVICES
        self._say_the_end(job_id, job, counts, reason)
        try:
            end = self._bind(f"end:{job_id}:{job.run}" + ("" if job.status != CANCELLED else ":counted"))
            end.handle(JOB, job_id, FinishRun(job.run, counts, reason))
        except Conflict:
            log.debug("a job was finished by somebody else", job_id=job_id)
        if job.status == CANCELLED:
            last_words.mark_again(self._tasks.rows.database, job_id, store.now())

    def _say_the_end(self, job_id: str, job: Job, counts: Mapping[str, int], reason: str | None) -> None:
        """Write the job's last line before it is over, so that whoever follows its log sees it.

        Raises Unavailable when what was said before it is not written yet; a log that takes no more lines
        ends no job.
        """
        if not self._lines.flush(LAST_LINES_SECONDS):
            raise Unavailable("a job's log is not written yet; its end follows", {"retry_after": 1})
        told = ", ".join(f"{number} {name}" for name, number in counts.items() if name != "total" and number)
        text = f"Run {job.run} is over: {reason or told}"
        level = "info" if counts["total"] and counts["succeeded"] == counts["total"] else "warning"
        ident = derive_id("end", job_id, str(job.run))
        entry = log_entry.make(job_id, None, level, text, source="jobs", ident=ident, meta=dict(counts))
        try:
            self._lines.book.append([entry])
        except Exception as error:
            if infrastructure(error):
                raise
            log.exception("a job ends without its last line", job_id=job_id)


def _id_or_raise(answer: str | NetRavenError) -> str:
    if isinstance(answer, NetRavenError):
        raise answer
    return answer


def _name(task: Document, what: str, ident: str | None) -> None:
    """Say under which id it is kept what the task brought."""
    if ident is not None:
        data = task["result"]["data"]
        data[what] = {**data[what], "id": ident}


def _final(task: Document) -> UpdateOne:
    result = task["result"]
    fields: dict[str, Any] = {
        "status": result["status"],
        "error_class": result["error_class"],
        "message": result["message"],
        "brought": _brought(result["data"]),
    }
    same = {"_id": task["_id"], "epoch": task["epoch"], "status": REPORTED}
    return UpdateOne(same, {"$set": fields, "$unset": {"result": "", "claim": ""}})


def _brought(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a list of devices shows of it: of the interfaces, how many."""
    facts = data.get("facts")
    if facts is None:
        return dict(data) or None
    return {**data, "facts": {**facts, "interfaces": len(facts.get("interfaces") or ())}}
