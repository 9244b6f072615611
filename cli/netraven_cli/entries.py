"""One entry of a log as a line for people. Nothing is asked for here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rich.text import Text

from netraven_cli import render

LEVEL_STYLES = {"debug": "dim", "info": "", "warning": "yellow", "error": "red", "critical": "bold red"}
_MARGIN = " " * (len("12:34:56.789 critical ") + 2)


def line(entry: Mapping[str, Any], device: str | None = None) -> Text:
    """Time, level, device and message; the further lines of one stand below its first. What a terminal would
    take for a command is taken out.
    """
    level = str(entry["level"])
    made = Text().append(_time(str(entry["timestamp"])), style="dim")
    made.append(f" {level:<8}", style=LEVEL_STYLES.get(level, ""))
    message = str(entry["message"])
    if device and not message.startswith(f"{device}:"):
        made.append(f" {render.printable(device)}", style="cyan")
    first, *more = render.printable(message).split("\n")
    return made.append("".join([f" {first}", *(f"\n{_MARGIN}{one}" for one in more)]))


def _time(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone().strftime("%H:%M:%S.%f")[:-3]
