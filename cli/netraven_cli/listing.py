"""`netraven devices list`, `show` and `watch`: looking, without touching."""

from __future__ import annotations

import time
from contextlib import nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli import filters, find, options, render
from netraven_cli.exits import Exit, Stop

if TYPE_CHECKING:
    from rich.table import Table

    from netraven_cli.client import Api

Params = dict[str, Any]
At = Annotated[str | None, typer.Option("--at", help="As it was then: 2026-01-02T03:04Z.")]


def list_devices(
    url: options.Url,
    status: filters.Status = None,
    device_type: filters.Type = None,
    location: filters.Location = None,
    platform: filters.Platform = None,
    tag: filters.Tag = None,
    q: filters.Q = None,
    sort: filters.Sort = "name",
    page: Annotated[int, typer.Option(help="Which page.", min=1)] = 1,
    size: Annotated[int, typer.Option(help="Devices on a page.", min=1, max=1000)] = 25,
    every: Annotated[bool, typer.Option("--all", help="All pages.")] = False,
    at: At = None,
    json: options.Json = False,
) -> None:
    """List devices, a page at a time or all of them.

    [dim]netraven devices list --status offline --tag core --sort location,name
    netraven devices list --all --json | jq -r '.[].ip_address'
    netraven devices list --at 2026-01-02T00:00Z --location Bern[/dim]
    """
    server = options.api(url)
    chosen = filters.params(status, device_type, location, platform, tag, q, sort) | _then(at)
    if every:
        rows = list(server.pages("/devices", chosen))
        caption = f"{len(rows)} devices"
    else:
        rows, caption = _page(server, chosen, page, size)
    render.answer(rows, json, lambda: render.table(render.DEVICE_COLUMNS, rows, caption))


def _page(server: Api, chosen: Params, page: int, size: int) -> tuple[list[dict[str, Any]], str]:
    answer = server.call("GET", "/devices", params={**chosen, "page": page, "size": size})
    pages = max(1, -(-answer["total"] // size))
    more = f"; page {page} of {pages} (--page, --all)" if pages > 1 else ""
    return answer["data"], f"{answer['total']} devices{more}"


def show_device(
    url: options.Url,
    device: Annotated[str, typer.Argument(help="Its id, address or name.")],
    at: At = None,
    json: options.Json = False,
) -> None:
    """Show everything about one device, now or then, also of one that was removed since."""
    server = options.api(url)
    told = server.get(f"/devices/{find.device_id(server, device, at)}", _then(at))
    render.answer(told, json, lambda: render.fields(told))


def _then(at: str | None) -> Params:
    return {"at": at} if at else {}


def watch_devices(
    url: options.Url,
    status: filters.Status = None,
    device_type: filters.Type = None,
    location: filters.Location = None,
    platform: filters.Platform = None,
    tag: filters.Tag = None,
    q: filters.Q = None,
    sort: filters.Sort = "status,name",
    size: Annotated[int, typer.Option(help="Devices shown.", min=1, max=1000)] = 40,
    interval: Annotated[float, typer.Option(help="Seconds between looks.", min=0.2)] = 2.0,
    count: Annotated[int, typer.Option(help="Looks until it ends; 0: until Ctrl-C.", min=0)] = 0,
) -> None:
    """Show devices and keep the table fresh until Ctrl-C, also when the server was away for a while.

    [dim]netraven devices watch --status offline[/dim]
    """
    from rich.live import Live  # only here: no other command of this room draws anew

    server = options.api(url)
    chosen = filters.params(status, device_type, location, platform, tag, q, sort)
    with Live(console=render.out, auto_refresh=False) if render.out.is_terminal else nullcontext() as live:
        looks, away = 0, False
        while count == 0 or looks < count:
            time.sleep(interval if looks else 0)
            try:
                shown, away = _look(server, chosen, size), False
            except Stop as stop:
                if stop.exit is not Exit.UNAVAILABLE or not looks:
                    raise
                if not away:
                    render.note(f"{stop.message} Looking on …")
                away = True
                continue
            # Into a pipe goes one table after the other; there is no screen to draw it on anew.
            live.update(shown, refresh=True) if live else render.out.print(shown)
            looks += 1


def _look(server: Api, chosen: Params, size: int) -> Table:
    rows, caption = _page(server, chosen, 1, size)
    now = datetime.now().astimezone().strftime("%H:%M:%S")
    return render.table(render.DEVICE_COLUMNS[:-1], rows, f"{now}  {caption.split(';')[0]}")
