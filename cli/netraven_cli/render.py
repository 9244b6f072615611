"""How answers look: tables for people, JSON for scripts, one line for an error. Nothing is asked for here.

To read rich takes longer than most commands do, so it is read where something is shown to people.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from netraven_cli.exits import Stop

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    out: Console
    err: Console

_NO_TERMINAL_WIDTH = 10_000
_room: Any = sys.modules[__name__]  # has what is made when it is first asked for, too


def __getattr__(name: str) -> Console:
    """`out` and `err`. Colours and the width are the terminal's. Without one no codes get into files, and no
    row is folded.
    """
    if name not in ("out", "err"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from rich.console import Console

    console = Console(stderr=name == "err", highlight=False)
    if name == "out" and not console.is_terminal:
        console.width = _NO_TERMINAL_WIDTH
    setattr(_room, name, console)
    return console


STYLES = {
    "online": "green",
    "offline": "red",
    "unknown": "yellow",
    "up": "green",
    "down": "red",
    "succeeded": "green",
    "partial": "yellow",
    "failed": "red",
    "quarantined": "red",
    "running": "cyan",
    "cancelling": "yellow",
    "active": "green",
    "paused": "yellow",
}

DEVICE_COLUMNS = ("name", "ip_address", "device_type", "location", "status", "latency_ms", "last_ping", "id")
_NUMBERS = {
    "latency_ms",
    "device_count",
    "lag",
    "parked",
    "handled",
    "failed",
    "p50_ms",
    "p99_ms",
    "duration_ms",
    "duration_secs",
    "runs",
}
_WHOLE = {"id", "ip_address", "device_type", "status", "last_ping", "last_seen"}
# What a narrow terminal does without, first to last.
_DISPENSABLE = (("id", 110), ("last_ping", 80), ("instance", 120), ("version", 100))
TITLES = {
    "name": "Name",
    "ip_address": "Address",
    "device_type": "Type",
    "location": "Location",
    "status": "Status",
    "latency_ms": "Latency",
    "last_ping": "Last ping",
    "duration_secs": "Took",
    "duration_ms": "Took",
    "created_at": "Created",
    "error_class": "Error",
    "id": "Id",
}


def as_json(value: Any) -> None:
    """Print a value for scripts."""
    _as_it_is(json.dumps(value, indent=2, ensure_ascii=_poor()))


def _poor() -> bool:
    """Whether what is printed goes where not every letter can."""
    return not (sys.stdout.encoding or "").lower().startswith("utf")


def _as_it_is(text: str) -> None:
    # rich makes pictures of words between colons, of which an IPv6 address may have some: 2001:db8:a:b::1
    print(text, flush=True)


def answer(value: Any, json: bool, shown: Callable[[], Table]) -> None:
    """Print what a command was asked for: the value for scripts, or as it is shown to people."""
    if json:
        as_json(value)
    else:
        _room.out.print(shown())


def as_json_line(value: Any) -> None:
    """Print one value of many for scripts, on a line of its own and at once."""
    _as_it_is(json.dumps(value, ensure_ascii=_poor()))


def table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], caption: str | None = None) -> Table:
    """A table with these columns of the rows, in this order."""
    from rich.table import Table

    made = Table(caption=caption, caption_justify="left", header_style="bold", box=None, pad_edge=False)
    narrow = {column for column, width in _DISPENSABLE if _room.out.width < width}
    shown = [column for column in columns if column not in narrow]
    for column in shown:
        made.add_column(
            TITLES.get(column, column.replace("_", " ").capitalize()),
            justify="right" if column in _NUMBERS else "left",
            overflow="fold",
            no_wrap=column in _WHOLE,
        )
    for row in rows:
        made.add_row(*(cell(column, row.get(column)) for column in shown))
    return made


def fields(row: Mapping[str, Any]) -> Table:
    """One thing, a field a line."""
    from rich.table import Table

    made = Table(show_header=False, box=None, pad_edge=False)
    made.add_column(style="bold", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in row.items():
        made.add_row(name.replace("_", " "), cell(name, value))
    return made


def cell(column: str, value: Any) -> Text:
    """A value as people read it. Never markup: a device may be called [bold]."""
    from rich.text import Text

    if value is None or value == [] or value == "":
        return Text("-", style="dim")
    if column in ("latency_ms", "p50_ms", "p99_ms"):
        return Text(f"{value:.1f} ms")
    if column == "duration_ms":
        return Text(f"{value / 1000:.1f} s")
    if column == "duration_secs":
        return Text(f"{value:.1f} s")
    if column in ("last_ping", "last_seen", "status_since"):
        return Text(ago(value))
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, list):
        several = isinstance(value[0], dict)
        value = "\n".join(map(_item, value)) if several else ", ".join(map(str, value))
    return Text(printable(str(value)), style=STYLES.get(str(value), ""))


def ago(moment: str, now: datetime | None = None) -> str:
    """How long ago an ISO-8601 time was, in the largest unit that fits: 12 s, 5 min, 3 h, 2 d."""
    passed = (now or datetime.now(UTC)) - datetime.fromisoformat(moment)
    seconds = max(0, int(passed.total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit} ago"
    return f"{seconds} s ago"


def _item(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in row.items() if value is not None)


def printable(text: str) -> str:
    """The text without what a terminal would take for a command."""
    return "".join(char if char.isprintable() or char == "\n" else "�" for char in text)


def error(stop: Stop) -> None:
    """One line that says what is wrong, and one for each field that is."""
    from rich.text import Text

    line = Text("netraven: ", style="red").append(printable(stop.message), style="default")
    _room.err.print(line, soft_wrap=True)
    for name, said in _reasons(stop.details):
        _room.err.print(Text(f"  {name}: {printable(said)}"), soft_wrap=True)


def _reasons(details: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Each field that is wrong, with the names around it, and why."""
    for name, reasons in details.items() if isinstance(details, dict) else ():
        if isinstance(reasons, dict):
            yield from _reasons(reasons, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", "; ".join(map(str, reasons if isinstance(reasons, list) else [reasons]))


def note(text: str) -> None:
    """One line beside the answer, for people only."""
    from rich.text import Text

    _room.err.print(Text(printable(text), style="dim"), soft_wrap=True)
