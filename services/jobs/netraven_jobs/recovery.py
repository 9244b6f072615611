"""Finding again what a crash has left behind: who is gone, tasks in hand, reports that nobody settled."""

from __future__ import annotations

from collections import Counter
from typing import Any

from netraven_chassis.clock import Clock
from netraven_jobs import system_log
from netraven_jobs.claims import anew
from netraven_jobs.crash import Crash
from netraven_jobs.log_writer import LogWriter
from netraven_jobs.roll import Roll
from netraven_jobs.settle import Settler
from netraven_jobs.tasks import CANCELLED, FAILED, PASSING, REPORTED, RUNNING, TRIED, Document, Tasks

AT_ONCE = 500
UNSETTLED_MS = 2000
_EXPIRED = {"status": RUNNING, "$expr": {"$lt": ["$lease_until", "$$NOW"]}}


class Recovery:
    """Looks for what is left behind, and sees to it that it goes on."""

    def __init__(self, tasks: Tasks, settler: Settler, lines: LogWriter, clock: Clock) -> None:
        self._rows, self._settler, self._lines, self._clock = tasks.rows, settler, lines, clock
        self._roll = Roll(tasks.rows.database)

    def expired(self) -> None:
        """Begin tasks anew whose worker fell silent; fail one that has cost a second worker."""
        found = list(self._rows.find(_EXPIRED).hint("leases").limit(AT_ONCE))
        crashes = {worker: self._crash(worker) for worker in {task["worker"] for task in found}}
        ended, lost = [], Counter[str]()
        for task in found:
            change, text = self._verdict(task, crashes[task["worker"]])
            same = {"_id": task["_id"], "epoch": task["epoch"], **_EXPIRED}
            if self._rows.update_one(same, change).modified_count:
                self._say(task, text)
                lost[task["worker"]] += 1
                if change["$set"]["status"] == REPORTED:
                    ended.append(task["_id"])
        for worker, tasks in lost.items():
            self._roll.strike(worker)
            text = f"Worker {worker} fell silent with {tasks} tasks in hand"
            system_log.say(self._lines, text, "error", worker=worker, tasks=tasks)
        if ended:
            self._settler.settle(ended)

    def silent(self) -> None:
        """Say of workers that had nothing in hand that they are gone."""
        for worker in self._roll.missing():
            text = f"Worker {worker} fell silent"
            system_log.say(self._lines, text, "error", worker=worker, tasks=0)

    def _crash(self, worker: str) -> Crash:
        """What the end of a worker means for the tasks that it has."""
        crashes = [row["crashes"] for row in self._rows.find({"worker": worker, "status": RUNNING})]
        return Crash(len(crashes), sum(number > 0 for number in crashes))

    def _verdict(self, task: Document, crash: Crash) -> tuple[dict[str, Any], str]:
        crashes = task["crashes"] + 1
        if task.get("cancel"):
            text = "the job was cancelled, and its worker fell silent"
            return self._over(task, crashes, CANCELLED, "CANCELLED", text), text
        if crash.convicts(crashes, task["alone"]):
            text = f"{crashes} workers ended while they were at it; it is not tried again"
            return self._over(task, crashes, FAILED, "INTERNAL", text), text
        return anew(task, crash), "its worker fell silent; it is begun anew"

    def _over(self, task: Document, crashes: int, status: str, error_class: str, text: str) -> dict[str, Any]:
        now = self._clock.now()
        took = max(0, now - task["started_at"])
        result = {
            "status": status,
            "error_class": error_class,
            "message": text,
            "data": {},
            "attempts": task.get(TRIED, []),
            "duration_ms": took,
        }
        fields = {
            "status": REPORTED,
            "crashes": crashes,
            "result": result,
            "finished_at": now,
            "duration_ms": took,
        }
        return {"$set": fields, "$unset": {**PASSING, TRIED: ""}}

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
