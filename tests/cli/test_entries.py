"""Log entries as lines for people."""

from __future__ import annotations

from netraven_cli import entries


def test_the_further_lines_of_an_entry_stand_below_its_first() -> None:
    entry = {
        "timestamp": "2026-01-02T03:04:05.678Z",
        "level": "debug",
        "message": "r1: show clock\n12:00\x1b[2J\nr1#",
    }
    first, *more = entries.line(entry).plain.split("\n")
    assert first.endswith("debug    r1: show clock")
    assert {len(one) - len(one.lstrip()) for one in more} == {first.index("r1") + 2}
    assert [one.strip() for one in more] == ["12:00�[2J", "r1#"]
