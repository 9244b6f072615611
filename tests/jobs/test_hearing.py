"""What a device says does not depend on the pieces in which it comes."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from netraven_jobs.driver import driver
from netraven_jobs.hearing import MOST_AT_ONCE, Hearing, Pieces

NOBODY: Any = None


def normal(platform: str) -> Callable[[str], str]:
    """How the driver of a platform makes line ends."""
    kind = driver(platform)
    assert kind is not None
    return kind(known=None, hear=lambda _: None, host="192.0.2.1", device_type=platform).normalize_linefeeds


def heard(platform: str, *pieces: bytes) -> str:
    """What is understood of these."""
    whole = Pieces(normal(platform))
    return "".join(whole.add(piece) for piece in pieces)


SAID = [
    b"one\r\ntwo\r\n\r\nthree# ",
    b"one\r\r\ntwo\r\r\n\rthree# ",
    b"one\n\rtwo\n\r\n\rthree# ",
    b"one\ntwo\n\nthree# ",
    b"one\r\n--More--\r        \rtwo\r\nthree# ",
    "Zürich €\r\n東京\r\n> ".encode(),
    b"a\x1b[24;1Hb\x1b[?25h\x1b[2Kname# ",
]


@pytest.mark.parametrize("platform", ["cisco_ios", "cisco_nxos", "cisco_asa", "juniper_junos"])
@pytest.mark.parametrize("said", SAID)
def test_every_cut_gives_the_same(platform: str, said: bytes) -> None:
    whole = normal(platform)(said.decode())
    for first, second in itertools.combinations(range(len(said) + 1), 2):
        assert heard(platform, said[:first], said[first:second], said[second:]) == whole
    assert heard(platform, *(bytes([octet]) for octet in said)) == whole


def test_an_escape_sequence_comes_in_one_piece() -> None:
    whole = Pieces(normal("hp_procurve"))
    assert [whole.add(piece) for piece in (b"a\x1b", b"[24;", b"1Hb")] == ["a", "", "\x1b[24;1Hb"]


def test_octets_that_are_no_utf_8_are_what_they_are_in_latin_1() -> None:
    assert heard("cisco_ios", b"location Z\xfc", b"rich, B\xe2t. 3\r\n") == "location Zürich, Bât. 3\n"


def test_whoever_never_ends_is_heard_a_part_at_a_time() -> None:
    hearing = Hearing(NOBODY, lambda: b"x" * 65_536, str)
    assert MOST_AT_ONCE <= len(hearing.read_channel()) < 2 * MOST_AT_ONCE


def test_an_end_is_told_after_what_was_said_before_it() -> None:
    said = iter([b"bye"])

    def read() -> bytes:
        for octets in said:
            return octets
        raise EOFError

    hearing = Hearing(NOBODY, read, str)
    assert hearing.read_channel() == "bye"
    with pytest.raises(EOFError):
        hearing.read_channel()


def test_a_long_row_of_carriage_returns_is_neither_kept_nor_weighed_for_long() -> None:
    whole = Pieces(normal("cisco_ios"))
    assert len(whole.add(b"\r" * 200_000 + b"x")) == 200_001
    assert sum(len(whole.add(b"\r" * 1000)) for _ in range(300)) > 290_000
