"""Finding again what a crash has left behind: tasks whose worker is gone, reports that nobody settled."""

from __future__ import annotations

from typing import Any

from netraven_chassis.clock import Clock
from netraven_jobs.log_writer import LogWriter
from netraven_jobs.settle import Settler
from netraven_jobs.tasks import CANCELLED, FAILED, PASSING, REPORTED, RUNNING, WAITING, Document, Tasks

MOST_CRASHES = 2
FEW = 4  # tasks with a worker among which the one that ended it is looked for
AT_ONCE = 500
UNSETTLED_MS = 2000
_EXPIRED = {"status": RUNNING, "$expr": {"$lt": ["$lease_until", "$$NOW"]}}


class Recovery:
    """Looks for what is left behind, and sees to it that it goes on."""

    def __init__(self, tasks: Tasks, settler: Settler, lines: LogWriter, clock: Clock) -> None:
        self._rows, self._settler, self._lines, self._clock = tasks.rows, settler, lines, clock

    def expired(self) -> None:
        """Begin tasks anew whose worker fell silent; fail one that has cost a second worker."""
        found = list(self._rows.find(_EXPIRED).hint("leases").limit(AT_ONCE))
        had = {worker: self._had(worker) for worker in {task["worker"] for task in found}}
        ended = []
        for task in found:
            change, text = self._verdict(task, *had[task["worker"]])
            same = {"_id": task["_id"], "epoch": task["epoch"], **_EXPIRED}
            if self._rows.update_one(same, change).modified_count:
                self._say(task, text)
                if change["$set"]["status"] == REPORTED:
                    ended.append(task["_id"])
        if ended:
            self._settler.settle(ended)

    def _had(self, worker: str) -> tuple[int, int]:
        """How many tasks a worker has, and how many of them have cost a worker before."""
        crashes = [row["crashes"] for row in self._rows.find({"worker": worker, "status": RUNNING})]
        return len(crashes), sum(number > 0 for number in crashes)

    def _verdict(self, task: Document, had: int, suspects: int) -> tuple[dict[str, Any], str]:
        crashes = task["crashes"] + 1
        if task.get("cancel"):
            text = "the job was cancelled, and its worker fell silent"
            return self._over(task, crashes, CANCELLED, "CANCELLED", text), text
        if crashes >= MOST_CRASHES and (task["alone"] or suspects == 1):
            text = f"{crashes} workers ended while they were at it; it is not tried again"
            return self._over(task, crashes, FAILED, "INTERNAL", text), text
        # Which of a few it was shows when they are done one by one. A worker that had many was most likely
        # ended from outside: they go on as before, and one by one only when that happens to them again.
        alone = crashes >= MOST_CRASHES or had <= FEW
        anew = {"status": WAITING, "crashes": crashes, "alone": alone, "dispatched_at": None, "not_before": 0}
        return {"$set": anew, "$unset": PASSING}, "its worker fell silent; it is begun anew"

    def _over(self, task: Document, crashes: int, status: str, error_class: str, text: str) -> dict[str, Any]:
        now = self._clock.now()
        took = max(0, now - task["started_at"])
        result = {
            "status": status,
            "error_class": error_class,
            "message": text,
            "data": {},
            "attempts": [],
            "duration_ms": took,
        }
        fields = {
            "status": REPORTED,
            "crashes": crashes,
            "result": result,
            "finished_at": now,
            "duration_ms": took,
        }
        return {"$set": fields, "$unset": PASSING}

    def _say(self, task: Document, text: str) -> None:
        self._lines.write(
            task["job_id"],
            task["device"]["id"],
            "error",
            f"{task['device']['name']}: {text}",
            attempt=task["attempt"],
            worker=task["worker"],
        )

    def unsettled(self) -> None:
        """Settle reports whose bell nobody heard."""
        before = self._clock.now() - UNSETTLED_MS
        query = {"status": REPORTED, "finished_at": {"$lt": before}}
        idents = [row["_id"] for row in self._rows.find(query, {"_id": 1}).hint("reports").limit(AT_ONCE)]
        if idents:
            self._settler.settle(idents)
