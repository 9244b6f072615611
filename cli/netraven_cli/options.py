"""The options that many commands share, and the server that they mean. Nothing is asked for here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli.session import Sessions

if TYPE_CHECKING:
    from netraven_cli.client import Api

DEFAULT_PORT = "8080"


def this_machine() -> str:
    """Where the system of this machine answers: at NETRAVEN_PORT."""
    return f"http://127.0.0.1:{os.environ.get('NETRAVEN_PORT') or DEFAULT_PORT}"


Url = Annotated[
    str,
    typer.Option(
        "--url",
        envvar="NETRAVEN_URL",
        default_factory=this_machine,
        help="The server, for example https://raven.example.org.",
        show_default="this machine",
        rich_help_panel="Server and output",
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print JSON, for scripts.", rich_help_panel="Server and output")
]


def api(url: str) -> Api:
    """The server at `url`, as the user who logged in there, or with the API token in NETRAVEN_TOKEN."""
    # Only here, because whoever asks no server would wait for these modules too.
    from netraven_cli.client import Api

    return Api(url, Sessions(), os.environ.get("NETRAVEN_TOKEN") or None)
