"""Room in memory for the data of private servers: where several databases write to one disk, each of them
lets its tests wait now and then. Benchmarks measure disks too and leave it alone.

What a server has written outlives its end by kill -9 here as it does in a disk's cache.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")
LEAST = 6 << 30  # octets; a database with its journal takes some 300 MB, and there are a dozen at a time
_PREFIX = "netraven-tests-"


@contextmanager
def room(memory: Path = MEMORY, least: int = LEAST) -> Iterator[Path | None]:
    """A folder in memory that goes with this process, or None where there is not enough of it."""
    if not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < least:
        yield None
        return
    _sweep(memory)
    folder = memory / f"{_PREFIX}{os.getpid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(memory: Path) -> None:
    """Remove what a process has left behind that was killed."""
    for folder in memory.glob(f"{_PREFIX}*"):
        if not Path("/proc", folder.name.removeprefix(_PREFIX)).exists():
            shutil.rmtree(folder, ignore_errors=True)
