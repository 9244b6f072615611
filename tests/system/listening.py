"""What comes out of a system beside its answers: webhooks, streams, processes. All that came is kept as
bytes;
nothing is sought in it here.
"""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from tests.servers.netraven import Api


class Listener:
    """A web server that webhooks are sent to. A context manager."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                heard.append(b" ".join((self.path.encode(), bytes(self.headers), body)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class Stream:
    """A stream that is read while it lasts."""

    def __init__(self, api: Api, path: str) -> None:
        parts = urlsplit(api.url)
        self.path, self._parts = path, [b""]
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=120)
        self._connection.request(
            "GET", f"{parts.path}{path}", headers={"Authorization": f"Bearer {api.token}"}
        )
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200, self._answer.read()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def said(self) -> bytes:
        """All until now."""
        return b"".join(self._parts)

    def rest(self) -> bytes:
        """All, to its end. AssertionError when it does not come."""
        self._reader.join(20)
        assert not self._reader.is_alive(), self.path
        return self.said

    def _read(self) -> None:
        while part := self._answer.read1(65536):
            self._parts.append(part)
        self._connection.close()


def below(pids: list[int]) -> dict[int, bytes]:
    """{process id: command line and environment} of these processes and all that they have started."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(entry.parent.name)] = int(entry.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended meanwhile
    wanted = set(pids)
    while more := {pid for pid, parent in parents.items() if parent in wanted} - wanted:
        wanted |= more
    return {pid: _told(pid) for pid in wanted}


def _told(pid: int) -> bytes:
    try:
        folder = Path("/proc", str(pid))
        return folder.joinpath("cmdline").read_bytes() + b"\n" + folder.joinpath("environ").read_bytes()
    except OSError:
        return b""  # it has ended meanwhile
