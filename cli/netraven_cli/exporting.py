"""`netraven devices export`: devices into a file that `import` takes back."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from netraven_cli import filters, options, render, rows
from netraven_cli.exits import Exit, Stop


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
) -> None:
    """Write devices into a file that `netraven devices import` takes back.

    [dim]netraven devices export --tag core core.csv[/dim]
    """
    kind = (file.suffix.lower().lstrip(".") if file else form.lower()) or "csv"
    if kind not in ("csv", "json"):
        raise Stop(Exit.USAGE, f"devices are written as csv or json, not as {kind}")
    chosen = filters.params(status, device_type, location, platform, tag, q, sort)
    found = options.api(url).pages("/devices", chosen)
    write = rows.write_csv if kind == "csv" else rows.write_json
    try:
        with file.open("w", encoding="utf-8", newline="") if file else nullcontext(sys.stdout) as target:
            count = write(found, target)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise Stop(Exit.FAILED, f"cannot write {file}: {error.strerror}") from None
    render.note(f"Wrote {count} devices.")
