"""Work on texts that takes the processor: small ones here, large ones in a child process, so that neither the
hub nor another thread waits. What is made of the texts is not this room's business.

The child is started when it is first needed, replaced when it dies, and ended when it takes too long: a text
can be made to take a library hours.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import Any

import structlog
from eventlet import Timeout
from eventlet.semaphore import Semaphore
from nameko.extensions import DependencyProvider

from netraven_contracts.errors import Conflict, Unavailable
from netraven_jobs import diff, frames, scribe_child
from netraven_jobs.apart import apart
from netraven_jobs.passing import environment

log = structlog.get_logger(__name__)

SMALL = {"compare": 131_072, "redact": 4_096, "normalise": 131_072}
"""Work -> characters that take it no longer than some milliseconds."""
PATIENCE_SECONDS = 10.0  # for one piece of work
QUEUE_SECONDS = 5.0  # until the child is free


class Scribe:
    """Works on texts, one large one at a time."""

    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._turn = Semaphore(1)
        self._child: subprocess.Popen[bytes] | None = None
        self._sock: socket.socket | None = None

    def compare(self, old: str, new: str, names: tuple[str, str], context: int) -> diff.Difference:
        """What makes `new` of `old`. Raises Conflict when that takes too long, Unavailable."""
        done = self._do("compare", len(old) + len(new), old, new, *names, context)
        return diff.Difference(**done)

    def redact(self, platform: str, text: str) -> str:
        """The text without its secrets. Raises Unavailable, also when that takes too long."""
        return str(self._do("redact", len(text), platform, text))

    def normalise(self, platform: str, text: str) -> str:
        """The text without its volatile lines. Raises Unavailable, also when that takes too long."""
        return str(self._do("normalise", len(text), platform, text))

    def close(self) -> None:
        """End the child, whatever it is doing."""
        child, sock, self._child, self._sock = self._child, self._sock, None, None
        if sock is not None:
            sock.close()
        if child is not None:
            child.kill()
            child.wait()

    def _do(self, work: str, size: int, *arguments: Any) -> Any:
        if size <= SMALL[work]:
            return apart(size, scribe_child.WORK[work], *arguments)
        if not self._turn.acquire(timeout=QUEUE_SECONDS):
            raise Unavailable("too many large texts are being read just now", {"retry_after": 5})
        try:
            return self._ask({"work": work, "with": arguments})
        finally:
            self._turn.release()

    def _ask(self, frame: frames.Frame) -> Any:
        timeout = Timeout(self._patience)
        try:
            sock = self._connected()
            frames.send(sock, frame)
            answer = next(frames.receive(sock), None)
        except Timeout as late:
            self.close()
            if late is not timeout:
                raise
            raise self._too_late(frame["work"]) from None
        except (OSError, frames.BrokenFrame) as error:
            self.close()
            raise Unavailable(f"the text could not be read: {type(error).__name__}") from None
        finally:
            timeout.cancel()
        return self._answer(answer)

    def _too_late(self, work: str) -> Conflict | Unavailable:
        """What is said of work that took too long: two texts stay as different as they are."""
        taken = f"takes longer than {self._patience:g} s"
        if work == "compare":
            return Conflict(f"To compare texts as large and as different {taken}; download them instead")
        return Unavailable(f"To read the text {taken}; try again shortly", {"retry_after": 5})

    def _answer(self, answer: frames.Frame | None) -> Any:
        if answer is None:
            self.close()
            raise Unavailable("the process that reads texts has ended; try again", {"retry_after": 1})
        if "failed" in answer:
            raise RuntimeError(f"a text could not be read: {answer['failed']}")
        return answer["done"]

    def _connected(self) -> socket.socket:
        if self._sock is None or self._child is None or self._child.poll() is not None:
            self.close()
            self._sock, theirs = socket.socketpair()
            with theirs:
                name = str(theirs.fileno())
                command = [sys.executable, "-m", scribe_child.__name__, name]
                self._child = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    env=environment(),
                    start_new_session=True,
                )
            log.debug("a process for large texts is running", pid=self._child.pid)
        return self._sock


class Reading(DependencyProvider):
    """The service's one scribe."""

    def setup(self) -> None:
        """Be ready; the child is started when it is needed."""
        self.scribe = Scribe()

    def stop(self) -> None:
        """End the child."""
        self.scribe.close()

    def kill(self) -> None:
        """Likewise."""
        self.scribe.close()

    def get_dependency(self, _worker_ctx: Any) -> Scribe:
        """The scribe."""
        return self.scribe
