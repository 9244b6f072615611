"""Pagers: what each asks, what it blots that out with, and that nothing of the configuration goes with it."""

from __future__ import annotations

import pytest

from netraven_jobs import paging
from netraven_jobs.driver import driver
from netraven_jobs.hearing import Pieces

BLANKS = " " * 42
STRIPPED = ("cisco_nxos", "huawei", "hp_procurve")  # of escape sequences, by their drivers
PAGERS = {
    "cisco_ios": (b" --More-- ", b"\b" * 9 + b" " * 8 + b"\b" * 9),
    "cisco_nxos": (b"\x1b[7m--More--\x1b[27m", b"\r\x1b[K"),
    "cisco_asa": (b"<--- More --->", b"\r" + b" " * 14 + b"\r"),
    "juniper_junos": (b"---(more 42%)---", b"\r" + b" " * 40 + b"\r"),
    "huawei": (b"  ---- More ----", f"\x1b[42D{BLANKS}\x1b[42D".encode()),
    "hp_comware": (b"---- More ----", b"\x1b[16D" + b" " * 16 + b"\x1b[16D"),
    "hp_procurve": (
        b"-- MORE --, next page: Space, next line: Enter, quit: Control-C",
        b"\r" + b" " * 63 + b"\r",
    ),
    "fortinet": (b"--More-- ", b"\r         \r"),
    "extreme_exos": (b"Press <SPACE> to continue or <Q> to quit:", b"\r" + b" " * 41 + b"\r"),
}
ABOVE, BELOW = "interface 1\n description Uplink\n", "  no shutdown\n!\n\nend\n"


@pytest.mark.parametrize("platform", PAGERS)
@pytest.mark.parametrize("piece", [1, 5, 1000])
def test_a_pager_leaves_nothing_behind_and_takes_nothing_with_it(platform: str, piece: int) -> None:
    question, blot = PAGERS[platform]
    kind = driver(platform)
    assert kind is not None
    one = kind(known=None, hear=lambda _: None, host="192.0.2.1", device_type=platform)
    whole, heard = Pieces(one.normalize_linefeeds), []
    below = blot + BELOW.replace("\n", "\r\n").encode()
    for said in (ABOVE.replace("\n", "\r\n").encode() + question, below):
        for at in range(0, len(said), piece):
            text = whole.add(said[at : at + piece])
            heard.append(one.strip_ansi_escape_codes(text) if platform in STRIPPED else text)
        if said is not below:
            assert paging.asks("".join(heard))
    assert paging.unpaged("".join(heard)) == ABOVE + BELOW


def test_what_is_no_pager_asks_nothing() -> None:
    assert not paging.asks("hostname more\nsw1#")


def test_a_long_row_of_blanks_takes_no_time() -> None:
    """Each blank is no beginning of its own: at a second for each thousand this would never end."""
    said = "banner " + " " * 2_000_000 + "\n --More-- \r        \rend"
    assert paging.unpaged(said.replace("\r", "\n")) == "banner " + " " * 2_000_000 + "\nend"
