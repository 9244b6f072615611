"""Whom jobs are for, from the words of a command line to the API's form: one way of saying it, not two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli import find
from netraven_cli.exits import Exit, Stop

if TYPE_CHECKING:
    from netraven_cli.client import Api

Devices = Annotated[
    list[str] | None, typer.Option("--device", help="By id, address or name; repeat it for several.")
]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="All devices with it; repeat it.")]
All = Annotated[bool, typer.Option("--all", help="All devices.")]


def target(
    server: Api, devices: list[str] | None, tags: list[str] | None, every: bool, needed: bool = True
) -> dict[str, Any]:
    """The fields of a body that say it; none when nothing is given that is not `needed`. Stop for what cannot
    be.
    """
    given = [name for name, value in (("--device", devices), ("--tag", tags), ("--all", every)) if value]
    if len(given) > 1:
        raise Stop(Exit.USAGE, f"{' and '.join(given)} exclude each other")
    if needed and not given:
        raise Stop(Exit.USAGE, "say which: --device, --tag or --all")
    if devices:
        return {"devices": [find.device_id(server, one) for one in devices]}
    return {"tags": tags} if tags else {"all": True} if every else {}
