"""`netraven login` and `logout`. A password is asked for or read from standard input, never an argument."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from netraven_cli import options, render
from netraven_cli.addresses import is_plain
from netraven_cli.exits import ApiError, Exit, Stop


def login(
    url: options.Url,
    username: Annotated[str, typer.Option("--username", "-u", help="Who you are.")] = "admin",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input, for scripts.")
    ] = False,
) -> None:
    """Log in to a server. The tokens are kept in a file that only you can read.

    [dim]netraven login -u ann
    pass show raven | netraven login -u ann --password-stdin --url https://raven.example.org[/dim]
    """
    server = options.api(url)
    if is_plain(server.url):
        render.note(f"{server.url} is not encrypted: whoever is on the way can read your password.")
    server.tokens.log_in(username, _password(username, password_stdin))
    render.note(f"Logged in to {server.url} as {username}.")


def _password(username: str, from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        password = typer.prompt(f"Password of {username}", hide_input=True, err=True)
    else:
        raise Stop(Exit.USAGE, "there is no terminal to ask for the password: use --password-stdin")
    if not password:
        raise Stop(Exit.USAGE, "the password is empty")
    return password


def logout(url: options.Url) -> None:
    """Log out: the tokens are worthless afterwards, here and at the server."""
    server = options.api(url)
    try:
        was_in = server.tokens.log_out()
    except ApiError as error:
        if error.exit is not Exit.LOGIN:
            raise
        was_in = True
    render.note(f"Logged out of {server.url}." if was_in else f"You were not logged in to {server.url}.")
