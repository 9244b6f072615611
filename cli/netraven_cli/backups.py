"""`netraven backups …`: the configurations that were fetched, what changed in them, where something stands.

A backup is named by its id, or by its device: then the latest one is meant.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli import diffing, find, options, render
from netraven_cli.exits import Exit, Stop
from netraven_cli.saving import save

if TYPE_CHECKING:
    from netraven_cli.client import Api

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Fetched configurations: list, show, diff, search, stale, download.",
)

_COLUMNS = ("device_name", "taken_at", "changed", "lines", "size", "valid_since", "valid_until", "id")
_ASIDE_COLUMNS = ("device_name", "taken_at", "reason", "lines", "size", "id")
# Where a list comes from, its columns, what its rows are.
_KEPT = ("/backups", _COLUMNS, "backups")
_ASIDE = ("/backups/quarantine", _ASIDE_COLUMNS, "in quarantine")
_STALE_COLUMNS = ("device_name", "ip_address", "location", "last_backup_at", "hours", "device_id")

Backup = Annotated[str, typer.Argument(help="Its id; or a device by id, address or name: its latest one.")]
Device = Annotated[str | None, typer.Option("--device", help="By id, address or name.")]
Raw = Annotated[bool, typer.Option("--raw", help="With secrets; for admins, and recorded.")]


@app.command("list")
def list_backups(
    url: options.Url,
    device: Device = None,
    job: Annotated[str | None, typer.Option("--job", help="Fetched by this job.")] = None,
    changed: Annotated[bool, typer.Option("--changed", help="Only changes.")] = False,
    quarantined: Annotated[
        bool, typer.Option("--quarantined", help="Instead of them the answers that were not whole, and why.")
    ] = False,
    since: Annotated[
        str | None, typer.Option("--since", help="Taken then or later: 2026-01-02T03:04Z.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="Taken before then.")] = None,
    size: Annotated[int, typer.Option(help="How many of the latest.", min=1, max=1000)] = 25,
    json: options.Json = False,
) -> None:
    """List backups, the newest first.

    [dim]netraven backups list --device core-1 --changed
    netraven backups list --quarantined[/dim]
    """
    if quarantined and changed:
        raise Stop(Exit.USAGE, "--quarantined and --changed exclude each other")
    server = options.api(url)
    given = {
        "device_id": find.device_id(server, device) if device else None,
        "job_id": job,
        "changed": "true" if changed else None,
        "from": since,
        "to": until,
    }
    params = {name: value for name, value in given.items() if value is not None}
    path, columns, what = _ASIDE if quarantined else _KEPT
    answer = server.call("GET", path, params={**params, "size": size})
    render.answer(
        answer["data"], json, lambda: render.table(columns, answer["data"], f"{answer['total']} {what}")
    )


@app.command("show")
def show_backup(url: options.Url, backup: Backup, json: options.Json = False) -> None:
    """Show what is known of a backup."""
    server = options.api(url)
    told = server.get(f"/backups/{_id(server, backup)}")
    render.answer(told, json, lambda: render.fields(told))


@app.command("diff")
def diff_backups(
    url: options.Url,
    backup: Backup,
    against: Annotated[
        str | None, typer.Option("--against", help="Another backup; else the one before.")
    ] = None,
    context: Annotated[int, typer.Option("--context", "-U", help="Lines around a change.", min=0)] = 3,
    no_volatile: Annotated[
        bool, typer.Option("--no-volatile", help="Leave out lines that change by themselves.")
    ] = False,
    raw: Raw = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 1 when something differs, as diff does.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Show what changed: since the backup before, or since another one. A device means its latest change.

    [dim]netraven backups diff core-1
    netraven backups diff core-1 | patch -p0 running.cfg[/dim]
    """
    server = options.api(url)
    given = {"context": context, "volatile": "false" if no_volatile else "true"}
    given |= {"against": _id(server, against)} if against else {}
    given |= {"view": "raw"} if raw else {}
    told = server.get(f"/backups/{_id(server, backup, changed=True)}/diff", given)
    if json:
        render.as_json(told)
    else:
        diffing.show(told)
    if exit_code and not told["identical"]:
        raise typer.Exit(Exit.FAILED)


