"""A yes before something is lost. Without a terminal nobody can give one."""

from __future__ import annotations

import sys

import typer

from netraven_cli.exits import Exit, Stop


def confirm(question: str) -> None:
    """Go on only after a yes. Stop otherwise."""
    if not sys.stdin.isatty():
        raise Stop(Exit.USAGE, "there is no terminal to ask for a yes: use --yes")
    if not typer.confirm(question, err=True):
        raise Stop(Exit.FAILED, "nothing was removed")
