"""How differences and search results look: coloured on a terminal, plain in a pipe. Nothing is asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from rich.text import Text

from netraven_cli import render

# How a line of a diff begins, and its style; the first that fits.
STYLES: tuple[tuple[str, str], ...] = (
    ("+++", "bold"),
    ("---", "bold"),
    ("@@", "cyan"),
    ("+", "green"),
    ("-", "red"),
)
_SECRETS = " Secrets differ too, which are hidden here."


def show(difference: Mapping[str, Any]) -> None:
    """Print a diff, and for people how much it is."""
    if render.out.is_terminal:
        for line in difference["diff"].splitlines():
            render.out.print(coloured(line), soft_wrap=True)
    else:
        sys.stdout.write(difference["diff"])
    if difference["identical"]:
        render.note("Nothing differs.")
        return
    if not difference["hunks"]:
        render.note("Only secrets differ, which are hidden here; admins see them with --raw.")
        return
    cut = "; the text is cut, download both instead" if difference["truncated"] else ""
    told = f"{difference['added']} lines added, {difference['removed']} removed"
    render.note(
        f"{told} in {difference['hunks']} places{cut}.{_SECRETS if difference['secrets_changed'] else ''}"
    )


def coloured(line: str) -> Text:
    """A line of a diff as a terminal shows it; never a command to the terminal."""
    style = next((style for start, style in STYLES if line.startswith(start)), "")
    return Text(render.printable(line.expandtabs()), style=style)


def show_matches(matches: Iterable[Mapping[str, Any]]) -> None:
    """Print the lines that match, each as grep does: device:number:line, and the ones around with a dash."""
    for match in matches:
        name = match["device_name"] or match["device_id"]
        for line in match["lines"]:
            before = range(line["number"] - len(line["before"]), line["number"])
            for number, text in zip(before, line["before"], strict=True):
                _print(name, "-", number, text)
            _print(name, ":", line["number"], line["text"])
            for number, text in enumerate(line["after"], line["number"] + 1):
                _print(name, "-", number, text)
        if match["more"]:
            render.note(f"{name} has more of them.")


def _print(name: str, mark: str, number: int, text: str) -> None:
    shown = Text(render.printable(name), style="magenta" if mark == ":" else "dim")
    shown.append(f"{mark}{number}{mark}", style="dim")
    shown.append(render.printable(text.expandtabs()), style="" if mark == ":" else "dim")
    render.out.print(shown, soft_wrap=True)
