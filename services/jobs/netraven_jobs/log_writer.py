"""Writing log entries without ever waiting for it: a bounded queue in front of the log book. No places, no
queries.

What says something goes on at once. Between one trip to the database and the next a moment passes in which
more is gathered, unless somebody waits for what was said. When the database is away the queue fills; what
does not fit is counted, and the log says afterwards how much it lacks.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

import eventlet
import structlog
from eventlet.event import Event
from eventlet.semaphore import Semaphore

from netraven_chassis.backoff import Backoff
from netraven_chassis.faults import infrastructure
from netraven_jobs import log_entry
from netraven_jobs.log_entry import Document
from netraven_jobs.logbook import LogBook

log = structlog.get_logger(__name__)

MOST_WAITING = 20_000  # entries
MOST_TEXT = 16_000_000  # characters of their messages
TOGETHER = 500  # entries written at once
LINGER_SECONDS = 0.05  # between two trips
MOST_MISSED = 1000  # jobs of which it is remembered how much they lack

Spawn = Callable[[Callable[[], None]], Any]


class LogWriter:
    """Takes entries from any greenthread of this process and writes them in the background.

    Parameters: `book`; `source`, who says it unless `write` is told; `most`, entries that may wait.
    """

    def __init__(self, book: LogBook, source: str, most: int = MOST_WAITING) -> None:
        self.book = book
        self.source = source
        self.dropped = 0
        self._most = most
        self._waiting: deque[Document] = deque()
        self._batch: list[Document] = []
        self._text = 0
        self._filled = Semaphore(0)
        self._taken = self._done = 0
        self._progress = Event()
        self._awaited, self._hurry = 0, Event()
        self._missed: Counter[str | None] = Counter()
        self._stopping = False
        self._writer: Any = None
        self._backoff = Backoff(first=0.1, most=5.0, settled=1.0)

    def start(self, spawn: Spawn = eventlet.spawn) -> None:
        """Begin to write, in a greenthread made by `spawn`."""
        self._writer = spawn(self._run)

    def write(
        self,
        job_id: str | None,
        device_id: str | None,
        level: str,
        message: str,
        log_type: str = "job",
        source: str | None = None,
        timestamp: int | None = None,
        ident: str | None = None,
        **meta: Any,
    ) -> None:
        """Say something. Returns at once and never raises; what finds no room is counted as dropped.

        `level` and `log_type`: of netraven_contracts.logs; `timestamp`: UTC milliseconds, now unless given;
        `ident`: of an entry that others may be writing as well, and that is to be there once; `meta`: what
        programs may want to know, JSON-able and small.
        """
        if len(self._waiting) >= self._most or self._text >= MOST_TEXT or self._stopping:
            self._drop(job_id)
            return
        entry = log_entry.make(
            job_id,
            device_id,
            level,
            message,
            log_type=log_type,
            source=source or self.source,
            meta=meta,
            timestamp=timestamp,
            ident=ident,
        )
        self._put(entry)

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until all that was said before is written, at most `timeout` seconds; whether it is.

        To be called before a task's end is told, so that the end of a job comes after its last line.
        """
        wanted, until = self._taken, time.monotonic() + timeout
        self._awaited += 1
        if not self._hurry.ready():
            self._hurry.send(None)
        try:
            while self._done < wanted:
                left = until - time.monotonic()
                if left <= 0:
                    return False
                self._progress.wait(left)
            return True
        finally:
            self._awaited -= 1

    def stop(self, timeout: float = 5.0) -> None:
        """Write what was said before, within `timeout` seconds, and end. What is lost then is told."""
        whole = self.flush(timeout) if self._writer is not None else not self._waiting
        self._stopping = True
        self._filled.release()
        if self._writer is not None:
            self._writer.kill()
        if not whole:
            log.warning("log entries are lost", entries=self._taken - self._done)

    def _put(self, entry: Document) -> None:
        self._waiting.append(entry)
        self._text += len(entry["message"])
        self._taken += 1
        if self._filled.counter < 1:
            self._filled.release()

    def _drop(self, job_id: str | None) -> None:
        self.dropped += 1
        if job_id in self._missed or len(self._missed) < MOST_MISSED:
            self._missed[job_id] += 1

    def _run(self) -> None:
        while not self._stopping:
            self._filled.acquire()
            while (self._waiting or self._batch) and not self._stopping:
                self._write_some()
                self._linger()

    def _linger(self) -> None:
        """Let more come together, unless there is enough or somebody waits."""
        if self._awaited or len(self._waiting) >= TOGETHER or self._stopping:
            return
        self._hurry = Event()
        self._hurry.wait(LINGER_SECONDS)

    def _write_some(self) -> None:
        while self._waiting and len(self._batch) < TOGETHER:
            entry = self._waiting.popleft()
            self._text -= len(entry["message"])
            self._batch.append(entry)
        try:
            self.book.append(self._batch)
        except Exception as error:
            if infrastructure(error):
                self._pause(error)
                return
            log.exception("log entries cannot be written", entries=len(self._batch))
        self._backoff.failures = 0
        self._finish()

    def _pause(self, error: Exception) -> None:
        if not self._backoff.failures:
            log.warning("log entries have to wait", waiting=len(self._waiting), error=repr(error))
        eventlet.sleep(self._backoff.after(0))

    def _finish(self) -> None:
        self._done += len(self._batch)
        self._batch = []
        progress, self._progress = self._progress, Event()
        progress.send(None)
        if self._missed:
            self._say_what_is_missing()

    def _say_what_is_missing(self) -> None:
        missed, self._missed = self._missed, Counter()
        for job_id, count in missed.items():
            text = f"{count} lines are missing here: more was said than could be written"
            self._put(
                log_entry.make(job_id, None, "warning", text, source=self.source, meta={"dropped": count})
            )
