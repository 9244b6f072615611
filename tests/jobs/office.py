"""The planner's desk over a real database and the bus in memory, with a clock that the test moves. No
Nameko.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from netraven_chassis.bound import BoundStore
from netraven_chassis.bus.consumer import Consumer
from netraven_chassis.bus.message import Message as BusMessage
from netraven_chassis.clock import SystemClock
from netraven_chassis.core import Core
from netraven_chassis.eventlog.commit import Context
from netraven_jobs import dispatch
from netraven_jobs.backup import BACKUP
from netraven_jobs.claims import Claims
from netraven_jobs.configuration import CONFIGURATION
from netraven_jobs.dispatch import Message, TaskPublisher
from netraven_jobs.feeding import Feeder
from netraven_jobs.job import JOB, Job, RequestJob, StartRun
from netraven_jobs.log_writer import LogWriter
from netraven_jobs.logbook import LogBook
from netraven_jobs.planner import Desk, Planner
from netraven_jobs.recovery import Recovery
from netraven_jobs.roll import COLLECTION as WORKERS
from netraven_jobs.schedule import SCHEDULE, CreateSchedule
from netraven_jobs.settle import Settler
from netraven_jobs.task import TASK
from netraven_jobs.tasks import Tasks
from netraven_jobs.views import JOBS, SCHEDULES, VIEWS
from netraven_jobs.vigil import Vigil
from tests.clock import MovableClock
from tests.patience import until

Json = dict[str, Any]
LAST = Message(("the last one",))  # of what lies in the queue


class Office:
    """One instance of the jobs service without its shell. `devices` gives a client of the devices service."""

    def __init__(
        self, database: Any, uri: str, devices: Callable[[], Any] = lambda: None, site_limit: int = 0
    ) -> None:
        self.database, self.clock, self.uri, self.devices = database, MovableClock(), uri, devices
        self.core = Core("jobs", database, [JOB, SCHEDULE, TASK, CONFIGURATION, BACKUP], VIEWS, self.clock,
                         pull=lambda _source, _after: nobody())  # fmt: skip
        self.core.prepare()
        self.tasks = Tasks(database)
        self.tasks.prepare()
        book = LogBook(database)
        book.prepare()
        self.lines = LogWriter(book, "jobs")
        self.lines.start()
        self.publisher = TaskPublisher(uri)
        self.publisher.start()
        self.settler = Settler(self.bind, self.tasks, self.lines)
        self.feeder = Feeder(self.tasks, self.publisher, self.clock, site_limit)
        self.recovery = self.watcher(Vigil(self.clock, gap_ms=0, moment_ms=0))  # it trusts what it sees
        self.planner = Planner(
            Desk(
                self.bind,
                self.tasks,
                self.settler,
                self.feeder,
                self.recovery,
                self.lines,
                lambda: self.devices(),
                self.clock,
            )
        )

    def bind(self, command_id: str) -> BoundStore:
        """The store for a command of this id."""
        return BoundStore(self.core, Context({"id": "jobs", "name": "jobs"}, command_id))

    def watcher(self, vigil: Vigil) -> Recovery:
        """Whoever looks for what is left behind, and keeps such a watch."""
        return Recovery(self.tasks, self.settler, self.lines, self.clock, vigil)

    def claims(self, worker: str = "", lease_ms: int = 60_000, site_limit: int = 0) -> Claims:
        """One worker's hold on tasks."""
        return Claims(self.tasks, worker or secrets.token_hex(4), lease_ms, site_limit)

    def begun(self, devices: Sequence[Json], kind: str = "lazy", **options: Any) -> str:
        """A job whose first run is under way for these devices; its id."""
        job_id = secrets.token_hex(12)
        wanted = RequestJob(kind, {"devices": [device["id"] for device in devices]}, options)
        self.bind(f"ask:{job_id}").handle(JOB, job_id, wanted)
        self.tasks.add(job_id, self.job(job_id), devices, self.clock.now())
        self.bind(f"start:{job_id}").handle(JOB, job_id, StartRun(1, len(devices)))
        return job_id

    def scheduled(self, when: Json, **fields: Any) -> str:
        """A schedule that was made just now; its id."""
        ident = secrets.token_hex(12)
        target = fields.get("target", {"all": True})
        wanted = CreateSchedule("lazy", target, {}, fields.get("name", "s"), when, self.clock.now())
        self.bind(f"make:{ident}").handle(SCHEDULE, ident, wanted)
        return ident

    def jobs(self) -> list[Json]:
        """All jobs, as the view has them."""
        return list(self.bind("look").collection(JOBS).find({}))

    def job(self, job_id: str) -> Job:
        """The job as its history makes it."""
        job: Job = self.bind("look").load(JOB, job_id).state
        return job

    def rows(self, job_id: str) -> list[Json]:
        """Its tasks by their devices' names."""
        return list(self.tasks.rows.find({"job_id": job_id}).sort("device.name", 1))

    def told(self, job_id: str) -> list[str]:
        """What its log says."""
        self.lines.flush()
        return [row["message"] for row in self.database["logs"].find({"job_id": job_id}).sort("seq", 1)]

    def handed_out(self) -> list[Message]:
        """What lies in the queue, taken out of it."""
        got: list[Message] = []

        def take(body: bytes, message: BusMessage) -> None:
            got.append(dispatch.read(body))
            consumer.ack(message)

        assert self.publisher.put([LAST]) == [LAST]
        consumer = Consumer(self.uri, [dispatch.queue(self.uri)], take)
        consumer.start()
        until(lambda: LAST in got)
        consumer.stop()
        got.remove(LAST)
        return got

    def reconnect(self) -> None:
        """Publish over a new connection."""
        self.publisher = TaskPublisher(self.uri)
        self.publisher.start()
        self.feeder._publisher = self.publisher

    def clear(self) -> None:
        """Forget all jobs and schedules, as far as anybody looks for them."""
        self.handed_out()
        self.clock.reset()
        self.devices = lambda: None
        self.tasks.rows.delete_many({})
        self.database[WORKERS].delete_many({})
        for view in (JOBS, SCHEDULES):
            self.bind("look").collection(view).delete_many({})

    def close(self) -> None:
        """End what runs beside."""
        self.lines.stop()
        self.publisher.stop()


def device(number: int, location: str = "Bern", **fields: Any) -> Json:
    """A device as the planner knows it."""
    made = {"name": f"sw-{number:04}", "ip_address": f"10.0.{number >> 8}.{number & 255}", "port": 22}
    return {"id": f"{number:024x}", **made, "platform": "linux", "location": location, "tags": [], **fields}


def report(status: str = "succeeded", **fields: Any) -> Json:
    """What a worker reports."""
    told: Json = {"error_class": None, "message": "", "data": {}, "attempts": [], "duration_ms": 5}
    return {"status": status, **told, "finished_at": SystemClock().now(), **fields}


def nobody() -> Any:
    """Nobody's log is followed in these tests."""
    raise AssertionError("nobody is followed")


def plain(document: Any) -> Any:
    """What would travel of it."""
    return orjson.loads(orjson.dumps(document))
