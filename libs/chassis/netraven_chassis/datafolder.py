"""The data folder: its owner's alone, and one system's at a time. What lies in it is others' matter."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO, Self

from netraven_chassis.ids import new_id


class InUse(Exception):
    """Another process uses the folder; the message names it and says what to do."""


def default_data() -> str:
    """`.data` of the checkout that we run from; installed elsewhere, the place that XDG names for data."""
    checkout = Path(__file__).resolve().parents[3]
    if (checkout / "requirements").is_dir() and (checkout / "libs").is_dir():
        return str(checkout / ".data")
    return str(Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / "netraven")


def make_private(folder: Path) -> Path:
    """Make `folder` and what leads to it, for its owner alone; one that is there already becomes private too.

    OSError when that cannot be.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


class DataFolder:
    """The folder and the lock on it, held from `lock` to `unlock` or until this process ends in any way."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._held: IO[str] | None = None

    def lock(self) -> Self:
        """Take the folder. InUse when another process has it, OSError when it cannot be made or written."""
        # A folder that a person made keeps its mode; what is secret lies in private folders inside it.
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The lock is the kernel's and ends with us; the number inside only serves the message.
        held = (self.path / "lock").open("a+")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = self._holder()
            held.close()
            raise InUse(self._in_use(holder)) from None
        held.truncate(0)
        held.write(str(os.getpid()))
        held.flush()
        self._held = held
        return self

    def unlock(self) -> None:
        """Give the folder back."""
        if self._held is not None:
            self._held.close()
            self._held = None

    def _holder(self) -> str:
        return (self.path / "lock").read_text().strip()

    def _in_use(self, holder: str) -> str:
        who = f"process {holder}" if holder else "another process"
        return (
            f"{self.path} is in use by {who}: NetRaven runs there already. "
            "Stop that one, or set NETRAVEN_DATA (and NETRAVEN_PORT) for a second system."
        )

    def __enter__(self) -> Self:
        return self.lock()

    def __exit__(self, *_: object) -> None:
        self.unlock()


def keep_once(path: Path, content: bytes) -> None:
    """Write a file for its owner alone, whole or not at all; of several writers at once the first one's
    stays.
    """
    draft = path.with_name(f"{path.name}.{new_id()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another instance was first
    finally:
        draft.unlink()
