"""A body too large for memory: taken from the wire into a file that has no name, counted, and its kind told.

Nothing in it is parsed, apart from the form that a browser puts around a file. Nothing begins before all of
it is here, so that an upload that breaks off has done nothing.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from werkzeug.datastructures import Headers
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from netraven_contracts.errors import UnsupportedMediaType, ValidationFailed
from netraven_gateway import bodies, checks
from netraven_gateway.request import Request

CSV, MULTIPART = "text/csv", "multipart/form-data"
_BLOCK = 65_536
_MOST_OF_A_PART = 262_144  # octets of a form's header lines
_KINDS = {CSV: "csv", bodies.JSON: "json"}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file at its beginning, what it says that it is ("csv" or "json"), and the hash of its octets."""

    file: IO[bytes]
    kind: str
    digest: str


@contextmanager
def received(request: Request, limit: int) -> Iterator[Upload]:
    """The request's body, or the one file in its form, as long as the context lasts.

    Parameters: `limit`, octets at most. Raises PayloadTooLarge, UnsupportedMediaType, ValidationFailed.
    """
    kind = bodies.media_type(request.header("CONTENT_TYPE") or "")
    if kind not in (*_KINDS, MULTIPART):
        raise UnsupportedMediaType(f"Send {CSV}, {bodies.JSON}, or a file in {MULTIPART}")
    # Of the file and not of the form around it: a form that is sent again has another boundary.
    digest = hashlib.sha256()
    with tempfile.TemporaryFile() as file:

        def keep(octets: bytes) -> None:
            digest.update(octets)
            file.write(octets)

        form = _Form(request.header("CONTENT_TYPE") or "", keep) if kind == MULTIPART else None
        take = form.take if form else keep
        for block in checks.blocks(request, limit):
            take(block)
        found = form.end() if form else _KINDS[kind]
        if not file.tell():
            raise ValidationFailed("The body is missing", {"body": ["must hold rows"]})
        file.seek(0)
        yield Upload(file, found, digest.hexdigest()[:32])


class _Form:
    """Reads a form as it comes and hands on the octets of its one file to `keep`."""

    def __init__(self, content_type: str, keep: Callable[[bytes], None]) -> None:
        boundary = parse_options_header(content_type)[1].get("boundary", "")
        if not 1 <= len(boundary) <= 70 or not boundary.isascii():
            raise _bad("the form names no boundary")
        self._decoder = MultipartDecoder(boundary.encode(), _MOST_OF_A_PART, max_parts=10)
        self._keep = keep
        self._kind = ""

    def take(self, block: bytes | None) -> None:
        """Some of the form; None at its end. Raises ValidationFailed."""
        try:
            self._decoder.receive_data(block)
            while not isinstance(event := self._decoder.next_event(), NeedData | Epilogue):
                self._note(event)
        except (ValueError, RequestEntityTooLarge):
            raise _bad("the form is broken or has too many parts") from None

    def _note(self, event: Any) -> None:
        if isinstance(event, Field):
            raise _bad("holds something else than a file; options go behind the question mark of the URL")
        if isinstance(event, File):
            if self._kind:
                raise _bad("holds several files; send one")
            self._kind = _kind_of(event.filename, event.headers)
        elif isinstance(event, Data):
            self._keep(event.data)

    def end(self) -> str:
        """What the file says that it is, when all has come. Raises ValidationFailed."""
        self.take(None)
        if not self._kind:
            raise _bad("holds no file")
        return self._kind


def _kind_of(name: str, headers: Headers) -> str:
    """By its name first: what browsers call a CSV file depends on what is installed beside them."""
    ending = name.lower().rpartition(".")[2]
    said = headers.get("content-type", "").split(";")[0].strip().lower()
    kind = ending if ending in _KINDS.values() else _KINDS.get(said)
    if kind is None:
        raise UnsupportedMediaType("Send a file whose name ends with .csv or .json")
    return kind


def _bad(reason: str) -> ValidationFailed:
    return ValidationFailed("The form cannot be read", {"file": [reason]})
