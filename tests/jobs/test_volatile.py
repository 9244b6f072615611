"""What changes by itself is no change; everything else is."""

from __future__ import annotations

from pathlib import Path

import pytest

import lab
from lab.changing import change
from lab.templates import first_configuration, shown
from netraven_jobs.volatile import LINES, normalise

_PLATFORMS = sorted(path.stem for path in (Path(lab.__file__).parent / "configurations").glob("*.cfg"))


@pytest.mark.parametrize("platform", _PLATFORMS)
def test_shown_a_day_later_it_is_the_same(platform: str) -> None:
    text = first_configuration(platform, "one")
    today, tomorrow = shown(platform, text, 1_700_000_000.0), shown(platform, text, 1_700_086_400.5)
    assert normalise(platform, today) == normalise(platform, tomorrow)


@pytest.mark.parametrize("platform", _PLATFORMS)
def test_configured_it_is_another(platform: str, tmp_path: Path) -> None:
    (tmp_path / "configurations").mkdir()
    path = tmp_path / "configurations" / "one.cfg"
    path.write_text(first_configuration(platform, "one"))
    before = path.read_text()
    said = change(tmp_path, "one", platform)
    assert said in path.read_text()
    assert normalise(platform, before) != normalise(platform, path.read_text())
    assert change(tmp_path, "one", platform) != said


def test_each_platform_has_something_volatile_in_the_lab_where_the_table_says_so() -> None:
    """Else the tests above would show nothing."""
    changing = [name for name in _PLATFORMS if "{" in first_configuration(name, "one").replace("{\n", "")]
    assert {"cisco_ios", "cisco_nxos", "cisco_xr", "cisco_asa", "juniper_junos", "fortinet"} <= set(changing)


def test_the_ends_of_lines_make_no_change() -> None:
    assert normalise("cisco_ios", "a\r\nb  \r\n\n") == normalise("cisco_ios", "a\nb")


def test_a_comment_that_only_looks_like_it_stays() -> None:
    text = "interface Vlan1\n description Last configuration change at noon\n"
    assert normalise("cisco_ios", text) == text


def test_no_family_throws_away_what_is_configured() -> None:
    for family, patterns in LINES.items():
        assert all(pattern not in (".*", "") for pattern in patterns), family
