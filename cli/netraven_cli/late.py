"""Commands that are put together when they are named and not before: to read a command's modules, and to make
its options, takes longer than most commands do. What the commands are is not known here.
"""

from __future__ import annotations

import copy
import importlib
from collections import UserDict
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command_from_info, get_group
from typer.models import CommandInfo

from netraven_cli import words

# Where a command is: its room, and what of the room it is.
Place = tuple[str, str]
Made = TyperCommand | TyperGroup


class Late(UserDict[str, Any]):
    """{name: a command}. What is put in are functions that make one; each is called when it is asked for."""

    def __getitem__(self, name: str) -> Made:
        known: Made | Callable[[], Made] = self.data[name]
        if not isinstance(known, Made):
            known = self.data[name] = known()
        return known


class LateCommand(TyperCommand):
    """A command that needs typer's ways of reading a word only for words that must be read."""

    def get_params(self, ctx: Any) -> Any:
        """Its options, of which typer adds some only now."""
        return words.sparing(super().get_params(ctx))


class LateGroup(TyperGroup):
    """A group that needs none of its commands to tell their names."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the table."""
        return list(self.commands)

    def get_params(self, ctx: Any) -> Any:
        """As those of a command."""
        return words.sparing(super().get_params(ctx))


def fetched(place: Place, name: str, panel: str | None = None) -> Made:
    """The command or the group at this place, under this name.

    A group has the commands that it registered, and those of its room's table COMMANDS: {name: place}.
    """
    room = importlib.import_module(f"netraven_cli.{place[0]}")
    found = getattr(room, place[1])
    if isinstance(found, typer.Typer):
        return _group(found, name, panel, getattr(room, "COMMANDS", {}))
    return _command(CommandInfo(name, callback=found, rich_help_panel=panel))


def _group(app: typer.Typer, name: str, panel: str | None, table: Mapping[str, Place]) -> TyperGroup:
    bare = copy.copy(app)
    bare.info = copy.copy(app.info)
    bare.info.cls, bare.registered_commands = LateGroup, []
    group = get_group(bare)
    group.name, group.rich_help_panel = name, panel
    own = {str(info.name): partial(_command, info) for info in app.registered_commands}
    group.commands = Late(own | {sub: partial(fetched, place, sub) for sub, place in table.items()})
    return group


def _command(info: CommandInfo) -> Made:
    ours = copy.copy(info)
    ours.cls = LateCommand
    made = get_command_from_info(ours, pretty_exceptions_short=True, rich_markup_mode="rich")
    return cast(LateCommand, made)
