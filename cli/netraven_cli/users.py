"""`netraven users …`: who may log in, and as what. Passwords are asked for or read, never an argument."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from netraven_cli import asking, changes, confirming, find, options, render

app = typer.Typer(no_args_is_help=True, help="Who may log in, and as what: list, add, change, disable.")

_LINE = "{username} ({role}): {id}"
_COLUMNS = ("username", "role", "enabled", "last_login", "id")
_ROLES = "admin, operator or viewer."
User = Annotated[str, typer.Argument(help="The id or user name.")]
PasswordFile = Annotated[Path | None, typer.Option(help="Read the password from this file.")]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


@app.command("list")
def list_users(
    url: options.Url,
    q: Annotated[str | None, typer.Option("--q", help="Part of the name.")] = None,
    role: Annotated[str | None, typer.Option(help=_ROLES)] = None,
    json: options.Json = False,
) -> None:
    """List users."""
    params = {name: value for name, value in {"q": q, "role": role}.items() if value is not None}
    rows = list(options.api(url).pages("/users", {"sort": "username", **params}))
    render.answer(rows, json, lambda: render.table(_COLUMNS, rows, None if rows else "no users"))


@app.command("add")
def add_user(
    url: options.Url,
    username: Annotated[str, typer.Argument(help="Unique, whatever the case.")],
    role: Annotated[str, typer.Option(help=_ROLES)] = "viewer",
    password_file: PasswordFile = None,
    password_stdin: PasswordStdin = False,
    json: options.Json = False,
) -> None:
    """Add a user; the password is asked for, or read.

    [dim]netraven users add ann --role operator[/dim]
    """
    password = asking.secret("password", "--password", password_file, password_stdin)
    body = {"username": username, "role": role, "password": password}
    changes.add(options.api(url), "/users", body, _LINE, json)


@app.command("change")
def change_user(
    url: options.Url,
    user: User,
    role: Annotated[str | None, typer.Option(help=_ROLES)] = None,
    enable: Annotated[bool, typer.Option("--enable", help="Let a disabled user in again.")] = False,
    new_password: Annotated[bool, typer.Option("--new-password", help="Ask for a new one.")] = False,
    password_file: PasswordFile = None,
    password_stdin: PasswordStdin = False,
    json: options.Json = False,
) -> None:
    """Change a user's role or password; what is not given stays. A new password ends the user's sessions."""
    body: dict[str, Any] = {"role": role} if role is not None else {}
    if enable:
        body["enabled"] = True
    if new_password or password_stdin or password_file is not None:
        body["password"] = asking.secret("password", "--password", password_file, password_stdin)
    changes.must_be(body)
    server = options.api(url)
    changes.change(server, f"/users/{find.user_id(server, user)}", body, _LINE, json)


@app.command("disable")
def disable_user(
    url: options.Url,
    user: User,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Let a user in no more, at once. The name stays in every history."""
    server = options.api(url)
    ident = find.user_id(server, user)
    if not yes:
        confirming.confirm(f"Disable {user}?")
    server.call("DELETE", f"/users/{ident}")
    render.note(f"Disabled {user}.")
