"""Clients of streams, many of them in one process without threads: how late does each line reach each one?

`python -m bench.logs.readers` reads {port, path, token, clients} as JSON, opens the streams, says `open`, and
reads until its standard input ends; then it prints {lines, p50, p99} in milliseconds. A line says in its
message when it was sent, as `sent=<nanoseconds>` of the machine's monotonic clock.
"""

from __future__ import annotations

import json
import re
import resource
import select
import socket
import statistics
import sys
import time
from typing import Any

_SENT = re.compile(rb"sent=([0-9]+)")
_AT_ONCE = 100


def main() -> None:
    """Do what the words on standard input say."""
    wanted: dict[str, Any] = json.loads(sys.stdin.readline())
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    poll = select.epoll()
    socks = {sock.fileno(): sock for sock in _open(wanted)}
    for fileno in socks:
        poll.register(fileno, select.EPOLLIN)
    poll.register(sys.stdin.fileno(), select.EPOLLIN)
    print("open", flush=True)
    delays, lost = _read(poll, socks)
    cuts = statistics.quantiles(delays, n=100) if len(delays) > 1 else [0.0] * 99
    print(json.dumps({"lines": len(delays), "lost": lost, "p50": cuts[49], "p99": cuts[98]}), flush=True)


def _open(wanted: dict[str, Any]) -> list[socket.socket]:
    head = f"GET {wanted['path']} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {wanted['token']}\r\n\r\n"
    opened: list[socket.socket] = []
    for start in range(0, wanted["clients"], _AT_ONCE):
        some = [
            socket.create_connection(("127.0.0.1", wanted["port"]), 30)
            for _ in range(min(_AT_ONCE, wanted["clients"] - start))
        ]
        for sock in some:
            sock.sendall(head.encode())
        for sock in some:
            status = sock.recv(4096).split(b"\r\n", 1)[0]
            assert b" 200 " in status, status
            sock.setblocking(False)
        opened += some
    return opened


def _read(poll: Any, socks: dict[int, socket.socket]) -> tuple[list[float], int]:
    """The delays of all lines at all clients, in milliseconds, and how many clients were cut off."""
    delays: list[float] = []
    lost = 0
    while True:
        for fileno, _ in poll.poll():
            if fileno == sys.stdin.fileno():
                return delays, lost
            data = socks[fileno].recv(1 << 18)
            now = time.monotonic_ns()
            if not data:
                poll.unregister(fileno)
                lost += 1
            # A line that the end of a read cuts in two is counted with neither half: there are few of them.
            delays.extend((now - int(sent)) / 1e6 for sent in _SENT.findall(data))


if __name__ == "__main__":
    main()
