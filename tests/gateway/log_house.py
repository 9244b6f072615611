"""A gateway with auth and jobs behind it, each a process, and a writer of logs as a worker is one."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import orjson
from pymongo import MongoClient

from netraven_jobs import log_entry
from netraven_jobs.lines import Lines
from netraven_jobs.logbook import LogBook
from tests.servers.netraven import Api, Instance

Event = tuple[str, str | None, Any]


class Client:
    """A reader of one stream: `events` are (event, id, decoded data), with comments as ("", None, text)."""

    def __init__(
        self, url: str, path: str, token: str | None = None, timeout: float = 60.0, **headers: str
    ) -> None:
        parts = urlsplit(url)
        self.sock = socket.create_connection((parts.hostname or "", parts.port or 80), timeout)
        lines = [
            f"GET {parts.path}{path} HTTP/1.1",
            "Host: x",
            *([f"Authorization: Bearer {token}"] if token else []),
        ]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.sock.sendall("\r\n".join([*lines, "", ""]).encode())
        self._buffer = b""
        self.ended = False
        head = self._until(b"\r\n\r\n").decode()
        self.status = int(head.split()[1])
        self.headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])
        }

    def body(self) -> Any:
        """The whole of an answer that is no stream."""
        while not self.ended and len(self._buffer) < int(self.headers["content-length"]):
            self._fill()
        return orjson.loads(self._buffer)

    def next(self) -> Event | None:
        """The next event or comment; None at the end of the stream. TimeoutError when nothing comes."""
        try:
            block = self._until(b"\n\n").decode()
        except EOFError:
            return None
        if block.startswith(":"):
            return "", None, block
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        if "retry" in fields:
            return self.next()
        return fields["event"], fields.get("id"), orjson.loads(fields["data"])

    def events(self, count: int) -> list[Event]:
        """So many events, fewer when the stream ends; comments are left out."""
        found: list[Event] = []
        while len(found) < count and (event := self.next()) is not None:
            if event[0]:
                found.append(event)
        return found

    def rest(self) -> list[Event]:
        """All that comes until the stream ends."""
        return self.events(1_000_000)

    def kept(self) -> bool:
        """Whether the other side has not closed the connection, as the kernel says."""
        near, far = self.sock.getsockname()[1], self.sock.getpeername()[1]
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        ends = ((row[1].rpartition(":")[2], row[2].rpartition(":")[2], row[3]) for row in rows)
        return (f"{far:04X}", f"{near:04X}", "01") in ends

    def close(self) -> None:
        """Leave."""
        self.sock.close()

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._fill()
            if self.ended:
                raise EOFError(self._buffer)
        found, self._buffer = self._buffer.split(mark, 1)
        return found

    def _fill(self) -> None:
        try:
            data = self.sock.recv(65536)
        except ConnectionError:
            data = b""
        self.ended = not data
        self._buffer += data


class House:
    """What the tests use: clients, the log's database, a book that tells its lines."""

    def __init__(self, env: Mapping[str, str], mongodb: str, services: tuple[str, ...]) -> None:
        self.env = {
            "PING_ENABLED": "false",
            "NETRAVEN_STREAM_LIMIT_PER_USER": "8000",
            "NETRAVEN_DATABASE_PREFIX": f"house_{secrets.token_hex(4)}",
            **env,
        }
        self.instances = {name: Instance((name,), self.env) for name in services}
        self._mongo: MongoClient[dict[str, Any]] = MongoClient(mongodb, retryWrites=False)
        self.database = self._mongo[f"{self.env['NETRAVEN_DATABASE_PREFIX']}_jobs"]
        self._lines = Lines(self.env["AMQP_URI"])
        self.book = LogBook(self.database, self._lines.tell)
        self.broker: Any = None

    def __enter__(self) -> Self:
        for instance in self.instances.values():
            instance.begin()
        for instance in self.instances.values():
            instance.wait_ready()
        self._lines.start()
        self.book.prepare()
        self.url = self.instances["gateway"].url
        self.api = Api(self.url).log_in()
        self.api.until(200, "GET", "/logs")
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.stop()
        self._mongo.close()
        for instance in self.instances.values():
            instance.stop()
        for instance in self.instances.values():
            instance.close()

    def say(self, job_id: str | None, *messages: str, **fields: Any) -> None:
        """Write lines and tell them, as a worker does."""
        self.book.append([log_entry.make(job_id, None, "info", text, **fields) for text in messages])

    def stream(self, path: str, last: Any = None, **options: Any) -> Client:
        """Open a stream as the user admin."""
        return self.stream_as(self.api.token, path, last, **options)

    def stream_as(self, token: str | None, path: str, last: Any = None, **options: Any) -> Client:
        """Open a stream with this token."""
        headers: Any = {} if last is None else {"Last_Event_ID": str(last)}
        return Client(self.url, path, token, **headers, **options)

    def job(self) -> str:
        """A job that nobody works on, for all devices: there is one."""
        if "devices" in self.instances:
            device = {"name": "d", "ip_address": "127.0.0.1", "device_type": "router", "location": "lab"}
            assert self.api("POST", "/devices", device)[0] in (201, 409)
        status, body, _ = self.api("POST", "/jobs", {"type": "backup", "all": True})
        assert status == 201, body
        return str(body["data"]["id"])

    def cancel(self, job_id: str) -> None:
        """Let it be over."""
        status, body, _ = self.api("PATCH", f"/jobs/{job_id}", {"action": "cancel"})
        assert status == 200, body


@contextmanager
def standing(
    uri: str, mongodb: str, services: tuple[str, ...] = ("auth", "jobs", "gateway"), **env: str
) -> Iterator[House]:
    """A house on these servers."""
    with House({"AMQP_URI": uri, "MONGODB_URI": mongodb, **env}, mongodb, services) as house:
        yield house


def seqs(events: list[Event]) -> list[int]:
    """The ids of the log entries among events, which stand in the entries too."""
    lines = [(ident, data) for name, ident, data in events if name == "log"]
    assert all(int(ident or 0) in (data["seq"], data["position"]) for ident, data in lines)
    return [int(ident or 0) for ident, _ in lines]
