"""`netraven devices …` put together; each command stands in its own room."""

from __future__ import annotations

import typer

from netraven_cli import changing, exporting, host_keys, importing, listing, reaching, undoing

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="The devices: list, show, add, change, undo, remove, import, export, ping, watch,\nhost-key.\n\n"
    "A device is named by its id, its address or its name.",
)
app.command("list")(listing.list_devices)
app.command("show")(listing.show_device)
app.command("watch")(listing.watch_devices)
app.command("add")(changing.add_device)
app.command("change")(changing.change_device)
app.command("undo")(undoing.undo_change)
app.command("remove")(changing.remove_device)
app.command("import")(importing.import_devices)
app.command("export")(exporting.export_devices)
app.command("ping")(reaching.ping_device)
app.command("host-key")(host_keys.host_key)
