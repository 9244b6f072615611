"""`netraven devices export`: devices into a file that `import` takes back, as the server streams them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netraven_cli import filters, options
from netraven_cli.exits import Exit, Stop
from netraven_cli.saving import save


def export_devices(
    url: options.Url,
    file: Annotated[
        Path | None, typer.Argument(help="A .csv or .json file; without one: standard output.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="csv or json, for standard output.")] = "csv",
    status: filters.Status = None,
    device_type: filters.Type = None,
    location: filters.Location = None,
    platform: filters.Platform = None,
    tag: filters.Tag = None,
    q: filters.Q = None,
    sort: filters.Sort = "name",
    at: Annotated[str | None, typer.Option("--at", help="The fleet as it was: 2026-01-02T03:04Z.")] = None,
) -> None:
    """Write devices into a file that `netraven devices import` takes back.

    [dim]netraven devices export --tag core core.csv
    netraven devices export --at 2026-01-02T00:00Z --format json | jq length[/dim]
    """
    kind = (file.suffix.lower().lstrip(".") if file else form.lower()) or "csv"
    if kind not in ("csv", "json"):
        raise Stop(Exit.USAGE, f"devices are written as csv or json, not as {kind}")
    chosen = filters.params(status, device_type, location, platform, tag, q, sort)
    asked = {**chosen, "format": kind, **({"at": at} if at else {})}
    save(options.api(url).pieces("/devices/export", asked), file)
