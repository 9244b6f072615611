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
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "ending", [Stop(Exit.UNAVAILABLE, "it is away"), KeyboardInterrupt(), OSError(28, "full")]
)
def test_what_was_there_stays_when_nothing_whole_comes(tmp_path: Path, ending: BaseException) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise ending

    file = tmp_path / "yesterday.csv"
    file.write_bytes(b"all of it")
    with pytest.raises((Stop, KeyboardInterrupt)):
        save(pieces(), file)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"all of it"]


def test_a_link_goes_on_to_name_the_file_and_the_file_keeps_its_mode(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.touch(0o600)
    link.symlink_to(file)
    save([b"new"], link)
    assert link.is_symlink() and file.read_bytes() == b"new" and file.stat().st_mode & 0o777 == 0o600


def test_what_is_no_file_is_written_to_as_it_is(tmp_path: Path) -> None:
    save([b"one"], Path("/dev/null"))
    assert Path("/dev/null").is_char_device()


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(Stop) as told:
        save([b"one"], tmp_path)
    assert told.value.exit is Exit.FAILED and str(tmp_path) in told.value.message
