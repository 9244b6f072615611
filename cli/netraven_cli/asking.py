"""Where secrets come from: a file, standard input, or the terminal without an echo. Never from an argument,
which every process of the machine could read. Nothing is kept.
"""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from netraven_cli.exits import Exit, Stop


def secret(what: str, option: str, file: Path | None, from_stdin: bool) -> str:
    """The secret: from `file`, else from standard input, else asked for twice. A last line's end is not part
    of it.

    Parameters: `what`, for people; `option`, what the options begin with, such as --secret. Stop without any.
    """
    if file is not None and from_stdin:
        raise Stop(Exit.USAGE, f"give {option}-file or {option}-stdin, not both")
    if file is not None:
        found = _read(file)
    elif from_stdin:
        found = _trimmed(sys.stdin.read())
    elif sys.stdin.isatty():
        found = typer.prompt(what, hide_input=True, confirmation_prompt=True, err=True)
    else:
        raise Stop(
            Exit.USAGE, f"there is no terminal to ask for the {what}: use {option}-file or {option}-stdin"
        )
    if not found:
        raise Stop(Exit.USAGE, f"the {what} is empty")
    return found


def more(what: str, ask: bool, option: str, file: Path | None) -> str | None:
    """A second secret beside the first one, from a file or asked for; None when neither is wanted."""
    return secret(what, option, file, False) if ask or file is not None else None


def _read(file: Path) -> str:
    try:
        return _trimmed(file.read_text())
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise Stop(Exit.USAGE, f"cannot read {file}: {reason}") from None


def _trimmed(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")
