"""Finding again what a crash has left behind: who is gone, tasks in hand, reports that nobody settled.

A lease that has run out tells of a crash only when it could have been renewed: see vigil.py.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from netraven_chassis import mongo
from netraven_chassis.clock import Clock
from netraven_jobs import system_log
from netraven_jobs.claims import anew, renewed_every
from netraven_jobs.crash import Crash
from netraven_jobs.log_writer import LogWriter
from netraven_jobs.roll import KEPT_MS, Roll
from netraven_jobs.settle import Settler
from netraven_jobs.tasks import CANCELLED, FAILED, PASSING, REPORTED, RUNNING, TRIED, Document, Tasks
from netraven_jobs.vigil import Vigil

AT_ONCE = 500
UNSETTLED_MS = 2000
LEAST_GAP_MS = 4000  # two of the planner's looks at the database, each of which took long
_EXPIRED = {"status": RUNNING, "$expr": {"$lt": ["$lease_until", "$$NOW"]}}


def vigil_over(lease_seconds: float, clock: Clock) -> Vigil:
    """The watch over workers whose tasks have leases of so many seconds."""
    # A call that hangs when the database comes back is given up, and then made again.
    moment_ms = int((renewed_every(lease_seconds) + mongo.ANSWER_SECONDS) * 1000)
    gap_ms = min(int(lease_seconds * 1000), KEPT_MS) - moment_ms
    return Vigil(clock, max(gap_ms, LEAST_GAP_MS), moment_ms)


class Recovery:
    """Looks for what is left behind, and sees to it that it goes on. `vigil`: its watch over the workers."""

    def __init__(self, tasks: Tasks, settler: Settler, lines: LogWriter, clock: Clock, vigil: Vigil) -> None:
        self._rows, self._settler, self._lines, self._clock = tasks.rows, settler, lines, clock
        self._vigil = vigil
        self._roll = Roll(tasks.rows.database)

    def expired(self) -> None:
        """Begin tasks anew whose worker fell silent; fail one that has cost a second worker. Nothing is done
        while workers that live may not have come to renew what they have.
        """
        with self._vigil.look():
            found = list(self._rows.find(_EXPIRED).hint("leases").limit(AT_ONCE))
        if not self._vigil.unbroken:
            return
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
        with self._vigil.look():
            late = self._roll.late()
        if not self._vigil.unbroken:
            return
        for worker in filter(self._roll.miss, late):
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
