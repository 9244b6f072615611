"""The options by which devices are chosen, for every command that takes several."""

from __future__ import annotations

from typing import Annotated, Any

import typer

_PANEL = "Which devices"

Status = Annotated[
    str | None, typer.Option("--status", help="online, offline or unknown.", rich_help_panel=_PANEL)
]
Type = Annotated[
    str | None, typer.Option("--type", help="router, switch, server or other.", rich_help_panel=_PANEL)
]
Location = Annotated[str | None, typer.Option("--location", help="Exactly there.", rich_help_panel=_PANEL)]
Platform = Annotated[
    str | None, typer.Option("--platform", help="Such as cisco_ios.", rich_help_panel=_PANEL)
]
Tag = Annotated[
    list[str] | None,
    typer.Option("--tag", help="With this tag; repeat it: all must match.", rich_help_panel=_PANEL),
]
Q = Annotated[
    str | None,
    typer.Option("--q", help="Part of the name, address, serial or location.", rich_help_panel=_PANEL),
]
Sort = Annotated[
    str,
    typer.Option("--sort", help="Keys with commas; - turns one round: -last_ping", rich_help_panel=_PANEL),
]


def params(
    status: str | None,
    device_type: str | None,
    location: str | None,
    platform: str | None,
    tag: list[str] | None,
    q: str | None,
    sort: str,
) -> dict[str, Any]:
    """The query parameters for what was given."""
    given = {
        "status": status,
        "device_type": device_type,
        "location": location,
        "platform": platform,
        "tag": tag,
        "q": q,
        "sort": sort,
    }
    return {name: value for name, value in given.items() if value}
