"""`netraven events`: who changed what, over all services, for admins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from netraven_cli import options, render
from netraven_cli.follow import follow

if TYPE_CHECKING:
    from netraven_cli.client import Api

_PANEL = "Which changes"
_LONGEST = 200


def events(
    url: options.Url,
    after: Annotated[
        str | None, typer.Option("--after", help="Go on after this cursor.", rich_help_panel=_PANEL)
    ] = None,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", help="Only such events: DeviceRegistered; repeat it.", rich_help_panel=_PANEL),
    ] = None,
    stream: Annotated[
        str | None,
        typer.Option("--thing", help="Only of device-ID, or of any device.", rich_help_panel=_PANEL),
    ] = None,
    service: Annotated[
        str | None, typer.Option("--service", help="Only of this service.", rich_help_panel=_PANEL)
    ] = None,
    beginning: Annotated[
        bool, typer.Option("--beginning", help="The first ones of all.", rich_help_panel=_PANEL)
    ] = False,
    size: Annotated[int, typer.Option(help="How many at most.", min=1, max=1000)] = 50,
    following: Annotated[
        bool, typer.Option("--follow", "-f", help="Show what is changed from now on, until Ctrl-C.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Show what was changed last, the newest last, or what came after a cursor; with --follow what is changed
    now.

    [dim]netraven events --service devices
    netraven events --follow --thing device[/dim]
    """
    given = {"types": ",".join(types or ()), "stream": stream, "service": service}
    wanted = {name: value for name, value in given.items() if value}
    server = options.api(url)
    if following:
        _follow(server, wanted, after or "", json)
    else:
        begin = {"after": after} if after else {} if beginning else {"latest": "true"}
        _show(server, {**wanted, **begin, "size": size}, json)


def _show(server: Api, asked: Mapping[str, Any], json: bool) -> None:
    answer = server.call("GET", "/events", params=asked)
    if json:
        render.as_json({name: answer[name] for name in ("data", "next", "more")})
        return
    for entry in answer["data"]:
        _print(entry)
    if answer["more"]:
        render.note(f"There is more: --after {answer['next']}")


def _follow(server: Api, wanted: Mapping[str, str], after: str, json: bool) -> None:
    # Who may not is told at once, and so is a value that cannot be.
    server.call("GET", "/events", params={**wanted, "size": 1})
    stream = follow(
        server, "/events/stream", wanted, after, lambda reason: render.note(f"{reason}; going on …")
    )
    for event in stream:
        if event.kind == "change":
            render.as_json_line(event.data) if json else _print(event.data)


def _print(entry: Mapping[str, Any]) -> None:
    for event in entry["events"]:
        made = (
            Text()
            .append(entry["at"], style="dim")
            .append(f" {entry['actor'].get('name', '-')}", style="cyan")
        )
        made.append(f" {event['type']}", style="bold").append(f" {entry['stream']}")
        told = ", ".join(
            f"{name} {value}" for name, value in event["data"].items() if value not in (None, "", [])
        )
        render.out.print(made.append(f" {render.printable(told)[:_LONGEST]}", style="dim"), soft_wrap=True)
