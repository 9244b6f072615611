"""The rows of an uploaded file, one after the other, never all at once. What is right in a row is not judged.

A file that is not what it says is refused with the first row that shows it; a row that cannot be read alone
is that row's problem.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import eventlet
import orjson

from netraven_contracts import device_file
from netraven_contracts.errors import ValidationFailed
from netraven_gateway.bodies import once

_BLOCK = 65_536
LARGEST_ROW = 2 * 2**20  # characters; the largest device has half of it in interfaces
_BREATH = 1000  # lines before others get their turn
_BLANK = " \t\r\n"
_MAGIC = {
    b"PK\x03\x04": "a zip archive or a workbook; save the sheet as CSV",
    b"\x1f\x8b": "packed with gzip; unpack it first",
    b"\xd0\xcf\x11\xe0": "a workbook; save the sheet as CSV",
    b"\xff\xfe": "UTF-16; save it as UTF-8",
    b"\xfe\xff": "UTF-16; save it as UTF-8",
    b"%PDF": "a PDF document",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number from 1, a CSV file's heading not counted, blank lines counted, as a spreadsheet has
    them; what it says, or what is wrong with it; about how many octets it has.
    """

    number: int
    body: Any
    problem: str | None = None
    size: int = 0


def rows(file: IO[bytes], kind: str) -> Iterator[Row]:
    """The rows of a file of the kind "csv" or "json". Raises ValidationFailed for what is no such file."""
    start = file.read(4)
    file.seek(0)
    for magic, what in _MAGIC.items():
        if start.startswith(magic):
            raise _bad(f"is {what}")
    try:
        yield from (_csv if kind == "csv" else _json)(file)
    except UnicodeDecodeError:
        raise _bad("is not UTF-8; save it as UTF-8 and send it again") from None


def _bad(reason: str) -> ValidationFailed:
    return ValidationFailed("The file cannot be read", {"file": [reason]})


def _csv(file: IO[bytes]) -> Iterator[Row]:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        heading = text.readline(_BLOCK)
        text.seek(0)
        reader = csv.reader(text, delimiter=device_file.delimiter(heading), strict=True)
        names = device_file.columns(next(reader, []))
        empty = True
        for number, cells in enumerate(reader, 1):
            if number % _BREATH == 0:
                eventlet.sleep(0)  # a file of blank lines gives no rows in between
            if any(cells):
                empty = False
                yield _row(number, names, cells)
        if empty:
            raise _bad("holds no rows below its first line")
    except device_file.BadTable as error:
        raise _bad(str(error)) from None
    except csv.Error:
        # Its message may repeat what it met.
        raise _bad(
            f"is not CSV at line {reader.line_num}: a quote is not closed, or a cell is endless"
        ) from None
    finally:
        text.detach()


def _row(number: int, names: list[str], cells: list[str]) -> Row:
    size = sum(map(len, cells))
    try:
        return Row(number, device_file.body(names, cells), None, size)
    except device_file.BadTable as error:
        return Row(number, None, str(error), size)


def _json(file: IO[bytes]) -> Iterator[Row]:
    window = _Window(file)
    if window.next_char() != "[":
        raise _bad("is not a JSON list of objects")
    number = 0
    window.skip()
    while (char := window.next_char()) != "]":
        if number:
            if char != ",":
                raise _bad(f"is not JSON behind row {number}")
            window.skip()
        number += 1
        yield window.row(number)
    window.skip()
    if window.next_char():
        raise _bad("goes on behind the end of its list")
    if not number:
        raise _bad("holds no rows")


class _Window:
    """A part of a JSON text, moved along it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._text = ""
        self._at = 0
        self._ended = False
        self._scan = json.JSONDecoder(object_pairs_hook=once).raw_decode

    def _more(self) -> None:
        # As much again as there is: a long row is scanned a few times and not once for each block.
        block = self._file.read(max(_BLOCK, len(self._text) - self._at))
        self._text = self._text[self._at :] + self._decode(block, not block)
        self._at = 0
        self._ended = not block

    def next_char(self) -> str:
        """The next character that is no blank; "" at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _BLANK:
                self._at += 1
            if self._at < len(self._text) or self._ended:
                return self._text[self._at : self._at + 1]
            self._more()

    def skip(self) -> None:
        """Go behind that character."""
        self._at += 1

    def row(self, number: int) -> Row:
        """The value that begins here. Raises ValidationFailed when there is none."""
        self.next_char()
        while (end := self._end(number)) is None:
            if self._ended or len(self._text) - self._at > LARGEST_ROW:
                raise _bad(f"is not JSON at row {number}, or the row is larger than {LARGEST_ROW} characters")
            self._more()
        part, self._at = self._text[self._at : end], end
        if len(part) > LARGEST_ROW:
            return Row(number, None, f"is larger than {LARGEST_ROW} characters", len(part))
        try:
            # Strict about all that the scanner lets pass: NaN, half a surrogate pair.
            return Row(number, orjson.loads(part), None, len(part))
        except orjson.JSONDecodeError:
            return Row(number, None, "is not strict JSON", len(part))

    def _end(self, number: int) -> int | None:
        """Where the value ends; None when there must be more to tell."""
        try:
            _, end = self._scan(self._text, self._at)
        except json.JSONDecodeError:
            return None
        except (ValueError, RecursionError):
            raise _bad(f"has in row {number} a name twice in one object, or is nested too deeply") from None
        # A number may go on behind the window, and so may nothing else.
        return end if end < len(self._text) or self._ended else None
