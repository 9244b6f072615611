"""The collector: sessions with devices, had by a few child processes, many in each. Green.

A session blocks and counts (ciphers, parsing), so it never runs in the worker itself. What a session is
stands in session.py; which credential is tried, and what becomes of the answer, others know.
"""

from __future__ import annotations

import time
from dataclasses import replace

import structlog
from eventlet.semaphore import Semaphore

from netraven_jobs.child_process import ChildProcess, OnLine
from netraven_jobs.session_request import SessionAnswer, SessionRequest

log = structlog.get_logger(__name__)

GRACE_SECONDS = 5.0
"""Seconds that a session may take beyond its limit before its process is taken for stuck."""
_CANCELLED = SessionAnswer("CANCELLED", "the session was cancelled")
_STOP_SECONDS = 3.0


class Collector:
    """Has sessions; at most `processes` times `sessions_per_process` at once, the others wait their turn.

    Children start with the first session or with `start`, and are replaced when they end.
    """

    def __init__(self, processes: int, sessions_per_process: int) -> None:
        self._processes, self._each = processes, sessions_per_process
        self._turns = Semaphore(processes * sessions_per_process)
        self._children: list[ChildProcess] = []
        self._starting = Semaphore()
        self._where: dict[str, ChildProcess | None] = {}
        self._cancelled: set[str] = set()
        self._stopped = False

    @property
    def capacity(self) -> int:
        """How many sessions there can be at once."""
        return self._processes * self._each

    def start(self) -> None:
        """Start the children ahead of the first session."""
        with self._starting:  # starting one takes a moment, in which others come for it
            while len(self._children) < self._processes:
                self._children.append(ChildProcess(self._gone))

    def pids(self) -> list[int]:
        """The process ids of the children."""
        return [child.pid for child in self._children]

    def run(self, request: SessionRequest, on_line: OnLine) -> SessionAnswer:
        """Have one session and wait for what comes of it; its lines go to `on_line` meanwhile. Never raises
        for what happens to the session. `request.limit` includes waiting for a turn.
        """
        began = time.monotonic()
        self._where[request.id] = None
        try:
            if not self._turns.acquire(timeout=request.limit):
                return SessionAnswer("TIMEOUT", "no process was free for the session in time")
            try:
                return self._have(request, on_line, request.limit - (time.monotonic() - began))
            finally:
                self._turns.release()
        finally:
            self._where.pop(request.id, None)
            self._cancelled.discard(request.id)

    def cancel(self, session_id: str) -> None:
        """Close a session's transport at once; its `run` answers CANCELLED. Unknown ids are over already."""
        if session_id in self._where:
            self._cancelled.add(session_id)
            child = self._where[session_id]
            if child is not None:
                child.end(session_id)

    def stop(self) -> None:
        """End all sessions and children."""
        self._stopped = True
        for session_id in list(self._where):
            self.cancel(session_id)
        for child in list(self._children):
            child.stop(_STOP_SECONDS)

    def _have(self, request: SessionRequest, on_line: OnLine, left: float) -> SessionAnswer:
        if request.id in self._cancelled or self._stopped:
            return _CANCELLED
        self.start()
        child = min(self._children, key=lambda one: one.busy)
        self._where[request.id] = child
        answer = child.run(replace(request, limit=left), on_line, left + GRACE_SECONDS)
        if answer is None:
            log.error("a process of the collector is stuck and is replaced", pid=child.pid)
            child.kill(explained=True)
            answer = SessionAnswer("TIMEOUT", f"the time limit of {request.limit:g} s was over")
        return _CANCELLED if request.id in self._cancelled and not answer.good else answer

    def _gone(self, child: ChildProcess) -> None:
        if child in self._children:
            self._children.remove(child)
        if not self._stopped:
            log.warning("a process of the collector ended; the next session starts another", pid=child.pid)
