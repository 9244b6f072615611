"""`netraven devices ping`: whether a device answers now."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from netraven_cli import find, options, render
from netraven_cli.exits import Exit


def ping_device(
    url: options.Url,
    device: Annotated[str, typer.Argument(help="Its id, address or name.")],
    json: options.Json = False,
) -> None:
    """Ping a device from the server, now. Exit status 0 when it answers, 1 when it does not.

    [dim]netraven devices ping core-1 || echo "core-1 is away"[/dim]
    """
    server = options.api(url)
    told = server.get(f"/devices/{find.device_id(server, device)}/status")
    ping, shown = told["ping"], told["device"]
    if json:
        render.as_json(told)
    else:
        line = Text(f"{shown['name']} ({shown['ip_address']}) is ")
        line.append(ping["status"], style=render.STYLES.get(ping["status"], ""))
        if ping["latency_ms"] is not None:
            line.append(f", {ping['latency_ms']:.1f} ms")
        render.out.print(line)
    if ping["status"] != "online":
        raise typer.Exit(Exit.FAILED)
