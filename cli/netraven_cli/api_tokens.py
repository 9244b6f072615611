"""`netraven tokens …`: API tokens of one's own, for programs. A token is printed once and kept nowhere."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from netraven_cli import confirming, find, options, render

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="API tokens of your own, for programs: list, add, revoke.",
)

_COLUMNS = ("name", "read_only", "expires_at", "last_used", "created_at", "id")


@app.command("list")
def list_tokens(url: options.Url, json: options.Json = False) -> None:
    """List your API tokens; of their texts nothing is known any more."""
    rows = list(options.api(url).pages("/users/me/tokens", {"sort": "name"}))
    render.answer(rows, json, lambda: render.table(_COLUMNS, rows, None if rows else "no API tokens"))


@app.command("add")
def add_token(
    url: options.Url,
    name: Annotated[str, typer.Argument(help="What it is for.")],
    read_only: Annotated[
        bool, typer.Option("--read-only", help="It may only read, whatever you may.")
    ] = False,
    expires: Annotated[str | None, typer.Option(help="When it ends: 2027-01-01; else in a year.")] = None,
    json: options.Json = False,
) -> None:
    """Make an API token; it is printed this once. Whoever has it may do what you may, until it is revoked.

    [dim]netraven tokens add --read-only prometheus > /etc/prometheus/netraven.token
    NETRAVEN_TOKEN=$(netraven tokens add nightly) netraven jobs run backup --all[/dim]
    """
    body: dict[str, Any] = {"name": name, "read_only": read_only}
    body |= {"expires_at": expires} if expires else {}
    made = options.api(url).call("POST", "/users/me/tokens", body)["data"]
    if json:
        render.as_json(made)
    else:
        print(made["token"], flush=True)
        render.note(
            f"Made {made['name']} ({made['id']}), good until {made['expires_at']}; it is not shown again."
        )


@app.command("revoke")
def revoke_token(
    url: options.Url,
    token: Annotated[str, typer.Argument(help="Its id or name, not the token itself.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Make an API token worthless, at once."""
    server = options.api(url)
    ident = find.token_id(server, token)
    if not yes:
        confirming.confirm(f"Revoke the API token {token}?")
    server.call("DELETE", f"/users/me/tokens/{ident}")
    render.note(f"Revoked {token}.")