@app.command("search")
def search_backups(
    url: options.Url,
    q: Annotated[str, typer.Argument(help="Part of a line, or with --regex an expression.")],
    regex: Annotated[bool, typer.Option("--regex", "-E", help="It is a regular expression.")] = False,
    case: Annotated[bool, typer.Option("--case", help="The case of letters counts.")] = False,
    context: Annotated[
        int, typer.Option("--context", "-C", help="Lines around each one.", min=0, max=10)
    ] = 0,
    platform: Annotated[str | None, typer.Option(help="Only devices that run this.")] = None,
    location: Annotated[str | None, typer.Option(help="Only devices that stand there.")] = None,
    device: Device = None,
    most: Annotated[int, typer.Option("--most", help="So many lines are enough.", min=1)] = 1000,
    json: options.Json = False,
) -> None:
    """Find lines in the latest configuration of every device. Ends with 1 when there are none, as grep does.

    [dim]netraven backups search -E "^ ip helper-address 10\\.1\\." --location Bern[/dim]
    """
    server = options.api(url)
    given = {"q": q, "context": context, "platform": platform, "location": location}
    given |= {"regex": "true" if regex else None, "case": "true" if case else None}
    given |= {"device_id": find.device_id(server, device) if device else None}
    params = {name: value for name, value in given.items() if value}
    matches: list[dict[str, Any]] = []
    lines = 0
    for part in _searched(server, params):
        matches += part["matches"]
        lines += part["lines"]
        if not json:
            diffing.show_matches(part["matches"])
        if lines >= most:
            break
    if json:
        render.as_json(matches)
    if not matches:
        raise typer.Exit(Exit.FAILED)
    render.note(f"{lines} lines on {len(matches)} devices.")


@app.command("stale")
def stale_backups(
    url: options.Url,
    hours: Annotated[int, typer.Option("--hours", help="No good backup for so long.", min=1)] = 24,
    json: options.Json = False,
) -> None:
    """List devices without a recent good backup, those that never had one first; ends with 1 if there are
    any.
    """
    rows = list(options.api(url).pages("/backups/stale", {"hours": hours}))
    render.answer(rows, json, lambda: render.table(_STALE_COLUMNS, rows, f"{len(rows)} devices"))
    if rows:
        raise typer.Exit(Exit.FAILED)


@app.command("download")
def download_backup(
    url: options.Url,
    backup: Backup,
    file: Annotated[Path | None, typer.Argument(help="Into this file; without one: standard output.")] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="What the device had then: 2026-01-02T03:04Z.")
    ] = None,
    raw: Raw = False,
) -> None:
    """Write a configuration, its secrets replaced.

    [dim]netraven backups download core-1 --at 2026-01-02T03:04Z core-1.cfg[/dim]
    """
    server = options.api(url)
    ident = _id_at(server, backup, at) if at else _id(server, backup)
    save(server.pieces(f"/backups/{ident}/download", {"view": "raw"} if raw else {}), file)


def _searched(server: Api, params: dict[str, Any]) -> Any:
    after: dict[str, str] = {}
    while True:
        told = server.get("/backups/search", {**params, **after})
        yield told
        if told["next"] is None:
            return
        after = {"after": told["next"]}


def _id(server: Api, meant: str, changed: bool = False) -> str:
    """The id of the backup that is meant: itself, or the latest one (the latest change) of a device."""
    if find.is_id(meant) and _there(server, meant):
        return meant.lower()
    wanted = {"device_id": find.device_id(server, meant), **({"changed": "true"} if changed else {})}
    rows = server.call("GET", "/backups", params={**wanted, "size": 1})["data"]
    if not rows:
        raise Stop(Exit.NOT_FOUND, f"there is no backup of {meant}, and none with this id")
    return str(rows[0]["id"])


def _id_at(server: Api, meant: str, moment: str) -> str:
    return str(server.get(f"/devices/{find.device_id(server, meant)}/config", {"at": moment})["id"])


def _there(server: Api, ident: str) -> bool:
    try:
        server.get(f"/backups/{ident}")
    except Stop as stop:
        if stop.exit is Exit.NOT_FOUND:
            return False
        raise
    return True
