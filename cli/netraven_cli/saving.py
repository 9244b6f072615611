"""What the server streams, into a file or to standard output: whole or not at all. What it is, is not known
here.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from netraven_cli import render
from netraven_cli.exits import Exit, Stop


def save(pieces: Iterable[bytes], file: Path | None) -> None:
    """Write the pieces one after the other and say how much it was; `file` None for standard output.

    A file is replaced only by the whole of them: half of it must not pass for the whole, and what was there
    stays until there is something better. Raises Stop.
    """
    size = 0
    try:
        with _target(file) as target:
            for piece in pieces:
                size += target.write(piece)
            target.flush()
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise Stop(Exit.FAILED, f"cannot write {file}: {error.strerror}") from None
    render.note(f"Wrote {size} octets.")


@contextmanager
def _target(file: Path | None) -> Iterator[BinaryIO]:
    if file is None:
        yield sys.stdout.buffer
    elif file.exists() and not file.is_file():  # a pipe or a device: nothing to be replaced
        with file.open("wb") as target:
            yield target
    else:
        with _replacing(file.resolve()) as target:
            yield target


@contextmanager
def _replacing(file: Path) -> Iterator[BinaryIO]:
    """A file beside this one, which takes its place when all went well and is gone otherwise."""
    part = file.with_name(f".netraven-{os.getpid()}.part")
    try:
        with part.open("wb") as target:
            yield target
        if file.exists():
            shutil.copymode(file, part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
