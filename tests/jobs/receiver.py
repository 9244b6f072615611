"""A webhook's receiver for tests: a real HTTP server that takes, fails, dawdles, redirects or is mute."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import eventlet
import orjson
from eventlet import wsgi

from netraven_jobs import signing


@dataclass
class Heard:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def news(self) -> dict[str, Any]:
        """What it says."""
        told: dict[str, Any] = orjson.loads(self.body)
        return told

    def signed_with(self, secret: str) -> bool:
        """Whether the signature is that of the secret."""
        time = int(self.headers["X-NETRAVEN-TIMESTAMP"])
        return self.headers["X-NETRAVEN-SIGNATURE"] == signing.signature(secret.encode(), time, self.body)


@dataclass
class Receiver:
    """What it heard, and the statuses of its next answers; after them 204."""

    port: int = 0
    heard: list[Heard] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    dawdle: float = 0.0

    def url(self, path: str = "/hook") -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}{path}"

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Sequence[bytes]:
        """WSGI."""
        body = environ["wsgi.input"].read()
        headers = {
            name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")
        }
        self.heard.append(Heard(environ["PATH_INFO"], headers, body))
        eventlet.sleep(self.dawdle)
        status = self.answers.pop(0) if self.answers else 204
        location = [("Location", self.url("/elsewhere"))] if 300 <= status < 400 else []
        start_response(f"{status} So", location)
        return [b""]


@contextmanager
def receiving(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver that listens on this machine."""
    sock = eventlet.listen(("127.0.0.1", 0))
    receiver = Receiver(sock.getsockname()[1])
    if context is not None:
        sock = context.wrap_socket(sock, server_side=True)
    server = eventlet.spawn(wsgi.server, sock, receiver, log_output=False, keepalive=False)
    try:
        yield receiver
    finally:
        server.kill()
        sock.close()


@contextmanager
def silent() -> Iterator[int]:
    """A port where connections are taken and nobody ever says a word."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen(20)
    yield int(sock.getsockname()[1])
    sock.close()
