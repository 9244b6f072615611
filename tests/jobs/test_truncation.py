"""What speaks against a configuration's being whole."""

from __future__ import annotations

from pathlib import Path

import pytest

import lab
from netraven_jobs.platforms import PLATFORMS
from netraven_jobs.truncation import check

_CONFIGURATIONS = Path(lab.__file__).parent / "configurations"
_MARKED = [name for name, row in PLATFORMS.items() if row.end and (_CONFIGURATIONS / f"{name}.cfg").exists()]


def _text(platform: str) -> str:
    mark = "# end\n" if platform == "linux" else ""
    return (_CONFIGURATIONS / f"{platform}.cfg").read_text() + mark


@pytest.mark.parametrize("platform", _MARKED)
def test_a_whole_one_passes_and_one_without_its_end_does_not(platform: str) -> None:
    text = _text(platform)
    assert check(platform, text) is None
    if platform != "vyos":  # each of its lines is one that could be the last
        assert "end mark" in str(check(platform, text[: len(text) * 2 // 3]))


@pytest.mark.parametrize("nothing", ["", "\n\n", "   \n"])
def test_nothing_is_not_whole(nothing: str) -> None:
    assert check("cisco_nxos", nothing) == "the device answered with nothing"


def test_less_than_half_of_before_is_not_whole() -> None:
    text = _text("cisco_nxos")
    size = len(text)
    assert check("cisco_nxos", text, size * 2) is None
    assert "more than half" in str(check("cisco_nxos", text, size * 2 + 2))


def test_small_ones_may_shrink() -> None:
    assert check("cisco_nxos", "hostname a\n", 300) is None


def test_an_end_mark_in_the_middle_is_none() -> None:
    lines = ["hostname r1", "end", *[f"interface {number}" for number in range(9)]]
    assert check("cisco_ios", "\n".join(lines)) is not None


def test_a_platform_without_a_row_is_measured_by_its_size_alone() -> None:
    assert check("no_such_platform", "anything") is None
