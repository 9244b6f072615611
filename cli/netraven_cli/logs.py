"""`netraven logs`: the latest log entries, or the log as it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli import entries, find, options, render
from netraven_cli.exits import Exit, Stop
from netraven_cli.follow import END, follow

if TYPE_CHECKING:
    from netraven_cli.client import Api

_PANEL = "Which entries"


def logs(
    url: options.Url,
    job: Annotated[
        str | None, typer.Option("--job", help="Of one job, by its id.", rich_help_panel=_PANEL)
    ] = None,
    device: Annotated[
        str | None, typer.Option("--device", help="By id, address or name.", rich_help_panel=_PANEL)
    ] = None,
    level: Annotated[
        str | None,
        typer.Option("--level", help="debug, info, warning, error or critical.", rich_help_panel=_PANEL),
    ] = None,
    log_type: Annotated[
        str | None, typer.Option("--type", help="job, connection, session or system.", rich_help_panel=_PANEL)
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="Who says it.", rich_help_panel=_PANEL)
    ] = None,
    q: Annotated[
        str | None, typer.Option("--q", help="Words that are all in the message.", rich_help_panel=_PANEL)
    ] = None,
    size: Annotated[int, typer.Option(help="How many of the latest.", min=1, max=1000)] = 50,
    following: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what is said from now on, until Ctrl-C.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Show the latest log entries, the newest last; with --follow the log as it is written.

    With --job, --follow shows the job's log from its beginning to its end.

    [dim]netraven logs --follow --level error[/dim]
    """
    if following and q:
        raise Stop(Exit.USAGE, "--q searches what is there: leave out --follow")
    server = options.api(url)
    given = {
        "job_id": job,
        "device_id": find.device_id(server, device) if device else None,
        "level": level,
        "log_type": log_type,
        "source": source,
    }
    wanted = {name: value for name, value in given.items() if value}
    if following:
        _follow(server, wanted, json)
    else:
        rows = server.get("/logs", {**wanted, **({"q": q} if q else {}), "size": size})
        _show(rows[::-1], json)


def _show(rows: list[dict[str, Any]], json: bool) -> None:
    if json:
        render.as_json(rows)
        return
    for row in rows:
        _line(row)


def _follow(server: Api, wanted: Mapping[str, str], json: bool) -> None:
    # Refused values are told at once, not passed over in silence for as long as it takes.
    server.get("/logs", {**wanted, "size": 1})
    asked = {"job_id": wanted["job_id"]} if "job_id" in wanted else {}
    for event in follow(server, "/logs/stream", asked, on_break=_on_break):
        if event.kind == "trimmed":
            render.note(f"{event.data['count']} older entries are no longer kept")
        elif event.kind == "log" and all(event.data.get(name) == value for name, value in wanted.items()):
            render.as_json_line(event.data) if json else _line(event.data)
        elif event.kind == END:
            return


def _line(entry: Mapping[str, Any]) -> None:
    render.out.print(entries.line(entry), soft_wrap=True)


def _on_break(reason: str) -> None:
    render.note(f"{reason}; going on …")
