"""Whether a service of this machine is well, told by a small file that it touches. No network.

A file that is old says both that a service is away and that its process hangs.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

TOUCH_SECONDS = 2.0
OLD_SECONDS = 10.0


def runtime_folder() -> Path:
    """A folder for this user's small files, mode 0700. PermissionError when somebody else has the name."""
    folder = Path(tempfile.gettempdir()) / f"netraven-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder


def touch(service: str) -> None:
    """Say that `service` is well now."""
    _file(service).touch()


def is_well(service: str) -> bool:
    """Whether `service` said so within the last ten seconds."""
    try:
        return time.time() - _file(service).stat().st_mtime < OLD_SECONDS
    except FileNotFoundError:
        return False


def _file(service: str) -> Path:
    return runtime_folder() / f"{service}.well"
