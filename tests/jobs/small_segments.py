"""`python -m tests.jobs.small_segments`: how long lines take at a device that answers in small segments.

A process of its own, without eventlet. Says as JSON the seconds for so many lines, least of some rounds, over
a plain socket and over ours.
"""

from __future__ import annotations

import json
import socket
import threading
import time

from netraven_jobs.acknowledging import PromptSocket

LINES, ROUNDS, WARM = 25, 3, 20
SEGMENTS = (b"show clock\r\n", b"12:00:00\r\n", b"router#")


def device(listener: socket.socket) -> None:
    """Answer each line in three segments, which the kernel may hold back, until nobody comes any more."""
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        with client:
            while client.recv(1024):
                for segment in SEGMENTS:
                    client.send(segment)


def took(kind: type[socket.socket], address: tuple[str, int]) -> float:
    """Seconds for the lines over a socket of this kind. Linux acknowledges a connection's first segments at
    once by itself, so some lines come before.
    """
    with kind(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.settimeout(60)
        sock.connect(address)
        for _ in range(WARM):
            line(sock)
        began = time.monotonic()
        for _ in range(LINES):
            line(sock)
        return time.monotonic() - began


def line(sock: socket.socket) -> None:
    """One line and its answer."""
    sock.send(b"show clock\n")
    heard = b""
    while not heard.endswith(b"#"):
        heard += sock.recv(1024)


def main() -> None:
    """In turns."""
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=device, args=(listener,), daemon=True).start()
    address = listener.getsockname()
    kinds = {"plain": socket.socket, "ours": PromptSocket}
    rounds = [{name: took(kind, address) for name, kind in kinds.items()} for _ in range(ROUNDS)]
    print(json.dumps({name: min(one[name] for one in rounds) for name in kinds}))


if __name__ == "__main__":
    main()
