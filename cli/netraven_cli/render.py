"""How answers look: tables for people, JSON for scripts, one line for an error. Nothing is asked for here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from netraven_cli.exits import Stop

# Colours and the width are the terminal's; without one, rows keep their length and no codes get into files.
out = Console(soft_wrap=False, highlight=False)
err = Console(stderr=True, highlight=False)

STYLES = {"online": "green", "offline": "red", "unknown": "yellow", "up": "green", "down": "red"}

DEVICE_COLUMNS = ("name", "ip_address", "device_type", "location", "status", "latency_ms", "last_ping", "id")
TITLES = {
    "name": "Name",
    "ip_address": "Address",
    "device_type": "Type",
    "location": "Location",
    "status": "Status",
    "latency_ms": "Latency",
    "last_ping": "Last ping",
    "id": "Id",
}


def as_json(value: Any) -> None:
    """Print a value for scripts."""
    out.print(json.dumps(value, indent=2, ensure_ascii=False), markup=False, soft_wrap=True)


def table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], caption: str | None = None) -> Table:
    """A table with these columns of the rows, in this order."""
    made = Table(caption=caption, caption_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        numeric = column in ("latency_ms", "device_count", "depth", "lag", "parked", "handled", "failed")
        made.add_column(
            TITLES.get(column, column.replace("_", " ").capitalize()),
            justify="right" if numeric else "left",
            overflow="fold",
            no_wrap=column in ("id", "ip_address", "status", "last_ping"),
        )
    for row in rows:
        made.add_row(*(cell(column, row.get(column)) for column in columns))
    return made


def fields(row: Mapping[str, Any]) -> Table:
    """One thing, a field a line."""
    made = Table(show_header=False, box=None, pad_edge=False)
    made.add_column(style="bold", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in row.items():
        made.add_row(name.replace("_", " "), cell(name, value))
    return made


def cell(column: str, value: Any) -> Text:
    """A value as people read it. Never markup: a device may be called [bold]."""
    if value is None or value == [] or value == "":
        return Text("-", style="dim")
    if column == "latency_ms":
        return Text(f"{value:.1f} ms")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, list):
        return Text(
            "\n".join(_item(one) for one in value)
            if isinstance(value[0], dict)
            else ", ".join(map(str, value))
        )
    return Text(_printable(str(value)), style=STYLES.get(str(value), ""))


def _item(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in row.items() if value is not None)


def _printable(text: str) -> str:
    """Without what a terminal would take for a command."""
    return "".join(char if char.isprintable() or char == "\n" else "�" for char in text)


def error(stop: Stop) -> None:
    """One line that says what is wrong, and one for each field that is."""
    err.print(
        Text("netraven: ", style="red").append(_printable(stop.message), style="default"), soft_wrap=True
    )
    if isinstance(stop.details, dict):
        for name, reasons in stop.details.items():
            said = "; ".join(map(str, reasons)) if isinstance(reasons, list) else str(reasons)
            err.print(Text(f"  {name}: {_printable(said)}"), soft_wrap=True)


def note(text: str) -> None:
    """One line beside the answer, for people only."""
    err.print(Text(text, style="dim"), soft_wrap=True)
