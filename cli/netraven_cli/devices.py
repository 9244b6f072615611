"""`netraven devices …`: the table of its commands, each in its own room."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from netraven_cli.late import Place

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="The devices: list, show, add, change, undo, remove, import, export, ping, watch,\nhost-key.\n\n"
    "A device is named by its id, its address or its name.",
)
COMMANDS: Mapping[str, Place] = {
    "list": ("listing", "list_devices"),
    "show": ("listing", "show_device"),
    "watch": ("listing", "watch_devices"),
    "add": ("changing", "add_device"),
    "change": ("changing", "change_device"),
    "undo": ("undoing", "undo_change"),
    "remove": ("changing", "remove_device"),
    "import": ("importing", "import_devices"),
    "export": ("exporting", "export_devices"),
    "ping": ("reaching", "ping_device"),
    "host-key": ("host_keys", "host_key"),
}
