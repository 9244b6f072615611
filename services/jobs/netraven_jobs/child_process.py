"""One child process as the collector sees it: what it is told, what it answers, and its end. Green.

What the child does stands in child.py. No secret is in its arguments or environment; they go over the socket.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import eventlet
import structlog
from eventlet.event import Event
from eventlet.semaphore import Semaphore

from netraven_jobs import frames
from netraven_jobs.crash import ENDED, Crash
from netraven_jobs.passing import environment
from netraven_jobs.session_request import SessionAnswer, SessionRequest

log = structlog.get_logger(__name__)

OnLine = Callable[[str, str, str], None]
"""Takes level, log type and message of what a session tells while it goes on."""


class ChildProcess:
    """A running child. `gone` is told once when it has ended, however that came."""

    def __init__(self, gone: Callable[[ChildProcess], None]) -> None:
        self._gone = gone
        self._waiting: dict[str, tuple[Event, OnLine, bool]] = {}
        self._explained = False
        self._writing = Semaphore()
        self._socket, self._process = _start()
        self.pid = self._process.pid
        self.alive = True
        self._reader = eventlet.spawn(self._read)

    @property
    def busy(self) -> int:
        """How many sessions it has."""
        return len(self._waiting)

    def run(self, request: SessionRequest, on_line: OnLine, patience: float) -> SessionAnswer | None:
        """Have a session in it; None when it has not answered after `patience` seconds."""
        event: Event = Event()
        self._waiting[request.id] = (event, on_line, request.suspect)
        try:
            self._say({"run": request.frame()})
            answer: SessionAnswer | None = event.wait(timeout=patience)
            return answer
        except OSError:
            return _lost(Crash(1, 0, explained=True))  # it had ended before
        except frames.BrokenFrame:
            return SessionAnswer(
                "INTERNAL", "the session cannot be described to the process that would have it"
            )
        finally:
            self._waiting.pop(request.id, None)

    def end(self, session_id: str) -> None:
        """Break a session off; its `run` then returns."""
        if session_id in self._waiting:
            try:
                self._say({"end": session_id})
            except OSError:
                return  # it is gone, and its sessions with it: the reader tells them

    def kill(self, explained: bool = False) -> None:
        """End it now; its sessions end with it. `explained`: not for the sake of those that are left."""
        self._explained = self._explained or explained
        if self._process.poll() is None:
            self._process.kill()

    def stop(self, within: float) -> None:
        """Have it break off its sessions and end, by force after `within` seconds."""
        with suppress(OSError):  # it has closed its end already
            self._socket.shutdown(socket.SHUT_RDWR)
        deadline = time.monotonic() + within
        while self._process.poll() is None and time.monotonic() < deadline:
            eventlet.sleep(0.01)
        self.kill()
        self._process.wait()

    def _say(self, frame: Mapping[str, Any]) -> None:
        with self._writing:
            frames.send(self._socket, dict(frame))

    def _read(self) -> None:
        try:
            for frame in frames.receive(self._socket):
                self._take(frame)
        except frames.BrokenFrame as error:
            log.error("a child process of the collector speaks nonsense", error=str(error))
        finally:
            self._end()

    def _take(self, frame: frames.Frame) -> None:
        if "line" in frame and frame["line"] in self._waiting:
            self._waiting[frame["line"]][1](*frame["said"])
        elif "answer" in frame and frame["answer"] in self._waiting:
            event, *_ = self._waiting[frame["answer"]]
            if not event.ready():
                event.send(SessionAnswer(**frame["is"]))

    def _end(self) -> None:
        self.alive = False
        self.kill()
        self._process.wait()
        self._socket.close()
        left = [(event, suspect) for event, _, suspect in self._waiting.values() if not event.ready()]
        crash = Crash(len(left), sum(suspect for _, suspect in left), self._explained)
        for event, _ in left:
            event.send(_lost(crash))
        self._gone(self)


def _lost(crash: Crash) -> SessionAnswer:
    return SessionAnswer("INTERNAL", ENDED, crash=crash)


def _start() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    ours, theirs = socket.socketpair()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "netraven_jobs.child", str(os.getpid())],
            stdin=theirs.fileno(),
            stdout=sys.stderr.fileno(),
            env=environment(),
            start_new_session=True,
        )
    finally:
        theirs.close()
    return ours, process
