"""`netraven serve`: becomes the chassis's runner, which must be first to import anything."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer


def serve(
    services: Annotated[
        list[str], typer.Argument(metavar="SERVICE…", help="devices, monitor, jobs, worker, auth, gateway")
    ],
) -> None:
    """Run single services in this process, for a system that is spread over several.

    Needs AMQP_URI and MONGODB_URI so that they find each other; `netraven settings` shows all settings.
    SIGTERM or Ctrl-C lets work in hand finish and ends the process. The more `worker`s there are, the more
    devices are worked on at once; only they need the private key, NETRAVEN_SECRET_KEY_FILE.

    [dim]AMQP_URI=amqp://… MONGODB_URI=mongodb://… netraven serve devices monitor
    AMQP_URI=amqp://… MONGODB_URI=mongodb://… NETRAVEN_SECRET_KEY_FILE=… netraven serve worker[/dim]
    """
    become("serve", *services)


def become(*arguments: str) -> None:
    """Replace this process by `python -m netraven_chassis …`."""
    sys.stdout.flush()
    sys.stderr.flush()
    command = [sys.executable, "-m", "netraven_chassis", *arguments]
    os.execv(sys.executable, command)  # noqa: S606 - there is no shell, and none is wanted
