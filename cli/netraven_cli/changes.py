"""How commands that add or change one thing begin and end, whatever it is. What is said of it comes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from netraven_cli import render
from netraven_cli.exits import Exit, Stop

if TYPE_CHECKING:
    from netraven_cli.client import Api


def must_be(wanted: Any) -> None:
    """Go on only when there is anything to change. Stop otherwise."""
    if not wanted:
        raise Stop(Exit.USAGE, "nothing to change: give at least one of the options (--help lists them)")


def change(server: Api, path: str, body: Mapping[str, Any], line: str, json: bool) -> None:
    """Change the thing at `path`, and tell it."""
    tell(server.call("PATCH", path, body)["data"], f"Changed {line}", json)


def add(server: Api, path: str, body: Mapping[str, Any], line: str, json: bool) -> None:
    """Add a thing to those at `path`, and tell it."""
    tell(server.call("POST", path, body)["data"], f"Added {line}", json)


def tell(thing: Mapping[str, Any], line: str, json: bool) -> None:
    """A thing that was added or changed: as it is for scripts, for people a line with its fields in it."""
    if json:
        render.as_json(thing)
    else:
        render.note(line.format_map(thing))
