"""Feeding the queue: which tasks of a running job are handed out now. A task is marked before it is handed
out, so that none is handed out twice for nothing; what is marked and never taken is handed out again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netraven_chassis.clock import Clock
from netraven_jobs import job_type, permits
from netraven_jobs.dispatch import Message, TaskPublisher
from netraven_jobs.tasks import RUNNING, WAITING, Document, Tasks

WINDOW = 300  # tasks of a job that may lie in the queue
WHOLE_WINDOW = 10_000
WHOLE_CHUNK = 1000  # tasks in one message of a type that takes its devices all at once
LOST_MS = 180_000  # after this, a task in the queue is taken for lost


class Feeder:
    """Hands out tasks; `site_limit` as the workers know it."""

    def __init__(self, tasks: Tasks, publisher: TaskPublisher, clock: Clock, site_limit: int) -> None:
        self._rows, self._publisher = tasks.rows, publisher
        self._clock, self._site_limit = clock, site_limit

    def feed(self, job_id: str) -> None:
        """Hand out tasks of a running job, as many as there is room for."""
        now = self._clock.now()
        whole = self._takes_all(job_id)
        if whole is None:
            return
        room = (WHOLE_WINDOW if whole else WINDOW) - self._handed_out(job_id, now)
        if room <= 0:
            return
        rows = [*self._next(job_id, now, room, sessions=not whole), *self._alone(job_id, now)]
        self._hand_out(_wholes(rows) if whole else [_message(row) for row in rows], now)

    def again(self, job_id: str) -> None:
        """Take all that was handed out and not taken for lost."""
        self._rows.update_many(
            {"job_id": job_id, "status": WAITING, "dispatched_at": {"$ne": None}},
            {"$set": {"dispatched_at": None}},
        )

    def _takes_all(self, job_id: str) -> bool | None:
        """Whether the job's type takes its devices all at once; None when nothing waits."""
        task = self._rows.find_one({"job_id": job_id, "status": WAITING}, {"type": 1})
        if task is None:
            return None
        plugin = job_type.named(task["type"])
        return plugin is not None and plugin.meta.whole

    def _handed_out(self, job_id: str, now: int) -> int:
        fresh = {"job_id": job_id, "status": WAITING, "dispatched_at": {"$gt": now - LOST_MS}}
        return self._rows.count_documents(fresh, limit=WHOLE_WINDOW)

    def _next(self, job_id: str, now: int, room: int, *, sessions: bool) -> list[Document]:
        query: dict[str, Any] = {
            "job_id": job_id,
            "status": WAITING,
            "alone": False,
            "not_before": {"$lte": now},
            **_not_handed_out(now),
        }
        if sessions and (full := permits.full_sites(self._rows, self._site_limit)):
            query["device.location"] = {"$nin": full}
        return list(self._rows.find(query, {"device.location": 1}).limit(room))

    def _alone(self, job_id: str, now: int) -> list[Document]:
        """One of the tasks that are to be done alone because a worker ended with them, if no other is going
        on in any job.
        """
        fresh = {"status": WAITING, "dispatched_at": {"$gt": now - LOST_MS}}
        going = {"alone": True, "$or": [{"status": RUNNING}, fresh]}
        waiting = {"job_id": job_id, "status": WAITING, "alone": True, **_not_handed_out(now)}
        found = self._rows.find_one(waiting, {"device.location": 1})
        return [] if found is None or self._rows.find_one(going, {"_id": 1}) else [found]

    def _hand_out(self, messages: Sequence[Message], now: int) -> None:
        if not messages:
            return
        self._mark([ident for message in messages for ident in message.tasks], now)
        kept = {message.tasks[0] for message in self._publisher.put(messages)}
        lost = [message for message in messages if message.tasks[0] not in kept]
        if lost:
            self._mark([ident for message in lost for ident in message.tasks], None)

    def _mark(self, idents: Sequence[str], dispatched_at: int | None) -> None:
        waiting = {"_id": {"$in": list(idents)}, "status": WAITING}
        self._rows.update_many(waiting, {"$set": {"dispatched_at": dispatched_at}})


def _not_handed_out(now: int) -> Document:
    return {"$or": [{"dispatched_at": None}, {"dispatched_at": {"$lte": now - LOST_MS}}]}


def _message(row: Document) -> Message:
    return Message((str(row["_id"]),), site=row["device"].get("location"))


def _wholes(rows: Sequence[Document]) -> list[Message]:
    idents = [str(row["_id"]) for row in rows]
    return [Message(tuple(idents[at : at + WHOLE_CHUNK]), True) for at in range(0, len(idents), WHOLE_CHUNK)]
