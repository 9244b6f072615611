"""The logs that somebody streams just now: opened at the first client, heard on the bus, let go of after the
last. What a log's lines become stands in log_source.py.

The bus is a doorbell. Every few seconds the jobs service is asked once how far all open logs are, so that a
line that got lost as the last of its log, or the end of a job, shows all the same.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import eventlet
import orjson
import structlog
from eventlet.event import Event
from eventlet.hubs import get_hub
from nameko import config
from nameko.extensions import DependencyProvider

from netraven_chassis.bus.client import SharedCaller
from netraven_chassis.bus.topics import Topics
from netraven_chassis.eventlog.commit import Commit
from netraven_chassis.rounds import Rounds
from netraven_contracts.errors import NetRavenError, NotFound
from netraven_contracts.logs import LINES, NO_JOB
from netraven_gateway.log_source import LogSource, Pages
from netraven_gateway.rings import MOST_BYTES

_log = structlog.get_logger(__name__)

LOOK_SECONDS = 2.0
ASKED_AT_ONCE = 500  # logs
SETTLE_SECONDS = 0.25  # until a topic that was asked for is surely heard
GAP_SECONDS = 0.05  # that a line may come late
END_SECONDS = 0.35  # from a job's end until its log is looked at: a cancel has its last words to say yet
IDLE_SECONDS = 30.0
TIMEOUT_SECONDS = 3.0
ALL_BYTES, LEAST_BYTES = 64 * 1024 * 1024, 32 * 1024  # of all rings together, and of one at least


class LogFeed(DependencyProvider):
    """Gives handlers the source of a log. Uses the service's dependencies `streams` and `feed`."""

    shared = SharedCaller()

    def __init__(self) -> None:
        super().__init__()
        self._sources: dict[str | None, LogSource] = {}
        self._opening: dict[str | None, Event] = {}
        self._due: set[LogSource] = set()
        self._pages = Pages()
        self._log_id = ""  # of the jobs service
        self._looks = Rounds("logs", self._look, LOOK_SECONDS, spread=0.0, away=_told, endure=True)

    def setup(self) -> None:
        """Called by Nameko before anything starts."""
        by_name = {one.attr_name: one for one in self.container.dependencies}
        self._streams = by_name["streams"]
        by_name["feed"].subscribe("jobs", self._on_commits)
        self._topics = Topics(str(config["AMQP_URI"]), LINES, self._on_lines, self._on_connected)

    def start(self) -> None:
        """Begin to listen."""
        self._topics.start(self.container.spawn_managed_thread)
        self._looks.start(self.container.spawn_managed_thread)

    def stop(self) -> None:
        """Listen no more."""
        self._looks.stop()
        self._topics.stop()

    def get_dependency(self, _worker_ctx: Any) -> LogFeed:
        """Itself, the same for all requests."""
        return self

    def source(self, job_id: str | None) -> LogSource:
        """The log of a job, of all jobs without one. Raises NotFound, Unavailable."""
        while job_id in self._opening:
            self._opening[job_id].wait()
        known = self._sources.get(job_id)
        # The log of a job that was over may go on by now: a retry is the same job.
        return known if known is not None and not known.ring.closed else self._open(job_id)

    def _open(self, job_id: str | None) -> LogSource:
        opening = self._opening[job_id] = Event()
        source = LogSource(job_id, self._ask, self._streams.wake, self._on_gap, self._pages)
        source.left_at = time.monotonic()
        self._sources[job_id] = source
        try:
            self._topics.ask(_topic(job_id))
            source.open()
        except BaseException:
            del self._sources[job_id]
            self._forget(job_id)
            raise
        finally:
            del self._opening[job_id]
            opening.send(None)
        self._share_room()
        self._mend_in(SETTLE_SECONDS, source)
        return source

    def _ask(self, job_id: str | None, after: int, limit: int) -> Mapping[str, Any]:
        jobs = self.shared.client("jobs", TIMEOUT_SECONDS)
        answer: Mapping[str, Any] = jobs.logs_after(job_id=job_id, after=after, limit=limit)
        return answer

    # What comes over the bus; none of these may wait.

    def _on_lines(self, body: bytes, message: Any) -> None:
        key = message.delivery_info["routing_key"]
        for job_id in {None, None if key == NO_JOB else key}:
            if (source := self._sources.get(job_id)) is not None:
                source.take(orjson.loads(body))

    def _on_connected(self) -> None:
        for source in self._sources.values():
            self._mend_in(SETTLE_SECONDS, source)

    def _on_commits(self, commits: Sequence[Commit]) -> None:
        for commit in commits:
            if commit.aggregate == "job" and (source := self._sources.get(commit.subject)) is not None:
                self._mend_in(END_SECONDS, source)

    def _on_gap(self, source: LogSource) -> None:
        self._mend_in(GAP_SECONDS, source)

    def _mend_in(self, seconds: float, source: LogSource) -> None:
        if source not in self._due:
            self._due.add(source)
            get_hub().schedule_call_global(seconds, eventlet.spawn_n, self._mend, source)

    # What follows may wait.

    def _mend(self, source: LogSource) -> None:
        self._due.discard(source)
        if self._looks.stopped or source.ring.closed:
            return
        try:
            source.mend()
        except NotFound:
            _log.warning("a log that is streamed is gone; its streams end", job_id=source.job_id)
            source.close()
        except NetRavenError as error:
            _log.info("a log cannot be read just now", job_id=source.job_id, reason=str(error))

    def _look(self) -> None:
        self._let_go()
        self._ask_heads()

    def _ask_heads(self) -> None:
        """Ask how far all logs are that have readers, and read those that are further."""
        read = {job_id: one for job_id, one in self._sources.items() if one.readers and not one.ring.closed}
        jobs = [job_id for job_id in read if job_id is not None]
        for start in range(0, len(jobs) + (None in read), ASKED_AT_ONCE):
            asked = jobs[start : start + ASKED_AT_ONCE]
            answer = self.shared.client("jobs", TIMEOUT_SECONDS).log_heads(job_ids=asked)
            for job_id, (seq, over) in answer["jobs"].items():
                if over or seq != read[job_id].ring.last or answer["log_id"] != self._log_id:
                    self._mend_in(GAP_SECONDS, read[job_id])
            if None in read and (answer["head"] != read[None].ring.last or answer["log_id"] != self._log_id):
                self._mend_in(GAP_SECONDS, read[None])
        self._log_id = answer["log_id"] if read else self._log_id

    def _let_go(self) -> None:
        now = time.monotonic()
        for job_id, source in list(self._sources.items()):
            if source.readers:
                source.left_at = now
            elif job_id not in self._opening and now - source.left_at > IDLE_SECONDS:
                del self._sources[job_id]
                self._forget(job_id)
        self._share_room()

    def _forget(self, job_id: str | None) -> None:
        self._topics.forget(_topic(job_id))

    def _share_room(self) -> None:
        limit = min(MOST_BYTES, max(LEAST_BYTES, ALL_BYTES // max(1, len(self._sources))))
        for source in self._sources.values():
            source.ring.limit = limit


def _told(error: Exception) -> bool:
    """Whether another service told it: it is away, or at fault."""
    return isinstance(error, NetRavenError)


def _topic(job_id: str | None) -> str:
    return "#" if job_id is None else job_id
