"""What is done to a system is not done where there is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netraven_chassis.presence import NoSystem, is_new, require
from tests.chassis.process import Process


def test_a_system_is_there_when_its_database_is_or_a_server_is_named(
    tmp_path: Path, settings_for: Callable[..., Any]
) -> None:
    private = settings_for(NETRAVEN_DATA=str(tmp_path))
    with pytest.raises(NoSystem, match=f"cannot paint it: NETRAVEN_DATA is {tmp_path}.* MONGODB_URI"):
        require(private, "paint it")
    named = settings_for(NETRAVEN_DATA=str(tmp_path), MONGODB_URI="mongodb://127.0.0.1:1/")
    assert require(named, "paint it") is named
    (tmp_path / "db").mkdir()
    assert require(private, "paint it") is private and not is_new(private)


@pytest.mark.parametrize("command", [("rotate",), ("rebuild", "devices")])
def test_what_an_image_runs_makes_nothing_where_no_system_has_run(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    folder = tmp_path / "elsewhere"
    with Process(tmp_path, ["-m", "netraven_chassis", *command], {"NETRAVEN_DATA": str(folder)}) as process:
        assert process.ended(within=60) == 2, process.text()
    assert str(folder) in process.text() and "no system has run" in process.text()
    assert "Traceback" not in process.text()
    assert not folder.exists()
