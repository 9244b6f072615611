"""`netraven settings`: the table of all settings with what is in force here."""

from __future__ import annotations

import os
from typing import Any

from rich.table import Table
from rich.text import Text

from netraven_chassis.presence import NoSystem, require
from netraven_chassis.setting import SettingsError
from netraven_chassis.settings import SETTINGS, Settings, load, misspelt
from netraven_cli import render
from netraven_cli.exits import Exit, Stop
from netraven_cli.options import Json


def settings(json: Json = False) -> None:
    """Show every setting: its variable, its value here, its default and what it does.

    Settings come from the environment. Values that differ from the default are bold; a bad value is an error.
    """
    rows = [_row(load_or_stop(), one) for one in SETTINGS]
    if json:
        render.as_json(rows)
        return
    render.out.print(_table(rows))
    for wrong, right in misspelt(os.environ).items():
        render.note(f"{wrong} is not a setting; did you mean {right}?")


def load_or_stop() -> Settings:
    """The settings of this environment; Stop that names everything that is wrong with them."""
    try:
        return load(os.environ)
    except SettingsError as error:
        details = {found.env: [f"{found.value}: {found.reason}. {found.fix}"] for found in error.problems}
        raise Stop(Exit.USAGE, "these settings cannot be:", details) from None


def system_or_stop(wish: str) -> Settings:
    """The settings, when there is a system where they say, on which `wish` can be done; Stop otherwise."""
    try:
        return require(load_or_stop(), wish)
    except NoSystem as error:
        raise Stop(Exit.USAGE, str(error)) from None


def _row(loaded: Settings, one: Any) -> dict[str, Any]:
    return {
        "variable": one.env,
        "value": one.show(getattr(loaded, one.name)),
        "default": one.show(one.read("")),
        "unit": one.unit,
        "description": one.description,
    }


def _table(rows: list[dict[str, Any]]) -> Table:
    made = Table(box=None, header_style="bold", pad_edge=False)
    made.add_column("Variable", no_wrap=True)
    made.add_column("Value", overflow="fold")
    made.add_column("What it does", overflow="fold")
    for row in rows:
        value = Text(f"{row['value']} {row['unit']}".strip() or "-")
        value.stylize("bold" if row["value"] != row["default"] else "dim")
        made.add_row(row["variable"], value, row["description"])
    return made
