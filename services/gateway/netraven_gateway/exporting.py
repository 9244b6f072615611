"""The fleet as a whole: written while it is read, a piece at a time, so that no fleet is too large.

Which devices they are is settled at the beginning; how each one is, when its turn comes.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import orjson

from netraven_chassis.bus.client import Client
from netraven_contracts import device_file
from netraven_contracts.errors import ValidationFailed
from netraven_gateway import ahead, paging, queries
from netraven_gateway.answers import JSON, Answer
from netraven_gateway.request import Request
from netraven_gateway.uploads import CSV

NDJSON = "application/x-ndjson"
SECONDS = 30.0  # of a route, until it is settled which devices they are: the past of a large fleet takes some
_PAST_SECONDS = SECONDS - 1
_NOW_SECONDS = 4.5  # the rest is quick: a service that hangs is told of within 5 s
_ALIVE_SECONDS = 3.0
_LEAST_SECONDS = 2.0  # for the first rows, however long it took to settle which they are
_PIECE_SECONDS = 10.0

Rows = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Form:
    """How devices are written: as which media type, with or without their interfaces, by which function, and
    so many at once.
    """

    media: str
    interfaces: bool
    piece: int
    write: Callable[[Iterator[Rows]], Iterator[bytes]]


def export(gateway: Any, request: Request) -> Answer:
    """Devices as a file of CSV or JSON, read after the worker has ended: a fault in between breaks it off."""
    filters = {name: value for name, value in request.query.items() if name not in ("format", "sort")}
    kind = request.query["format"]
    answer = _whole(gateway, filters, request.query.get("sort", []), _FILES[kind])
    return answer.add("Content-Disposition", f'attachment; filename="devices.{kind}"')


def listed(gateway: Any, request: Request, media: str) -> Answer:
    """The whole list in one of the forms of LISTS, broken off likewise.

    Raises ValidationFailed when a page is asked for as well.
    """
    for name in paging.named(queries.pairs(request.query_string)):
        reason = f"goes with pages, which {JSON} has; leave it out: {media} is all in one"
        raise ValidationFailed("A parameter is wrong", {name: [reason]})
    asked = paging.asked(request.query)
    return _whole(gateway, asked["filters"], asked["sort"], LISTS[media])


def _whole(gateway: Any, filters: Mapping[str, Any], sort: Sequence[str], form: _Form) -> Answer:
    began = time.monotonic()
    ids = _ids(gateway.devices, filters, sort)
    about = {"at": filters.get("at"), "interfaces": form.interfaces}
    pieces = (ids[start : start + form.piece] for start in range(0, len(ids), form.piece))
    questions = ({"ids": piece, **about} for piece in pieces)
    # The first rows before the answer begins: until then it can still say that the service is away.
    left = max(_LEAST_SECONDS, _NOW_SECONDS - (time.monotonic() - began))
    first = [gateway.devices.within(left).export_rows(**one) for one in islice(questions, 1)]
    more = ahead.answers(gateway.devices.within(_PIECE_SECONDS), "export_rows", questions)
    return Answer(200, form.write(chain(first, more)), content_type=form.media)


def _ids(devices: Client, filters: Mapping[str, Any], sort: Sequence[str]) -> list[str]:
    past = "at" in filters
    if past:
        devices.within(_ALIVE_SECONDS).log_head()
    patience = _PAST_SECONDS if past else _NOW_SECONDS
    return list(devices.within(patience).export_ids(filters=filters, sort=sort))


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


def _as_ndjson(pieces: Iterator[Rows]) -> Iterator[bytes]:
    for rows in pieces:
        yield b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


# A device has half a megabyte of interfaces at the most.
_TABLE = _Form(f"{CSV}; charset=utf-8", False, 500, _as_csv)
_FILES = {"csv": _TABLE, "json": _Form(JSON, True, 100, _as_json)}
LISTS: Mapping[str, _Form] = {NDJSON: _Form(NDJSON, False, 500, _as_ndjson), CSV: _TABLE}
