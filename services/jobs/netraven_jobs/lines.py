"""Telling new log entries to whoever asked for them: a topic exchange, a job's entries under its id.

It is a doorbell: what gets lost here lies in the log, and a listener that finds a gap reads it there.
"""

from __future__ import annotations

from typing import Any

import eventlet
import orjson
from nameko import config
from nameko.extensions import DependencyProvider

from netraven_chassis import mongo
from netraven_chassis.bus.link import Spawn
from netraven_chassis.bus.publisher import Publisher
from netraven_contracts.logs import LINES, NO_JOB
from netraven_jobs.log_entry import shown
from netraven_jobs.log_writer import LogWriter
from netraven_jobs.logbook import Entries, LogBook

MESSAGE_BYTES = 64 * 1024
_EXPIRES_MS = 30_000  # what nobody took by then is read from the log


class Lines:
    """Publishes entries that have their places."""

    def __init__(self, uri: str) -> None:
        self._publisher = Publisher(uri, LINES, "topic")

    def start(self, spawn: Spawn = eventlet.spawn) -> None:
        """Begin to connect; returns at once."""
        self._publisher.start(spawn)

    def stop(self) -> None:
        """Disconnect."""
        self._publisher.stop()

    def tell(self, entries: Entries) -> None:
        """Publish the entries, which are in order; nothing happens while the broker is away."""
        by_job: dict[str, list[bytes]] = {}
        for entry in entries:
            by_job.setdefault(entry["job_id"] or NO_JOB, []).append(orjson.dumps(shown(entry)))
        for job_id, lines in by_job.items():
            self._tell(job_id, lines)

    def _tell(self, key: str, lines: list[bytes]) -> None:
        part: list[bytes] = []
        size = 0
        for line in lines:
            if part and size + len(line) > MESSAGE_BYTES:
                self._send(key, part)
                part, size = [], 0
            part.append(line)
            size += len(line)
        self._send(key, part)

    def _send(self, key: str, lines: list[bytes]) -> None:
        self._publisher.send(b"[%b]" % b",".join(lines), routing_key=key, expires_ms=_EXPIRES_MS)


def log_of(container: Any) -> LogWriter:
    """The log of the service that runs in this container. LookupError for one that has none."""
    for one in container.dependencies:
        if isinstance(one, JobLog):
            return one.writer
    raise LookupError("this service writes no log of jobs")


class JobLog(DependencyProvider):
    """The log of jobs as a service's dependency: a LogWriter, the same for all of the service's workers.

    Parameters: `source`, who says what is written through it.
    """

    def __init__(self, source: str) -> None:
        self.source = source

    def setup(self) -> None:
        """Called by Nameko before anything starts. Raises pymongo's errors when the database is away."""
        self._lines = Lines(str(config["AMQP_URI"]))
        self.book = LogBook(mongo.database("jobs"), self._lines.tell)
        self.book.prepare()
        self.writer = LogWriter(self.book, self.source)

    def start(self) -> None:
        """Begin to write and to tell."""
        self._lines.start(self.container.spawn_managed_thread)
        self.writer.start(self.container.spawn_managed_thread)

    def stop(self) -> None:
        """Write what was said before."""
        self.writer.stop()
        self._lines.stop()

    def get_dependency(self, _worker_ctx: Any) -> LogWriter:
        """The writer."""
        return self.writer
