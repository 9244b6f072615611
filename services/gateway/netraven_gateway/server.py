"""Nameko's web server, made safe: its listener, its connections and its end. No routes, no business.

What Nameko's own leaves open is closed here: a failing socket ends one connection and never the container,
the number of connections is bounded, a listener out of file descriptors goes on, and a stop closes the
listener first.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import eventlet
import structlog
from nameko.web.server import WebServer

from netraven_chassis import settings
from netraven_gateway import room
from netraven_gateway.connection import Connection, Headers
from netraven_gateway.http1 import ProtocolError
from netraven_gateway.wire import Patience, Wire

_log = structlog.get_logger(__name__)

_BACKLOG = 1024
_PAUSE_SECONDS = 0.1
_REFUSED_AT_ONCE = 64
# The client left between its SYN and our accept: nothing is wrong with the listener.
_PASSING = frozenset({errno.ECONNABORTED, errno.EINTR, errno.EPROTO, errno.EPERM, errno.EAGAIN})


class GatewayServer(WebServer):
    """The listener of one gateway and all its connections. Its one provider is the HTTP entrypoint."""

    def __init__(self) -> None:
        super().__init__()
        self._starting = False
        self.draining = False
        self.environ: dict[str, Any] = {}
        self.patience = Patience()
        self._connections: set[Connection] = set()
        self._resting: OrderedDict[Connection, None] = OrderedDict()
        self._limit = 0

    @property
    def port(self) -> int:
        """The port that is listened on; 0 as long as none is."""
        return int(self._sock.getsockname()[1]) if self._sock is not None else 0

    def _door(self) -> Any:
        return next(iter(self._providers))

    def application(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The WSGI application."""
        result: Iterable[bytes] = self._door().application(environ, start_response)
        return result

    def refuse(self, error: ProtocolError) -> tuple[str, Headers, bytes]:
        """The answer to bytes that are no request."""
        refusal: tuple[str, Headers, bytes] = self._door().application.refuse(error)
        return refusal

    def start(self) -> None:
        """Called by Nameko: listen, and accept from now on."""
        if self._starting:
            return
        self._starting = True
        wanted = settings.current()
        self._limit, _ = room.divide(wanted.connection_limit, wanted.stream_limit)
        self._sock = _listen(wanted.host, wanted.port)
        self.environ = _server_variables(wanted.host, self.port)
        self._gt = self.container.spawn_managed_thread(self.run)
        _log.info("listening", host=wanted.host, port=self.port, connections=self._limit)

    def run(self) -> None:
        """Accept connections until the server is closed."""
        while not self.draining:
            try:
                sock, address = self._sock.accept()
            except OSError as error:
                self._mind(error)
            else:
                self._admit(sock, address)

    def _mind(self, error: OSError) -> None:
        if self.draining or error.errno in _PASSING:
            return
        # Out of files or memory: whoever is connected may still end, and then there is room again.
        _log.error("cannot accept a connection", reason=str(error))
        self._close_longest_resting()
        eventlet.sleep(_PAUSE_SECONDS)

    def _admit(self, sock: socket.socket, address: tuple[str, int]) -> None:
        full = len(self._connections) >= self._limit and not self._close_longest_resting()
        if len(self._connections) >= self._limit + _REFUSED_AT_ONCE:
            sock.close()
            return
        connection = Connection(self, Wire(sock, self.patience), address)
        self._connections.add(connection)
        self.container.spawn_managed_thread(partial(self.process_request, connection, full))

    def process_request(self, connection: Connection, full: bool) -> None:
        """Serve one connection to its end. Nothing that happens on it leaves this method.

        Parameters: `full`, whether there is room for no more than a refusal.
        """
        try:
            if full:
                connection.refuse(ProtocolError(503, "there are too many connections; try again"))
            else:
                connection.serve()
        except OSError as error:
            _log.debug("connection lost", reason=str(error))
        except (Exception, eventlet.Timeout):
            _log.exception("connection failed")
        finally:
            self._connections.discard(connection)

    @contextlib.contextmanager
    def resting(self, connection: Connection) -> Iterator[None]:
        """The time in which a connection waits for its client's next request."""
        self._resting[connection] = None
        try:
            yield
        finally:
            self._resting.pop(connection, None)

    def _close_longest_resting(self) -> bool:
        if self._resting:
            self._resting.popitem(last=False)[0].hang_up()
            return True
        return False

    def close(self, seconds: float) -> None:
        """Take no more connections, end those that rest, and let the others finish within `seconds`."""
        if self.draining:
            return
        self.draining = True
        if self._sock is not None:
            _close_listener(self._sock)
        deadline = time.monotonic() + seconds
        while self._connections and time.monotonic() < deadline:
            for connection in list(self._resting):
                connection.hang_up()
            eventlet.sleep(0.02)
        for connection in list(self._connections):
            connection.hang_up()

    def stop(self) -> None:
        """Called by Nameko when all workers have ended."""
        self.close(0)
        if self._gt is not None:
            self._gt.kill()
        self.wait_for_providers()

    def kill(self) -> None:
        """Called by Nameko when there is no time."""
        self.close(0)


def _listen(host: str, port: int) -> Any:
    family, _, _, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    return eventlet.listen(address, family=family, backlog=_BACKLOG, reuse_port=False)


def _close_listener(sock: Any) -> None:
    # shutdown wakes the accept that waits on the listener; close alone would leave it there.
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()


def _server_variables(host: str, port: int) -> dict[str, Any]:
    return {
        "SCRIPT_NAME": "",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.errors": None,
    }
