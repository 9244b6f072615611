"""A small gateway: the real server, door and application, with routes that need no other service."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import eventlet
import orjson
from marshmallow import Schema, fields
from nameko.containers import ServiceContainer
from nameko.extensions import DependencyProvider

from netraven_contracts.access import Caller
from netraven_contracts.errors import CreateFailed, GetFailed, NotFound
from netraven_gateway.answers import Answer
from netraven_gateway.entrypoint import http
from netraven_gateway.request import Request
from netraven_gateway.route import ANYONE, OPERATOR, VIEWER, Gives, Reads, Route
from netraven_gateway.server import GatewayServer

EVENTS: list[str] = []
RELEASED = threading.Event()


class Thing(Schema):
    """A body."""

    name = fields.String(required=True)


class AsSaid(DependencyProvider):
    """Believes the Authorization header: `Bearer operator` is an operator."""

    def identify(self, request: Request) -> Caller:
        role = (request.header("HTTP_AUTHORIZATION") or "Bearer admin").removeprefix("Bearer ")
        return Caller("u1", "someone", role, "s1", 1, 0)


def hello(_: Any, request: Request) -> Answer:
    return Answer(200, b'"hello"')


def echo(_: Any, request: Request) -> Answer:
    EVENTS.append("echo")
    return Answer(201, f'"{len(request.body["name"])}"'.encode())


def show(_: Any, request: Request) -> Answer:
    return Answer(200, f'"{request.params["thing_id"]}"'.encode())


def missing(_: Any, request: Request) -> Answer:
    raise NotFound("no such thing")


def broken(_: Any, request: Request) -> Answer:
    raise KeyError("the secret detail")


def held(_: Any, request: Request) -> Answer:
    EVENTS.append("held")
    RELEASED.wait()
    return Answer(200, b'"at last"')


def stream(_: Any, request: Request) -> Answer:
    return Answer(200, _ticks(), content_type="text/event-stream")


def _ticks() -> Iterator[bytes]:
    try:
        for number in range(1000):
            yield f"data: {number}\n\n".encode()
            eventlet.sleep(0.05)
    finally:
        EVENTS.append("stream closed")


def big(_: Any, request: Request) -> Answer:
    return Answer(200, b'"' + b"x" * 8_000_000 + b'"')


def forge(_: Any, request: Request) -> Answer:
    return Answer(200, b"1").add("X-Bad", "a\r\nSet-Cookie: b")


ROUTES = [
    Route("GET", "/hello", ANYONE, hello, "t", "Say hello"),
    Route("GET", "/big", ANYONE, big, "t", "Say much"),
    Route("GET", "/forge", ANYONE, forge, "t", "Forge a header"),
    Route("GET", "/missing", VIEWER, missing, "t", "Miss"),
    Route("GET", "/broken", VIEWER, broken, "t", "Break", failure=GetFailed),
    Route("GET", "/held", VIEWER, held, "t", "Wait to be released", seconds=60),
    Route("GET", "/late", VIEWER, held, "t", "Wait too long for it", seconds=0.3),
    Route("GET", "/stream", VIEWER, stream, "t", "Tick"),
    Route("GET", "/things/{thing_id}", VIEWER, show, "t", "Show"),
    Route("POST", "/things", OPERATOR, echo, "t", "Echo", Reads(body=Thing), Gives(status=201), CreateFailed),
]


class SmallGateway:
    """The service."""

    name = "gateway"
    callers = AsSaid()

    @http(ROUTES)
    def handle(self, request: Request) -> Answer:
        """Run the route's handler."""
        return request.route.handler(self, request)


@contextmanager
def running(service: type = SmallGateway) -> Iterator[Any]:
    """The started server of a small gateway; its container is stopped at the end."""
    EVENTS.clear()
    RELEASED.clear()
    container = ServiceContainer(service)
    container.start()
    server = next(one for one in container.subextensions if hasattr(one, "process_request"))
    try:
        yield server
    finally:
        container.stop()


class Raw:
    """A client that sends what it likes."""

    def __init__(self, port: int, timeout: float = 30.0) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout)
        self._buffer = b""

    def send(self, *parts: str | bytes) -> Raw:
        for part in parts:
            self.sock.sendall(part.encode("latin-1") if isinstance(part, str) else part)
        return self

    def request(self, method: str, path: str, headers: Sequence[str] = (), body: bytes = b"") -> Raw:
        length = [f"Content-Length: {len(body)}"] if body else []
        lines = [f"{method} {path} HTTP/1.1", "Host: x", *length, *headers, "", ""]
        return self.send("\r\n".join(lines), body)

    def answer(self, *, bodyless: bool = False) -> tuple[int, dict[str, str], bytes]:
        """Status, headers by lower-case name, and body of the next answer."""
        while b"\r\n\r\n" not in self._buffer:
            self._fill()
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
        }
        length = 0 if bodyless else int(headers.get("content-length", 0))
        while len(self._buffer) < length:
            self._fill()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return int(lines[0].split()[1]), headers, body

    def _fill(self) -> None:
        data = self.sock.recv(65536)
        if not data:
            raise EOFError(self._buffer)
        self._buffer += data

    def rest(self) -> bytes:
        """All that comes until the server closes."""
        with suppress(EOFError):
            while True:
                self._fill()
        return self._buffer

    def ended(self) -> bool:
        """Whether the server has closed, waiting for it as long as the socket's timeout."""
        try:
            return self.sock.recv(65536) == b""
        except ConnectionError:
            return True

    def close(self) -> None:
        self.sock.close()


def still_serves(server: GatewayServer) -> bool:
    client = Raw(server.port)
    status, _, body = client.request("GET", "/hello").answer()
    client.close()
    return (status, body) == (200, b'"hello"')


def error_of(body: bytes) -> str:
    document = orjson.loads(body)
    assert document["status"] == "error"
    return str(document["code"])
