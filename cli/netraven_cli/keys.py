"""`netraven keys …`: the key that opens device secrets. No secret is opened here, and no service is asked;
what rotates keys is the chassis's.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from netraven_cli import render
from netraven_cli.exits import Exit, Stop
from netraven_cli.serve import become
from netraven_cli.settings import load_or_stop, system_or_stop

app = typer.Typer(
    no_args_is_help=True, help="The key that opens device secrets: make one, show its public half, rotate."
)

File = Annotated[Path | None, typer.Option("--to", help="Write it into this new file, for its owner alone.")]


@app.command("make")
def make(to: File = None) -> None:
    """Make a new private key. Workers need it; whoever has it can read every device secret.

    [dim]netraven keys make --to secret-key.json
    NETRAVEN_SECRET_KEY_FILE=secret-key.json netraven keys public --to public-key.json[/dim]
    """
    from netraven_chassis import sealing

    _give(sealing.make().document(), to)


@app.command("public")
def public(to: File = None) -> None:
    """Show the public half of the key that is set here, for NETRAVEN_PUBLIC_KEY_FILE elsewhere."""
    from netraven_chassis import sealing

    _give(dict(sealing.public_key(load_or_stop()).document), to)


@app.command("rotate")
def rotate(
    public: Annotated[
        Path | None, typer.Option("--public", help="Write the new public half there, for services that seal.")
    ] = None,
) -> None:
    """Put a new key in the old one's place: everything is sealed anew, and the old key opens nothing.

    Run it where the key file lies, with the databases of the settings (MONGODB_URI, else the private one of
    the data folder), while the system runs or while it does not: services that read the same file take the
    new key by themselves. Broken off, it goes on when it is run again. A key in NETRAVEN_SECRET_KEY is first
    set to {"keys": [new, old]} everywhere, and to the new one alone afterwards.
    """
    system_or_stop("seal anything anew")
    become("rotate", *(("--public", str(public)) if public else ()))


def _give(document: dict[str, object], to: Path | None) -> None:
    if to is None:
        render.as_json(document)
        return
    try:
        with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(document, file)
    except OSError as error:
        raise Stop(Exit.FAILED, f"cannot write {to}: {error.strerror}") from None
    render.note(f"Written to {to}.")
