"""What is streamed into a file is there whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netraven_cli.exits import Exit, Stop
from netraven_cli.saving import save


def broken_off() -> Iterator[bytes]:
    yield b"half"
    raise Stop(Exit.UNAVAILABLE, "the server went away")


def test_all_pieces_are_in_the_file(tmp_path: Path) -> None:
    save([b"one\n", b"two\n"], tmp_path / "whole")
    assert (tmp_path / "whole").read_bytes() == b"one\ntwo\n"


def test_half_of_it_does_not_stay(tmp_path: Path) -> None:
    with pytest.raises(Stop) as told:
        save(broken_off(), tmp_path / "half")
    assert told.value.exit is Exit.UNAVAILABLE
    assert not (tmp_path / "half").exists()


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(Stop) as told:
        save([b"one"], tmp_path)
    assert told.value.exit is Exit.FAILED and str(tmp_path) in told.value.message
