"""Many datagrams in one system call: Linux's sendmmsg and recvmmsg over buffers made once. No ICMP in here.

Python has no binding for the two; with one call for each datagram a third of a sweep's time is the
interpreter. The structures are those of 64-bit Linux.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterator, Sequence

_MSG_DONTWAIT = 0x40
_ADDRESS = 16
_ADDRESS_HEAD = struct.pack("=HH", 2, 0)  # AF_INET, no port
_ADDRESS_GAP = bytes(8) + _ADDRESS_HEAD
_CONTROL = 32  # one cmsghdr and one timespec


class _Iovec(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Header(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("vectors", ctypes.c_void_p),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Message(ctypes.Structure):
    _fields_ = (("header", _Header), ("length", ctypes.c_uint))


_libc = ctypes.CDLL(None, use_errno=True)
_libc.sendmmsg.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int)
_libc.recvmmsg.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p)

_LENGTH = struct.Struct(f"{_Message.length.offset}xI{ctypes.sizeof(_Message) - _Message.length.offset - 4}x")
_STAMP = struct.Struct("16xqq")


def _address_of(buffer: bytearray) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(buffer))


class Outbox:
    """Up to `size` datagrams of `width` bytes each: fill `body`, then send."""

    def __init__(self, size: int, width: int) -> None:
        self.body = bytearray(size * width)
        self._names = bytearray(size * _ADDRESS)
        self._vectors = (_Iovec * size)()
        self._messages = (_Message * size)()
        body, names = _address_of(self.body), _address_of(self._names)
        vectors = ctypes.addressof(self._vectors)
        for i, message in enumerate(self._messages):
            self._vectors[i].base, self._vectors[i].length = body + i * width, width
            header = message.header
            header.name, header.name_length = names + i * _ADDRESS, _ADDRESS
            header.vectors, header.vector_count = vectors + i * ctypes.sizeof(_Iovec), 1
        self._start = ctypes.addressof(self._messages)

    def address(self, addresses: Sequence[bytes]) -> None:
        """Say where the datagrams go: one IPv4 address of four bytes for each, from the first on."""
        names = _ADDRESS_HEAD + _ADDRESS_GAP.join(addresses) + bytes(8)
        self._names[: len(names)] = names

    def send(self, fd: int, first: int, end: int) -> int:
        """Send the datagrams from `first` up to `end` without blocking; how many of them went.

        Raises OSError when not even one did.
        """
        start = self._start + first * ctypes.sizeof(_Message)
        sent: int = _libc.sendmmsg(fd, start, end - first, _MSG_DONTWAIT)
        if sent < 0:
            raise _last_error()
        return sent


class Inbox:
    """Up to `size` received datagrams at a time, each in its frame of `width` bytes.

    Parameters: `offset`, where in its frame a datagram is laid. With `name_at`, the sender's eight bytes of
    family, port and address are laid there; without it they are not asked for.
    """

    def __init__(self, size: int, width: int, offset: int = 0, name_at: int | None = None) -> None:
        self._size, self._width = size, width
        self._frames = bytearray(size * width)
        self._controls = bytearray(size * _CONTROL)
        self._vectors = (_Iovec * size)()
        self._messages = (_Message * size)()
        frames, controls = _address_of(self._frames), _address_of(self._controls)
        vectors = ctypes.addressof(self._vectors)
        for i, message in enumerate(self._messages):
            self._vectors[i].base, self._vectors[i].length = frames + i * width + offset, width - offset
            header = message.header
            header.vectors, header.vector_count = vectors + i * ctypes.sizeof(_Iovec), 1
            header.control, header.control_length = controls + i * _CONTROL, _CONTROL
            if name_at is not None:
                header.name, header.name_length = frames + i * width + name_at, 8
        self._start = ctypes.addressof(self._messages)
        self._fresh = bytes(self._messages)
        self._seen = memoryview(self._messages).cast("B")

    @property
    def size(self) -> int:
        """How many datagrams one `receive` takes at most."""
        return self._size

    def receive(self, fd: int) -> int:
        """Take what has arrived, without blocking; how many datagrams. Those of the call before are gone.

        Raises OSError for anything but "nothing there".
        """
        # The kernel writes what it used into the lengths; it must find the room there again.
        ctypes.memmove(self._start, self._fresh, len(self._fresh))
        count: int = _libc.recvmmsg(fd, self._start, self._size, _MSG_DONTWAIT, None)
        if count >= 0:
            return count
        if ctypes.get_errno() in (errno.EAGAIN, errno.EINTR):
            return 0
        raise _last_error()

    def frames(self, count: int) -> memoryview:
        """The first `count` frames, as one view."""
        return memoryview(self._frames)[: count * self._width]

    def lengths(self, count: int) -> Iterator[tuple[int]]:
        """How many bytes each of the first `count` datagrams had."""
        return _LENGTH.iter_unpack(self._seen[: count * _LENGTH.size])

    def stamps(self, count: int) -> Iterator[tuple[int, int]]:
        """When the kernel received each of them: seconds and nanoseconds of the wall clock."""
        return _STAMP.iter_unpack(memoryview(self._controls)[: count * _CONTROL])


def _last_error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
