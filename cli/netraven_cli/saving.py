"""What the server streams, into a file or to standard output: whole or not at all. What it is, is not known
here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path

from netraven_cli import render
from netraven_cli.exits import Exit, Stop


def save(pieces: Iterable[bytes], file: Path | None) -> None:
    """Write the pieces one after the other and say how much it was; `file` None for standard output.

    A file whose end did not come is removed: half of it must not pass for the whole. Raises Stop.
    """
    size = 0
    try:
        with file.open("wb") if file else nullcontext(sys.stdout.buffer) as target:
            for piece in pieces:
                size += target.write(piece)
            target.flush()
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise Stop(Exit.FAILED, f"cannot write {file}: {error.strerror}") from None
    except Stop:
        if file:
            file.unlink(missing_ok=True)
        raise
    render.note(f"Wrote {size} octets.")
