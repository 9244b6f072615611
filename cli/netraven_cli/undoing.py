"""`netraven devices undo`: a change taken back by another one, where nobody has changed it since."""

from __future__ import annotations

from typing import Annotated

import typer

from netraven_cli import changes, find, options
from netraven_cli.exits import Exit, Stop


def undo_change(
    url: options.Url,
    event: Annotated[str, typer.Argument(help="Its id, from: netraven history device NAME.")],
    json: options.Json = False,
) -> None:
    """Take back a change of a device. Ends with 5 when something has changed there since.

    [dim]netraven devices undo 65a1b2c3d4e5f60718293a4b.2[/dim]
    """
    device_id, dot, _ = event.partition(".")
    if not dot or not find.is_id(device_id):
        reason = "an event's id looks like 65a1b2c3d4e5f60718293a4b.2; netraven history device NAME has them"
        raise Stop(Exit.USAGE, reason)
    told = options.api(url).call("POST", f"/devices/{device_id}/undo", {"event": event.lower()})["data"]
    changes.tell(told, f"Took back {event}: {{name}} ({{ip_address}}) is at version {{version}}.", json)
