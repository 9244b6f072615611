"""Many devices at once: the rows of an upload, checked one by one and handed on in chunks, all else going on.

A file is read to its end before the first row is handed on: one that breaks in the middle does nothing.
Nothing is held but two chunks and the report. A chunk whose answer does not come is sent again: it is the
same command, and does nothing twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import eventlet
import orjson
from eventlet.semaphore import Semaphore
from marshmallow import ValidationError

from netraven_chassis import settings
from netraven_chassis.bus import Reply
from netraven_chassis.bus.client import Client
from netraven_contracts.devices import DeviceBody
from netraven_contracts.errors import Unavailable
from netraven_gateway import ahead, replies, tables, uploads
from netraven_gateway.answers import Answer
from netraven_gateway.request import Request
from netraven_gateway.tables import Row

SECONDS = 1800.0  # a route's time for an upload over a slow line and all its rows
MOST_PROBLEMS = 10_000  # told of each kind; the rest is counted
_CHUNK_ROWS, _CHUNK_SIZE = 100, 2**20  # more would hold up others while they go through the log together
_CHUNK_SECONDS = 10.0
_BREATH = 5  # rows checked before others get their turn
_SMALL = 2**20

Chunk = list[tuple[int, Any]]  # rows: number, body

_AT_ONCE = Semaphore(2)
_SCHEMA = DeviceBody()


def register_many(gateway: Any, request: Request) -> Answer:
    """The devices of many rows, and what became of each."""
    with _Place(request), uploads.received(request, settings.current().import_limit) as upload:
        if "body_hash" in request.context:
            request.context["body_hash"] = _hash(upload.digest, request.query)
        _read_through(upload)
        report = Report(request.query["dry_run"])
        rows = _checked(upload, request.query["create_missing_tags"], report)
        _send(gateway.devices.within(_CHUNK_SECONDS), _chunks(rows), report)
    return replies.one(request, Reply(orjson.dumps(report.shown()), {}))


class _Place:
    """One of the few places for large uploads. Raises Unavailable when all are taken."""

    def __init__(self, request: Request) -> None:
        declared = request.header("CONTENT_LENGTH")
        self._needed = declared is None or int(declared) > _SMALL

    def __enter__(self) -> None:
        if self._needed and not _AT_ONCE.acquire(blocking=False):
            raise Unavailable("Other imports are running; try again when they are done", {"retry_after": 5})

    def __exit__(self, *_: object) -> None:
        if self._needed:
            _AT_ONCE.release()


class Report:
    """What became of the rows: `created` [{row, id}], `duplicates` and `errors` [{row, field, message}]."""

    def __init__(self, dry_run: bool) -> None:
        self.dry_run = dry_run
        self._rows: dict[str, list[dict[str, Any]]] = {"created": [], "duplicates": [], "errors": []}
        self._seen: dict[str, int] = {}
        self._counts = dict.fromkeys(self._rows, 0)

    def add(self, told: Mapping[str, list[dict[str, Any]]]) -> None:
        """What a service says of its rows."""
        for kind, rows in self._rows.items():
            room = len(told[kind]) if kind == "created" else max(0, MOST_PROBLEMS - len(rows))
            rows.extend(told[kind][:room])
            self._counts[kind] += len({one["row"] for one in told[kind]})

    def wrong(self, number: int, problems: Mapping[str, str]) -> None:
        """A row with these problems, {field: reason}."""
        told = [{"row": number, "field": name, "message": reason} for name, reason in problems.items()]
        self.add({"created": [], "duplicates": [], "errors": told})

    def again(self, number: int, address: str) -> bool:
        """Whether an earlier row has the address already; then it is told."""
        first = self._seen.setdefault(address, number)
        if first != number:
            told = {"row": number, "field": "ip_address", "message": f"{address} is in row {first} already"}
            self.add({"created": [], "duplicates": [told], "errors": []})
        return first != number

    def shown(self) -> dict[str, Any]:
        """As the answer has it, the problems by their rows; `counts` are of rows, whether told or not."""
        for kind in ("duplicates", "errors"):
            self._rows[kind].sort(key=lambda one: one["row"])
        return {"dry_run": self.dry_run, "counts": self._counts, **self._rows}


def _read_through(upload: uploads.Upload) -> None:
    """See that the file is what it says, to its end. Raises ValidationFailed."""
    for row in tables.rows(upload.file, upload.kind):
        if row.number % _BREATH == 0:
            eventlet.sleep(0)
    upload.file.seek(0)


def _checked(upload: uploads.Upload, create_tags: bool, report: Report) -> Iterator[Row]:
    """The rows that are right in themselves; of the others the report tells."""
    for row in tables.rows(upload.file, upload.kind):
        if row.number % _BREATH == 0:
            eventlet.sleep(0)
        if row.problem is not None:
            report.wrong(row.number, {"row": row.problem})
            continue
        try:
            body = _SCHEMA.load(row.body)
        except ValidationError as error:
            report.wrong(row.number, dict(_flat(error.messages)))
            continue
        if create_tags and "tags" in body:
            body["create_missing_tags"] = True
        if not report.again(row.number, body["ip_address"]):
            yield Row(row.number, body, None, row.size)


def _flat(messages: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """marshmallow's nested messages as (field, reason): interfaces.3.name."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            below = "" if name == "_schema" else str(name)[:100]
            yield from _flat(inner, f"{path}.{below}".strip("."))
    else:
        yield path or "row", "; ".join(map(str, messages))


def _chunks(rows: Iterator[Row]) -> Iterator[Chunk]:
    chunk: Chunk = []
    size = 0
    for row in rows:
        chunk.append((row.number, row.body))
        size += row.size
        if len(chunk) >= _CHUNK_ROWS or size >= _CHUNK_SIZE:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _send(devices: Client, chunks: Iterator[Chunk], report: Report) -> None:
    """Hand the chunks on. A chunk whose answer does not come is sent again: it is the same command."""
    begun: deque[int] = deque()  # the first rows of the chunks under way

    def questions() -> Iterator[Mapping[str, Any]]:
        for chunk in chunks:
            begun.append(chunk[0][0])
            yield {"rows": chunk, "dry_run": report.dry_run}

    try:
        for told in ahead.answers(devices, "register_many", questions()):
            begun.popleft()
            report.add(told)
    except Unavailable as error:
        raise _broken_off(begun[0]) from error


def _broken_off(row: int) -> Unavailable:
    said = f"The import broke off before row {row}; repeat it, with the same Idempotency-Key if it had one"
    return Unavailable(said, {"retry_after": 5, "row": row})


def _hash(digest: str, query: Mapping[str, Any]) -> str:
    return f"{digest}{int(query['dry_run'])}{int(query['create_missing_tags'])}"
