"""A child process of the collector, `python -m netraven_jobs.child`: many sessions at once, each in a thread.

Plain Python without eventlet: Netmiko and the ciphers block, and so does parsing. Speaks over the socket that
is its standard input; when that ends, so does it, and no session is left.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import socket
import sys
import threading
import time
from typing import Any

from netraven_jobs import frames
from netraven_jobs.session import Session
from netraven_jobs.session_request import SessionAnswer, SessionRequest

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_LOOK_SECONDS = 0.2


class Child:
    """The sessions of this process, by id."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._writing = threading.Lock()
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}

    def serve(self) -> None:
        """Do what comes until the other side has gone."""
        threading.Thread(target=self._watch, name="time limits", daemon=True).start()
        self._say({"ready": os.getpid()})
        for frame in frames.receive(self._socket):
            if "run" in frame:
                self._begin(SessionRequest(**frame["run"]))
            elif "end" in frame:
                self._end(frame["end"], "CANCELLED", "the session was cancelled")

    def close(self) -> None:
        """Break off all sessions."""
        for name in list(self._sessions):
            self._end(name, "CANCELLED", "the worker stops")

    def _begin(self, request: SessionRequest) -> None:
        session = Session(request, lambda *line: self._say({"line": request.id, "said": line}))
        with self._lock:
            self._sessions[request.id] = session
        thread = threading.Thread(target=self._run, args=(request.id, session), daemon=True)
        thread.start()

    def _run(self, name: str, session: Session) -> None:
        try:
            answer = session.run()
        except Exception as error:
            # A session that ends without an answer would be waited for until its limit.
            answer = SessionAnswer("INTERNAL", f"the session broke off with {type(error).__name__}")
        with self._lock:
            self._sessions.pop(name, None)
        try:
            self._say({"answer": name, "is": answer.frame()})
        except frames.BrokenFrame:
            large = SessionAnswer("PROTOCOL", "the configuration is too large", answer.host_key)
            self._say({"answer": name, "is": large.frame()})

    def _end(self, name: str, error_class: str, message: str) -> None:
        with self._lock:
            session = self._sessions.get(name)
        if session is not None:
            session.end(error_class, message)

    def _watch(self) -> None:
        """End each session whose time is over, whatever it waits for."""
        while True:
            time.sleep(_LOOK_SECONDS)
            now = time.monotonic()
            with self._lock:
                late = [session for session in self._sessions.values() if session.deadline <= now]
            for session in late:
                session.overdue()

    def _say(self, frame: dict[str, Any]) -> None:
        try:
            with self._writing:
                frames.send(self._socket, frame)
        except OSError:
            os._exit(0)  # nobody is there to be told anything, nor to have sessions for


def _bind_to_parent(parent: int) -> None:
    """Have the kernel end this process with its parent, should it be too busy to see the socket close."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def _quiet() -> None:
    """Keep libraries from writing down what they hear: they do not know what is secret."""
    logging.getLogger().addHandler(logging.NullHandler())
    logging.disable(logging.CRITICAL)
    threading.excepthook = _name_only


def _name_only(ended: threading.ExceptHookArgs) -> None:
    name = ended.thread.name if ended.thread is not None else "unknown"
    print(f"netraven: the thread {name} ended with {ended.exc_type.__name__}", file=sys.stderr)


def main() -> None:
    """Serve the socket on standard input."""
    _bind_to_parent(int(sys.argv[1]))
    _quiet()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sock = socket.socket(fileno=os.dup(0))
    sock.setblocking(True)
    child = Child(sock)
    try:
        child.serve()
    finally:
        child.close()
        os._exit(0)  # threads that still unwind have nobody left to answer


if __name__ == "__main__":
    main()
