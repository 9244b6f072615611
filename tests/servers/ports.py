"""Ports that nobody listens on. No server is started here.

They lie below those that the kernel gives to outgoing connections, so that a server which stops and starts
finds its own free; and each process of tests has a range of its own, so that no two of them choose the same.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import socket
import tempfile
from functools import cache
from pathlib import Path

_FIRST, _EACH, _RANGES = 10_000, 500, 44  # up to 32,000; Linux's own begin at 32,768
_ADDRESS = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """`count` different loopback TCP ports that are free; none is given twice before all others were."""
    free = (port for port in _mine() if _is_free(port))
    return list(itertools.islice(free, count))


@cache
def _mine() -> itertools.cycle[int]:
    """The ports of this process's range, over and over. Raises RuntimeError when all ranges are taken."""
    folder = Path(tempfile.gettempdir()) / f"netraven-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for number in range(_RANGES):
        held = os.open(folder / str(number), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)  # it ends with the process, however that ends
        except BlockingIOError:
            os.close(held)
        else:
            first = _FIRST + number * _EACH
            return itertools.cycle(range(first, first + _EACH))
    raise RuntimeError(f"{_RANGES} processes of tests have ports already")


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((_ADDRESS, port))
        except OSError:
            return False
    return True
