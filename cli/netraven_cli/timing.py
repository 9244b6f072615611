"""When a job shall run, from the words of a command line to the API's form. No clock and no server."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from netraven_cli.exits import Exit, Stop

_PANEL = "When; at once without one of these"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

Every = Annotated[str | None, typer.Option(help="Again and again: 90s, 30m, 6h, 1d.", rich_help_panel=_PANEL)]
Cron = Annotated[
    str | None, typer.Option(help='Minute hour day month weekday: "0 3 * * *".', rich_help_panel=_PANEL)
]
Timezone = Annotated[
    str | None, typer.Option(help="Of --cron, such as Europe/Zurich; else UTC.", rich_help_panel=_PANEL)
]
At = Annotated[
    str | None, typer.Option(help="Once: 2026-01-02T03:04, here or with a zone.", rich_help_panel=_PANEL)
]
Options = Annotated[
    list[str] | None, typer.Option("--option", metavar="NAME=VALUE", help="For the job type; repeat it.")
]


def timing(
    every: str | None, cron: str | None, timezone: str | None, at: str | None
) -> dict[str, Any] | None:
    """The API's `schedule`, None when nothing is given. Stop for what cannot be."""
    given = [name for name, value in (("--every", every), ("--cron", cron), ("--at", at)) if value]
    if len(given) > 1:
        raise Stop(Exit.USAGE, f"{' and '.join(given)} exclude each other")
    if timezone and not cron:
        raise Stop(Exit.USAGE, "--timezone goes with --cron")
    if every:
        return {"every": _seconds(every)}
    if cron:
        return {"cron": cron, **({"timezone": timezone} if timezone else {})}
    return {"at": _moment(at)} if at else None


def _seconds(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,9})([smhd]?)", text.strip().lower())
    if match is None:
        raise Stop(Exit.USAGE, "--every takes a number of seconds, or 90s, 30m, 6h, 1d")
    return int(match[1]) * _UNITS[match[2] or "s"]


def _moment(text: str) -> str:
    try:
        return datetime.fromisoformat(text).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        raise Stop(Exit.USAGE, "--at takes a time such as 2026-01-02T03:04 or 2026-01-02T03:04Z") from None


def options_of(given: Sequence[str] | None) -> dict[str, Any]:
    """{name: value} of NAME=VALUE words; a value that is JSON counts as such. Stop for a word without =."""
    made = {}
    for word in given or ():
        name, found, value = word.partition("=")
        if not found or not name.strip():
            raise Stop(Exit.USAGE, f"--option {word}: write NAME=VALUE")
        made[name.strip()] = _value(value)
    return made


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def told(schedule: dict[str, Any] | None) -> str:
    """A schedule in a few words."""
    if not schedule:
        return "-"
    if every := schedule.get("every"):
        unit, length = next((u, n) for u, n in reversed(_UNITS.items()) if every % n == 0)
        return f"every {every // length} {unit}"
    if cron := schedule.get("cron"):
        return f"{cron} ({schedule.get('timezone') or 'UTC'})"
    return f"at {schedule.get('at')}"
