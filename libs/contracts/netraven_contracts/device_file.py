"""Devices as rows of a table: which columns there may be, what a cell says, how one is written. No files.

A spreadsheet takes a cell that begins with =, +, - or @ for a formula, so such a text is written behind an
apostrophe, and read without it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from typing import Any

from netraven_contracts.devices import DeviceBody

# What a person fills in, in the order in which it is written; what the system finds out stands in no table.
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
NEEDED = ("name", "ip_address", "device_type", "location")
TAG_SEPARATOR = ";"

# Read-only ones too: they are passed over, as in a body.
_KNOWN = frozenset(DeviceBody().fields) - {"interfaces", "create_missing_tags"}
_READ_ONLY = frozenset(DeviceBody().dump_fields) - frozenset(DeviceBody().load_fields)
_DELIMITERS = ",;\t"
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_HIDDEN_FORMULA = re.compile(r"'+[=+\-@\t\r]")
_TAGS = re.compile(r"[,;|]")


class BadTable(ValueError):
    """A heading or a row that cannot be; the message repeats nothing of it."""


def delimiter(heading: str) -> str:
    """What separates the cells of a table with this first line: the one that gives most of the columns."""
    return max(
        _DELIMITERS, key=lambda one: len(_KNOWN & set(_names(next(csv.reader([heading], delimiter=one), []))))
    )


def columns(heading: Sequence[str]) -> list[str]:
    """The names of the columns; "" for one that is to be passed over. Raises BadTable."""
    names = _names(heading)
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise BadTable(f"the first line must name the columns, and lacks {', '.join(missing)}")
    strange = [str(number) for number, name in enumerate(names, 1) if name and name not in _KNOWN]
    if strange:
        known = ", ".join(COLUMNS)
        raise BadTable(f"column {', '.join(strange[:10])} is not known; the columns are {known}")
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise BadTable(f"the column {twice[0]} is there twice")
    return ["" if name in _READ_ONLY else name for name in names]


def _names(heading: Sequence[str]) -> list[str]:
    return [name.strip().lower() for name in heading]


def body(names: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """A row as a body of POST /devices: empty cells left out, tags parted, the port a number where it is one.

    Raises BadTable for more cells than columns.
    """
    if any(cell.strip() for cell in cells[len(names) :]):
        raise BadTable(
            "has more cells than there are columns; put quotes around a cell that holds a separator"
        )
    fields: dict[str, Any] = {
        name: _read(cell) for name, cell in zip(names, cells, strict=False) if name and cell.strip()
    }
    if "tags" in fields:
        fields["tags"] = [tag.strip() for tag in _TAGS.split(fields["tags"]) if tag.strip()]
    if re.fullmatch(r"[0-9]{1,9}", fields.get("port", "")):
        fields["port"] = int(fields["port"])
    return fields


def _read(cell: str) -> str:
    text = cell.strip()
    return text[1:] if _HIDDEN_FORMULA.match(text) else text


def cells(device: Mapping[str, Any]) -> list[str]:
    """A device as a row of COLUMNS that `body` takes back."""
    return [_written(device.get(name)) for name in COLUMNS]


def _written(value: Any) -> str:
    text = "" if value is None else TAG_SEPARATOR.join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if _FORMULA.match(text) else text
