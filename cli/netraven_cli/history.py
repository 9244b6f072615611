"""`netraven history …`: who changed what, when, from what to what."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from netraven_cli import find, options, render
from netraven_cli.client import Api

app = typer.Typer(no_args_is_help=True, help="Who changed what, when, from what to what.")

_NAMED = 10  # of a list in one cell
_COLUMNS = ("at", "by", "event", "changes", "request_id")
Page = Annotated[int, typer.Option(help="Which page, from 1; the newest come first.", min=1)]
Size = Annotated[int, typer.Option(help="Entries on a page.", min=1, max=1000)]


@app.command("device")
def of_device(
    url: options.Url,
    device: Annotated[str, typer.Argument(help="Its id, address or name.")],
    page: Page = 1,
    size: Size = 25,
    json: options.Json = False,
) -> None:
    """What happened to a device; of one that is removed by its id."""
    server = options.api(url)
    _show(server, f"/devices/{find.device_id(server, device)}", page, size, json)


@app.command("tag")
def of_tag(
    url: options.Url,
    tag: Annotated[str, typer.Argument(help="Its id or name.")],
    page: Page = 1,
    size: Size = 25,
    json: options.Json = False,
) -> None:
    """What happened to a tag; to one that is deleted by its id."""
    server = options.api(url)
    _show(server, f"/tags/{find.tag_id(server, tag)}", page, size, json)


@app.command("credential")
def of_credential(
    url: options.Url,
    credential: Annotated[str, typer.Argument(help="Its id or name.")],
    page: Page = 1,
    size: Size = 25,
    json: options.Json = False,
) -> None:
    """What happened to a credential; its secrets are in no history."""
    server = options.api(url)
    _show(server, f"/credentials/{find.credential_id(server, credential)}", page, size, json)


@app.command("users")
def of_user(
    url: options.Url,
    user: Annotated[str, typer.Argument(help="The id or user name.")],
    page: Page = 1,
    size: Size = 25,
    json: options.Json = False,
) -> None:
    """What happened to a user; for administrators."""
    server = options.api(url)
    _show(server, f"/users/{find.user_id(server, user)}", page, size, json)


app.command("user", hidden=True)(of_user)


def _show(server: Api, path: str, page: int, size: int, json: bool) -> None:
    answer = server.call("GET", f"{path}/history", params={"page": page, "size": size})
    if json:
        render.as_json(answer["data"])
        return
    caption = f"{answer['total']} entries, page {page} of {max(1, -(-answer['total'] // size))}"
    render.out.print(render.table(_COLUMNS, map(_row, answer["data"]), caption))


def _row(entry: dict[str, Any]) -> dict[str, Any]:
    changes = [f"{one['field']}: {_said(one['from'])} → {_said(one['to'])}" for one in entry["changes"]]
    return {**entry, "by": entry["actor"]["name"], "changes": "\n".join(changes)}


def _said(value: Any) -> str:
    if value is None or value in ("", []):
        return "-"
    if not isinstance(value, list):
        return str(value)
    named = [str(one.get("name", one)) if isinstance(one, dict) else str(one) for one in value]
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return ", ".join(named[:_NAMED]) + more
