"""The `netraven` command put together: one table of its commands, each from its own room, and how each may
end.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

import typer

from netraven_cli import late, render
from netraven_cli.exits import MEANINGS, Exit, Stop

_RUN, _USE = "Run it", "Use it"
# Name -> its room, what of the room it is, under which heading the help has it.
COMMANDS: Mapping[str, tuple[str, str, str]] = {
    "up": ("up", "up", _RUN),
    "serve": ("serve", "serve", _RUN),
    "rebuild": ("rebuild", "rebuild", _RUN),
    "settings": ("settings", "settings", _RUN),
    "keys": ("keys", "app", _RUN),
    "login": ("login", "login", _USE),
    "logout": ("login", "logout", _USE),
    "status": ("status", "status", _USE),
    "devices": ("devices", "app", _USE),
    "tags": ("tags", "app", _USE),
    "credentials": ("credentials", "app", _USE),
    "jobs": ("jobs", "app", _USE),
    "schedules": ("schedules", "app", _USE),
    "backups": ("backups", "app", _USE),
    "webhooks": ("webhooks", "app", _USE),
    "logs": ("logs", "logs", _USE),
    "events": ("events", "events", _USE),
    "history": ("history", "app", _USE),
    "users": ("users", "app", _USE),
    "tokens": ("api_tokens", "app", _USE),
    "parked": ("parked", "app", _USE),
}


class Ending(late.LateGroup):
    """Turns whatever ends a command into one line and an exit status; never a traceback."""

    def __init__(self, **about: Any) -> None:
        super().__init__(**about)
        self.commands = late.Late(
            {
                name: partial(late.fetched, (room, part), name, panel)
                for name, (room, part, panel) in COMMANDS.items()
            }
        )

    def invoke(self, ctx: Any) -> Any:
        """Called by typer with the parsed command line."""
        try:
            return super().invoke(ctx)
        except Stop as stop:
            render.error(stop)
            raise typer.Exit(stop.exit) from None
        except (KeyboardInterrupt, typer.Abort) as ending:
            raise _interrupted(ending) from None
        except BrokenPipeError:
            # `netraven … | head` has read enough. Python would complain once more when it closes the pipe.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(Exit.OK) from None
        except typer.Exit:
            raise
        except Exception as error:
            _bug(error)
            raise typer.Exit(Exit.FAILED) from None


def _interrupted(ending: BaseException) -> BaseException:
    """What Ctrl-C ends with, after whatever the command has to say to it; also at a question, where typer
    makes the same of Ctrl-C and of the end of the input.
    """
    by_key = ending if isinstance(ending, KeyboardInterrupt) else ending.__context__
    if not isinstance(by_key, KeyboardInterrupt):
        return ending
    for told in by_key.args:
        render.note(str(told))
    return typer.Exit(Exit.INTERRUPTED)


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


def assemble() -> typer.Typer:
    """The command. Of its commands only those that are named are put together."""
    return typer.Typer(
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
        callback=_options,
    )


def _version(wanted: bool) -> None:
    if wanted:
        from importlib import metadata  # only here: no other command needs it

        print(f"netraven {metadata.version('netraven-cli')}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """What stands before any command. Its text is the application's own."""


def run() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that lacks a letter of some name shows a question mark in its place, not an error.
            stream.reconfigure(errors="replace")
    assemble()()
