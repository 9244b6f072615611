"""The `netraven` command put together: every command from its own room, and how each may end."""

from __future__ import annotations

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from netraven_cli import (
    backups,
    credentials,
    devices,
    events,
    history,
    jobs,
    keys,
    login,
    logs,
    rebuild,
    render,
    schedules,
    serve,
    settings,
    status,
    tags,
    up,
    users,
    webhooks,
)
from netraven_cli.exits import MEANINGS, Exit, Stop


class Ending(TyperGroup):
    """Turns whatever ends a command into one line and an exit status; never a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Called by typer with the parsed command line."""
        try:
            return super().invoke(ctx)
        except Stop as stop:
            render.error(stop)
            raise typer.Exit(stop.exit) from None
        except KeyboardInterrupt:
            raise typer.Exit(Exit.INTERRUPTED) from None
        except BrokenPipeError:
            # `netraven … | head` has read enough. Python would complain once more when it closes the pipe.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(Exit.OK) from None
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            _bug(error)
            raise typer.Exit(Exit.FAILED) from None


def _bug(error: Exception) -> None:
    if type(error).__module__.startswith(("click", "typer")):
        raise error
    if os.environ.get("NETRAVEN_DEBUG"):
        raise error
    kind = type(error).__name__
    render.error(Stop(Exit.FAILED, f"{kind}: {error} (NETRAVEN_DEBUG=1 shows where this comes from)"))


# typer joins lines and keeps paragraphs, so each line of the table is a paragraph.
_EXITS = "\n\n".join(
    ["Exit status:", *(f"{int(status):>4}  {meaning}" for status, meaning in MEANINGS.items())]
)

app = typer.Typer(
    cls=Ending,
    name="netraven",
    help=(
        "Look after a fleet of network devices.\n\n"
        "`netraven up` runs the whole system on this machine; the other commands talk to a running one. "
        "Begin with: netraven up, then netraven login, then netraven devices add --help."
    ),
    epilog=_EXITS,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

_RUN = "Run it"
_USE = "Use it"
app.command("up", rich_help_panel=_RUN)(up.up)
app.command("serve", rich_help_panel=_RUN)(serve.serve)
app.command("rebuild", rich_help_panel=_RUN)(rebuild.rebuild)
app.command("settings", rich_help_panel=_RUN)(settings.settings)
app.add_typer(keys.app, name="keys", rich_help_panel=_RUN)
app.command("login", rich_help_panel=_USE)(login.login)
app.command("logout", rich_help_panel=_USE)(login.logout)
app.command("status", rich_help_panel=_USE)(status.status)
app.add_typer(devices.app, name="devices", rich_help_panel=_USE)
app.add_typer(tags.app, name="tags", rich_help_panel=_USE)
app.add_typer(credentials.app, name="credentials", rich_help_panel=_USE)
app.add_typer(jobs.app, name="jobs", rich_help_panel=_USE)
app.add_typer(schedules.app, name="schedules", rich_help_panel=_USE)
app.add_typer(backups.app, name="backups", rich_help_panel=_USE)
app.add_typer(webhooks.app, name="webhooks", rich_help_panel=_USE)
app.command("logs", rich_help_panel=_USE)(logs.logs)
app.command("events", rich_help_panel=_USE)(events.events)
app.add_typer(history.app, name="history", rich_help_panel=_USE)
app.add_typer(users.app, name="users", rich_help_panel=_USE)
