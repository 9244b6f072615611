"""What every private server can do: start, stop, freeze, go on, be killed. Which it is stands elsewhere."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import ClassVar, Self
from weakref import WeakSet

from netraven_chassis import children
from tests.patience import patience


class ServerError(Exception):
    """A private server did not come up; the message holds the end of its log."""


class Server:
    """One child process with a folder of its own. Subclasses say how it is started and when it is ready.

    `start` after `stop` or `kill` uses the same folder and ports: the same server, come back.
    """

    name = "server"
    start_timeout = 60.0
    stop_timeout = 15.0
    room: Path | None = None  # where temporary folders are made; None: where those of the machine are
    alive: ClassVar[WeakSet[Server]] = WeakSet()  # those that were started and not closed

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` holds its data and log; without one a temporary folder is made, and removed by `close`."""
        self._temporary = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix=f"netraven-{self.name}-", dir=self.room))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """Where both of its output streams go."""
        return self.folder / f"{self.name}.log"

    @property
    def pid(self) -> int:
        """The process id; ServerError when it was never started."""
        if self.process is None:
            raise ServerError(f"{self.name} was not started")
        return self.process.pid

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the process; must not wait for it."""
        raise ServerError(f"{self.name} does not say how it starts")

    def ready(self) -> bool:
        """Whether it serves clients now. Errors count as no."""
        return True

    def begin(self) -> Self:
        """Start it without waiting."""
        self.process = self.launch()
        self.alive.add(self)
        return self

    def start(self) -> Self:
        """Start it and wait until it serves clients; ServerError with the end of its log when it does not."""
        return self.begin().wait_ready()

    def wait_ready(self) -> Self:
        """Wait until it serves clients."""
        deadline = time.monotonic() + patience(self.start_timeout)
        while not self._is_ready():
            if self.process is None or self.process.poll() is not None or time.monotonic() > deadline:
                raise ServerError(f"{self.name} did not start:\n{self.tail()}")
            time.sleep(0.05)
        return self

    def _is_ready(self) -> bool:
        with contextlib.suppress(OSError):
            return self.ready()
        return False

    def ask_to_stop(self) -> None:
        """Tell it to end, without waiting."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def stop(self) -> None:
        """End it as an administrator would."""
        if self.process is not None:
            children.end(self.process, self.stop_timeout)

    def kill(self) -> None:
        """kill -9, and wait until the kernel is done with it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def pause(self) -> None:
        """Freeze it: its sockets stay open and nothing answers."""
        if self.process is not None:
            self.process.send_signal(signal.SIGSTOP)
            # A busy machine lets its threads answer for a while yet.
            os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def resume(self) -> None:
        """Let it go on."""
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)

    def running(self) -> bool:
        """Whether the process is there (frozen counts)."""
        return self.process is not None and self.process.poll() is None

    def tail(self, lines: int = 40) -> str:
        """The end of its log."""
        return "\n".join(self._lines()[-lines:])

    def complaints(self) -> list[str]:
        """The lines of its log that tell of trouble."""
        return [line for line in self._lines() if self.complains(line)]

    def complains(self, line: str) -> bool:
        """Whether a line of its log tells of trouble."""
        return "error" in line.lower()

    def _lines(self) -> list[str]:
        return self.log.read_text(errors="replace").splitlines() if self.log.exists() else []

    def close(self) -> None:
        """Kill it and remove its temporary folder: nobody will need the data again."""
        self.kill()
        self.alive.discard(self)
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()
