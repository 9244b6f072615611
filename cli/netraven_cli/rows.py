"""Devices in files: CSV and JSON, read row by row and written. What is right in a row is not judged here."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from netraven_cli.exits import Exit, Stop

# What a person fills in, in the order in which it is written; what the server finds out stands in no file.
COLUMNS = (
    "name",
    "ip_address",
    "device_type",
    "location",
    "platform",
    "port",
    "serial",
    "model",
    "os_version",
    "tags",
    "notes",
)
_NEEDED = {"name", "ip_address", "device_type", "location"}
TAG_SEPARATOR = ";"


@dataclass(frozen=True, slots=True)
class Row:
    """One device of a file. `number` counts from 1, a CSV file's heading not counted."""

    number: int
    fields: dict[str, Any]


def read(path: Path) -> list[Row]:
    """The rows of a .csv or .json file. Stop that says what is wrong with the file as a whole."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Stop(Exit.USAGE, f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Stop(Exit.USAGE, f"{path} is not UTF-8; save it as UTF-8 and try again") from None
    rows = _from_json(path, text) if path.suffix.lower() == ".json" else _from_csv(path, text)
    return [Row(number, fields) for number, fields in enumerate(rows, 1)]


def _from_json(path: Path, text: str) -> Iterator[dict[str, Any]]:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise Stop(Exit.USAGE, f"{path} is not JSON: {error}") from None
    # An answer of the API holds the list under `data`.
    rows = content.get("data") if isinstance(content, dict) else content
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Stop(Exit.USAGE, f"{path} must hold a list of objects, one for each device")
    return iter(rows)


def _from_csv(path: Path, text: str) -> Iterator[dict[str, Any]]:
    heading = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=heading.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    names = [(name or "").strip().lower() for name in reader.fieldnames or []]
    if missing := _NEEDED - set(names):
        raise Stop(Exit.USAGE, f"{path} lacks the column {', '.join(sorted(missing))} in its first line")
    reader.fieldnames = names
    return (_typed(row) for row in reader if any(row.values()))


def _typed(row: Mapping[str | None, Any]) -> dict[str, Any]:
    """A CSV row as a body: empty cells left out, tags split, the port a number where it is one."""
    fields: dict[str, Any] = {
        name: value.strip()
        for name, value in row.items()
        if name and isinstance(value, str) and value.strip()
    }
    if None in row:
        fields["(further cells)"] = row[None]
    if "tags" in fields:
        fields["tags"] = [tag.strip() for tag in fields["tags"].split(TAG_SEPARATOR) if tag.strip()]
    if str(fields.get("port", "")).isdecimal():
        fields["port"] = int(fields["port"])
    return fields


def write_csv(devices: Iterable[Mapping[str, Any]], file: TextIO) -> int:
    """Write devices so that `read` gives them back; how many."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    count = 0
    for device in devices:
        writer.writerow([_cell(device.get(name)) for name in COLUMNS])
        count += 1
    return count


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return TAG_SEPARATOR.join(value)
    return "" if value is None else str(value)


def write_json(devices: Iterable[Mapping[str, Any]], file: TextIO) -> int:
    """Write devices as a JSON list; how many."""
    count = 0
    file.write("[")
    for device in devices:
        file.write((",\n " if count else "\n ") + json.dumps(device, ensure_ascii=False))
        count += 1
    file.write("\n]\n")
    return count
