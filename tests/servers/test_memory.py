"""Room in memory: there while tests run, and not longer."""

from __future__ import annotations

import os
from pathlib import Path

from tests.servers.memory import room
from tests.servers.server import Server


def test_the_room_goes_with_all_that_is_in_it(tmp_path: Path) -> None:
    with room(tmp_path, least=0) as folder:
        assert folder is not None and folder.parent == tmp_path
        (folder / "a" / "b").mkdir(parents=True)
    assert list(tmp_path.iterdir()) == []


def test_where_memory_is_scarce_there_is_none(tmp_path: Path) -> None:
    with room(tmp_path, least=1 << 60) as folder:
        assert folder is None
    with room(tmp_path / "nowhere") as folder:
        assert folder is None


def test_what_a_killed_process_has_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    dead, alive = tmp_path / f"netraven-tests-{1 << 40}", tmp_path / f"netraven-tests-{os.getppid()}"
    for folder in (dead, alive, tmp_path / "somebody-else-s"):
        folder.mkdir()
    with room(tmp_path, least=0):
        assert not dead.exists() and alive.exists()
    assert sorted(tmp_path.iterdir()) == sorted([alive, tmp_path / "somebody-else-s"])


def test_servers_of_tests_are_in_it_while_there_is_one() -> None:
    server = Server()
    try:
        assert Server.room is None or server.folder.parent == Server.room
    finally:
        server.close()
