"""How answers look on a terminal and in a pipe."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from rich.console import Console

from netraven_cli import render
from netraven_cli.exits import Exit, Stop

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-01-02T03:04:05.000Z", "0 s ago"),
        ("2026-01-02T03:04:06.000Z", "0 s ago"),
        ("2026-01-02T03:02:10.000Z", "115 s ago"),
        ("2026-01-02T03:02:00.000Z", "2 min ago"),
        ("2026-01-02T00:04:05.000Z", "3 h ago"),
        ("2025-12-01T00:00:00.000Z", "32 d ago"),
    ],
)
def test_times_are_told_by_how_long_ago_they_were(moment: str, told: str) -> None:
    assert render.ago(moment, NOW) == told


def test_a_device_called_like_markup_or_like_a_terminal_command_is_shown_as_text() -> None:
    assert render.cell("name", "[bold]core[/bold]").plain == "[bold]core[/bold]"
    assert "\x1b" not in render.cell("name", "core\x1b[2J").plain
    assert "\x1b" not in render.cell("tags", ["a\x1b[2J"]).plain


def test_what_is_not_known_is_a_dash() -> None:
    nothing: tuple[object, ...] = (None, "", [])
    assert {render.cell("serial", value).plain for value in nothing} == {"-"}


def test_a_narrow_terminal_does_without_what_matters_least(monkeypatch: pytest.MonkeyPatch) -> None:
    def titles(width: int) -> list[str]:
        monkeypatch.setattr(render, "out", Console(width=width))
        return [str(column.header) for column in render.table(render.DEVICE_COLUMNS, []).columns]

    assert titles(200)[-1] == "Id"
    assert titles(100)[-1] == "Last ping"
    assert titles(60)[-1] == "Latency"


def test_an_error_names_each_wrong_field(capsys: pytest.CaptureFixture[str]) -> None:
    render.error(Stop(Exit.USAGE, "The body is not right", {"name": ["is required"], "port": "is odd"}))
    assert capsys.readouterr().err.splitlines() == [
        "netraven: The body is not right",
        "  name: is required",
        "  port: is odd",
    ]


def test_json_is_what_the_server_said_also_where_a_terminal_could_draw_pictures(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = {"address": "2001:db8:a:b::1", "notes": "[bold]:warning:[/bold] " + "long " * 100}
    render.as_json(told)
    assert json.loads(capsys.readouterr().out) == told
    render.as_json_line(told)
    assert json.loads(capsys.readouterr().out) == told
