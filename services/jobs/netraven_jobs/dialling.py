"""Getting a TCP connection to a device that greets as SSH servers do. No log-in, no Netmiko.

Netmiko's own connecting tells neither a refusal from silence nor a full terminal server from a time-out.
"""

from __future__ import annotations

import errno
import select
import socket
import time
from collections.abc import Callable

from netraven_jobs.acknowledging import PromptSocket
from netraven_jobs.failures import Failed

_NO_WAY = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN, errno.ETIMEDOUT}
_REFUSED = {errno.ECONNREFUSED, errno.EACCES, errno.EPERM}
_GREETING = b"SSH-"
_LONGEST_PREAMBLE = 8192


def dial(host: str, port: int, timeout: float, opened: Callable[[socket.socket], None]) -> socket.socket:
    """A connection to `host`, within `timeout` seconds.

    `opened` gets the socket before anything is waited for, so that somebody else can shut it. Raises Failed
    with UNREACHABLE when nobody answers, with REFUSED when somebody says no.
    """
    sock = PromptSocket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        opened(sock)
        sock.settimeout(timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.connect((host, port))
    except OSError as error:
        sock.close()
        raise _failed(error, host, port, timeout) from error
    return sock


def _failed(error: OSError, host: str, port: int, timeout: float) -> Failed:
    if isinstance(error, TimeoutError) and error.errno is None:
        return Failed("UNREACHABLE", f"nobody answers at {host}:{port} within {timeout:g} s")
    if error.errno in _NO_WAY:
        return Failed("UNREACHABLE", f"no way to {host}:{port}: {error.strerror}")
    if error.errno in _REFUSED:
        return Failed("REFUSED", f"{host}:{port} refuses connections: {error.strerror}")
    return Failed("INTERNAL", f"no connection can be made to {host}:{port}: {error.strerror}")


def await_greeting(sock: socket.socket, timeout: float) -> None:
    """Wait until the device has said that it speaks SSH; nothing of it is taken from the socket.

    Raises Failed with TIMEOUT when it keeps silent, with PROTOCOL when it hangs up or says something else.
    """
    deadline, size = time.monotonic() + timeout, 0
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise Failed("TIMEOUT", f"the device took the connection and said nothing for {timeout:g} s")
        heard = _peek(sock)
        if heard.startswith(_GREETING) or b"\n" + _GREETING in heard:
            return
        if len(heard) >= _LONGEST_PREAMBLE:
            raise Failed("PROTOCOL", "what answers there does not speak SSH")
        if len(heard) == size:
            time.sleep(0.01)  # the same octets again: poll tells what lies there, not what is new
        if _ended(sock, heard, size):
            raise Failed("PROTOCOL", f"the device hung up before it greeted{_said(heard)}")
        size = len(heard)


def _peek(sock: socket.socket) -> bytes:
    try:
        return sock.recv(_LONGEST_PREAMBLE, socket.MSG_PEEK)
    except OSError as error:
        raise Failed("PROTOCOL", f"the device hung up before it greeted: {error.strerror}") from error


def _ended(sock: socket.socket, heard: bytes, size: int) -> bool:
    """Whether the other side has closed: then peeking brings nothing, or nothing new with a hang-up."""
    if not heard:
        return True
    hung = select.poll()
    hung.register(sock, select.POLLRDHUP)
    return len(heard) == size and bool(hung.poll(0))


def _said(heard: bytes) -> str:
    """What it said instead, as far as it is fit to print."""
    text = "".join(one for one in heard[:200].decode("ascii", "replace") if one.isprintable())
    return f": {text}" if text else ""
