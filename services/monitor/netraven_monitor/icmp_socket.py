"""Opening the one socket of a sweep: raw where permitted, else unprivileged. Nothing is sent here."""

from __future__ import annotations

import _socket
import contextlib
import ctypes
import secrets
import struct
from dataclasses import dataclass

from netraven_monitor.icmp import IDENTIFIERS, Labels, datagram_labels, filter_program, raw_labels

RAW = "raw"
DATAGRAM = "datagram"

# Linux numbers that Python does not name.
_SO_ATTACH_FILTER = 26
_SO_RCVBUFFORCE = 33
_SO_TIMESTAMPNS = 35
_RECEIVE_BUFFER = 8 << 20

_NO_SOCKET = (
    "no ICMP socket is permitted ({why}): give the process CAP_NET_RAW, "
    "or put its group into net.ipv4.ping_group_range"
)


class NoSocket(Exception):
    """No ICMP socket could be opened; the message says why and what would help."""


@dataclass(frozen=True, slots=True)
class IcmpSocket:
    """An open ICMP socket that does not block.

    `kind` is RAW or DATAGRAM; `labels` are those that its questions go out with.
    """

    # The class under socket.socket: eventlet's patch replaces the upper one, and a sweep waits in its own
    # way.
    socket: _socket.socket
    kind: str
    labels: Labels

    @property
    def fd(self) -> int:
        """The file descriptor."""
        return self.socket.fileno()

    def close(self) -> None:
        """Close it; whatever arrives afterwards is nobody's."""
        self.socket.close()


def open_icmp() -> IcmpSocket:
    """Open an ICMP socket of the best kind permitted.

    Raises NoSocket when neither kind can be had.
    """
    try:
        return _open_raw()
    except PermissionError:
        return _open_datagram()
    except OSError as error:
        raise NoSocket(f"the raw ICMP socket could not be opened: {error.strerror}") from error


def _open_raw() -> IcmpSocket:
    identifier = secrets.randbelow(0x10000 // IDENTIFIERS) * IDENTIFIERS
    socket = _socket.socket(_socket.AF_INET, _socket.SOCK_RAW, _socket.IPPROTO_ICMP)
    try:
        _attach(socket, filter_program(identifier))
        _prepare(socket)
    except OSError:
        socket.close()
        raise
    return IcmpSocket(socket, RAW, raw_labels(identifier))


def _open_datagram() -> IcmpSocket:
    try:
        socket = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM, _socket.IPPROTO_ICMP)
    except PermissionError as error:
        raise NoSocket(_NO_SOCKET.format(why=error.strerror)) from error
    except OSError as error:
        raise NoSocket(f"the ICMP datagram socket could not be opened: {error.strerror}") from error
    try:
        _prepare(socket)
        # The kernel hands out the identifier as if it were a port, and passes only the answers to it.
        socket.bind(("", 0))
    except OSError as error:
        socket.close()
        raise NoSocket(f"the ICMP datagram socket could not be prepared: {error.strerror}") from error
    return IcmpSocket(socket, DATAGRAM, datagram_labels(socket.getsockname()[1]))


def _prepare(socket: _socket.socket) -> None:
    socket.setblocking(False)
    socket.setsockopt(_socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    # As much as is permitted: a hub that was held for 100 ms must not cost answers.
    socket.setsockopt(_socket.SOL_SOCKET, _socket.SO_RCVBUF, _RECEIVE_BUFFER)
    with contextlib.suppress(PermissionError):
        socket.setsockopt(_socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER)


def _attach(socket: _socket.socket, program: bytes) -> None:
    """Give the kernel the filter; it copies the program before this returns."""
    held = ctypes.create_string_buffer(program, len(program))
    pointer = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(held))
    socket.setsockopt(_socket.SOL_SOCKET, _SO_ATTACH_FILTER, pointer)
