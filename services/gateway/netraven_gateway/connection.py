"""One client's connection: request after request through a WSGI application. No routes, no Nameko."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable
from email.utils import formatdate
from typing import Any, Protocol

from netraven_gateway.answers import Takeover
from netraven_gateway.body import Body
from netraven_gateway.http1 import Head, ProtocolError, header_block, parse_head, status_line
from netraven_gateway.wire import Wire

_BODYLESS = ("204", "304")
_FAULT = ProtocolError(500, "something went wrong on our side; nothing is wrong with the request")

Headers = list[tuple[str, str]]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Host(Protocol):
    """What a connection needs of the server that it belongs to."""

    draining: bool
    environ: dict[str, Any]

    def application(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The WSGI application."""

    def refuse(self, error: ProtocolError) -> tuple[str, Headers, bytes]:
        """Status, headers and body of the answer to bytes that are no request."""

    def resting(self, connection: Connection) -> contextlib.AbstractContextManager[None]:
        """The time in which a connection waits for its client and may be closed for want of room."""


class Connection:
    """Serves one client until it leaves, is refused, or the server ends.

    Parameters: `host`, the server; `wire`, the client; `address`, the peer's (ip, port).
    """

    def __init__(self, host: Host, wire: Wire, address: tuple[str, int]) -> None:
        self._host = host
        self._wire = wire
        self._address = address
        self._taken = False

    def serve(self) -> None:
        """Answer requests until the connection ends, then close it. Raises what the application leaked."""
        linger = True
        try:
            while self._awaits_request() and self._serve_one():
                pass
        except ProtocolError as error:
            self._send_whole(*self._host.refuse(error), keep=False, with_body=True)
        except OSError:
            linger = False
        finally:
            if not self._taken:
                self._wire.end(linger=linger)

    def refuse(self, error: ProtocolError) -> None:
        """Say why nothing is served, and close."""
        try:
            self._send_whole(*self._host.refuse(error), keep=False, with_body=True)
        finally:
            self._wire.end(linger=True)

    def hang_up(self) -> None:
        """End from outside: whoever waits for the client wakes up at its end."""
        with contextlib.suppress(OSError):
            self._wire.sock.shutdown(2)

    def _awaits_request(self) -> bool:
        if self._wire.waiting:
            return True
        with self._host.resting(self):
            return self._wire.wait()

    def _serve_one(self) -> bool:
        head = parse_head(self._wire.head())
        body = Body(self._wire, head)
        exchange = _Exchange()
        try:
            result = self._host.application(self._environ(head, body), exchange.start)
            keep = head.keep and body.drainable and not self._host.draining
            self._send(exchange, result, head, keep)
        except OSError:
            raise
        except Exception:
            if not exchange.sent:
                self._send_whole(*self._host.refuse(_FAULT), keep=False, with_body=True)
            raise
        return keep and not exchange.endless and not self._taken and _drained(body)

    def _environ(self, head: Head, body: Body) -> dict[str, Any]:
        return {
            **self._host.environ,
            **head.variables,
            "REMOTE_ADDR": self._address[0],
            "REMOTE_PORT": str(self._address[1]),
            "wsgi.input": body,
        }

    def _send(self, exchange: _Exchange, result: Iterable[bytes], head: Head, keep: bool) -> None:
        with_body = head.variables["REQUEST_METHOD"] != "HEAD" and exchange.status[:3] not in _BODYLESS
        old = head.variables["SERVER_PROTOCOL"] == "HTTP/1.0"
        if isinstance(result, list):
            body = b"".join([*exchange.written, *result])
            headers = [*exchange.headers, ("Connection", "keep-alive")] if old and keep else exchange.headers
            self._send_whole(exchange.status, headers, body, keep=keep, with_body=with_body)
            return
        if isinstance(result, Takeover):
            self._hand_over(exchange, result if with_body else None)
            return
        exchange.endless = old
        try:
            self._send_stream(exchange, result if with_body else (), keep, chunked=not old)
        finally:
            if hasattr(result, "close"):
                result.close()

    def _hand_over(self, exchange: _Exchange, result: Takeover | None) -> None:
        """The head, and then the socket to whoever takes it: the end of the connection ends the body."""
        exchange.endless = exchange.sent = True
        framing = [("Date", _date()), ("Connection", "close")]
        self._wire.send(status_line(exchange.status) + header_block([*exchange.headers, *framing]) + b"\r\n")
        if result is not None:
            self._taken = True
            result.take(self._wire.sock)

    def _send_whole(self, status: str, headers: Headers, body: bytes, *, keep: bool, with_body: bool) -> None:
        framing: Headers = [("Date", _date())]
        if status[:3] not in _BODYLESS:
            framing.append(("Content-Length", str(len(body))))
        if not keep:
            framing.append(("Connection", "close"))
        head = status_line(status) + header_block([*headers, *framing]) + b"\r\n"
        self._wire.send(head + body if with_body else head)

    def _send_stream(self, exchange: _Exchange, parts: Iterable[bytes], keep: bool, *, chunked: bool) -> None:
        framing: Headers = [("Date", _date())]
        if chunked:
            framing.append(("Transfer-Encoding", "chunked"))
        if not (chunked and keep):
            framing.append(("Connection", "close"))
        head = status_line(exchange.status) + header_block([*exchange.headers, *framing]) + b"\r\n"
        exchange.sent = True
        self._wire.send(head)
        for part in parts:
            if part:
                self._wire.send(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
        if chunked:
            self._wire.send(b"0\r\n\r\n")


def _drained(body: Body) -> bool:
    try:
        body.drain()
    except ProtocolError:
        return False  # the answer is out already; all that is left is to hang up
    return True


class _Exchange:
    """What the application said through WSGI's start_response."""

    __slots__ = ("endless", "headers", "sent", "status", "written")

    def __init__(self) -> None:
        self.status = "500 Internal Server Error"
        self.headers: Headers = []
        self.written: list[bytes] = []
        self.endless = False
        self.sent = False

    def start(self, status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], None]:
        """WSGI's start_response."""
        self.status = status
        self.headers = headers
        return self.written.append


_clock: tuple[int, str] = (0, "")


def _date() -> str:
    # Formatting the time costs more than parsing a request; once a second is enough.
    global _clock
    now = int(time.time())
    if _clock[0] != now:
        _clock = (now, formatdate(now, usegmt=True))
    return _clock[1]
