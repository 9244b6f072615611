"""The fleet as a file: written while it is read, a piece at a time, so that no fleet is too large.

Which devices they are is settled at the beginning; how each one is, when its turn comes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import orjson

from netraven_contracts import device_file
from netraven_gateway.answers import JSON, Answer
from netraven_gateway.request import Request
from netraven_gateway.uploads import CSV

_PIECE = 250
_SECONDS = 10.0

Rows = Sequence[dict[str, Any]]


def export(gateway: Any, request: Request) -> Answer:
    """Devices as CSV or JSON, read after the worker has ended: a fault in between breaks the answer off."""
    others = {name: value for name, value in request.query.items() if name not in ("format", "sort")}
    devices = gateway.devices.within(_SECONDS)
    ids = devices.export_ids(filters=others, sort=request.query.get("sort", []))
    kind = request.query["format"]
    media, write = _FORMS[kind]
    pieces = _pieces(devices, ids, others.get("at"))
    named = [("Content-Disposition", f'attachment; filename="devices.{kind}"')]
    return Answer(200, write(pieces), named, content_type=media)


def _pieces(devices: Any, ids: Sequence[str], at: int | None) -> Iterator[Rows]:
    for start in range(0, len(ids), _PIECE):
        yield devices.export_rows(ids=ids[start : start + _PIECE], at=at)


def _as_csv(pieces: Iterator[Rows]) -> Iterator[bytes]:
    yield _lines([device_file.COLUMNS])
    for rows in pieces:
        yield _lines([device_file.cells(row) for row in rows])


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _as_json(pieces: Iterator[Rows]) -> Iterator[bytes]:
    before = b"[\n"
    for rows in pieces:
        if rows:
            yield before + b",\n".join(map(orjson.dumps, rows))
            before = b",\n"
    yield b"\n]\n" if before == b",\n" else b"[]\n"


_FORMS: dict[str, tuple[str, Callable[[Iterator[Rows]], Iterator[bytes]]]] = {
    "csv": (f"{CSV}; charset=utf-8", _as_csv),
    "json": (JSON, _as_json),
}
