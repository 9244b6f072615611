"""What the collector and its child processes say to each other: JSON behind its length, over a socket pair.

One frame is a big-endian length of four octets and that many octets of JSON. Who says what stands in
collector.py and child.py. No eventlet: the sockets that come in may be green ones or plain ones.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from typing import Any

import orjson

_LENGTH = struct.Struct(">I")
_CHUNK = 256 * 1024
LARGEST = 64 * 1024 * 1024
"""Octets of the largest frame: a configuration twice as large as a session may bring."""

Frame = dict[str, Any]


class BrokenFrame(Exception):
    """The other side does not speak in frames; nothing that it says from here on can be understood."""


def send(sock: socket.socket, frame: Frame) -> None:
    """Write one frame. Raises OSError when the other side is gone, BrokenFrame for one that is too large."""
    body = orjson.dumps(frame)
    if len(body) > LARGEST:
        raise BrokenFrame(f"a frame of {len(body)} octets is too large")
    sock.sendall(_LENGTH.pack(len(body)) + body)


def receive(sock: socket.socket) -> Iterator[Frame]:
    """The frames that come until the other side has closed or is gone. Raises BrokenFrame."""
    while (head := _exactly(sock, _LENGTH.size)) is not None:
        (length,) = _LENGTH.unpack(head)
        if length > LARGEST:
            raise BrokenFrame(f"a frame of {length} octets is too large")
        body = _exactly(sock, length)
        if body is None:
            return
        try:
            yield orjson.loads(body)
        except orjson.JSONDecodeError:
            raise BrokenFrame("a frame is not JSON") from None


def _exactly(sock: socket.socket, count: int) -> bytearray | None:
    """So many octets; None when the other side ends before."""
    taken = bytearray()
    while len(taken) < count:
        try:
            some = sock.recv(min(count - len(taken), _CHUNK))
        except OSError:
            return None  # reset by an end of the other process: the same as its close
        if not some:
            return None
        taken += some
    return taken
