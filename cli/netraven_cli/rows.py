"""Devices in files: CSV and JSON, read row by row. What is right in a row is not judged."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netraven_cli.exits import Exit, Stop


@dataclass(frozen=True, slots=True)
class Row:
    """One device of a file. `number` counts from 1, a CSV file's heading not counted and blank lines counted,
    as the server and a spreadsheet have them; `problem` says why it cannot be read.
    """

    number: int
    fields: dict[str, Any]
    problem: str | None = None


def read(path: Path) -> list[Row]:
    """The rows of a .csv or .json file. Stop that says what is wrong with the file as a whole."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Stop(Exit.USAGE, f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Stop(Exit.USAGE, f"{path} is not UTF-8; save it as UTF-8 and try again") from None
    return list(_from_json(path, text) if path.suffix.lower() == ".json" else _from_csv(path, text))


def _from_json(path: Path, text: str) -> Iterator[Row]:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise Stop(Exit.USAGE, f"{path} is not JSON: {error}") from None
    # An answer of the API holds the list under `data`.
    rows = content.get("data") if isinstance(content, dict) else content
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Stop(Exit.USAGE, f"{path} must hold a list of objects, one for each device")
    return (Row(number, fields) for number, fields in enumerate(rows, 1))


def _from_csv(path: Path, text: str) -> Iterator[Row]:
    # Only here, because every other command would wait for these modules too.
    from netraven_contracts import device_file

    mark = device_file.delimiter(text.split("\n", 1)[0])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    number = 0
    try:
        names = device_file.columns(next(reader, []))
        for number, cells in enumerate(reader, 1):
            if not any(cells):
                continue
            try:
                yield Row(number, device_file.body(names, cells))
            except device_file.BadTable as error:
                yield Row(number, {}, str(error))
    except device_file.BadTable as error:
        raise Stop(Exit.USAGE, f"{path}: {error}") from None
    except csv.Error as error:
        raise Stop(Exit.USAGE, f"{path} is not CSV behind row {number}: {error}") from None
