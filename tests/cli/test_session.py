"""The file of log-ins: private, whole, and shared by commands that run at once."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from netraven_cli.exits import Stop
from netraven_cli.session import Session, Sessions, default_path

ANN = Session("ann", "access", "refresh", 1e12)


def test_tokens_lie_where_only_their_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "config" / "netraven" / "sessions.json"
    Sessions(path).put("http://a", ANN)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [kept.name for kept in path.parent.iterdir()] == ["sessions.json"]


def test_each_server_has_its_own_log_in(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path / "sessions.json")
    sessions.put("http://a", ANN)
    sessions.put("http://b", Session("bob", "x", "y", 0))
    sessions.drop("http://a")
    assert sessions.get("http://a") is None
    kept = sessions.get("http://b")
    assert kept is not None and kept.username == "bob" and not kept.fresh


def test_a_token_that_is_about_to_end_is_not_fresh() -> None:
    assert not Session("ann", "a", "r", time.time() + 5).fresh
    assert Session("ann", "a", "r", time.time() + 60).fresh


def test_a_file_that_cannot_be_read_is_told_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "sessions.json"
    path.write_text("{not json")
    with pytest.raises(Stop, match="remove it and log in again"):
        Sessions(path).get("http://a")


def test_a_folder_that_cannot_be_made_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Stop) as told, Sessions(tmp_path / "file" / "netraven" / "sessions.json").alone():
        pass
    assert "XDG_CONFIG_HOME" in told.value.message and "NETRAVEN_TOKEN" in told.value.message


def test_tokens_do_not_show_in_tracebacks() -> None:
    assert "access" not in repr(ANN) and "refresh" not in repr(ANN)


def test_the_place_is_the_one_that_xdg_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/somewhere")
    assert default_path() == Path("/somewhere/netraven/sessions.json")


PUT_MANY = """
import sys
from pathlib import Path
from netraven_cli.session import Session, Sessions
sessions = Sessions(Path(sys.argv[1]))
for number in range(20):
    with sessions.alone():
        sessions.put(f"http://{sys.argv[2]}-{number}", Session("ann", "access", "refresh", 1e12))
"""


def test_commands_that_run_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sessions.json"
    writers = [subprocess.Popen([sys.executable, "-c", PUT_MANY, str(path), name]) for name in "abc"]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    sessions = Sessions(path)
    assert all(sessions.get(f"http://{name}-{number}") for name in "abc" for number in range(20))
