"""Logging in and out with a real server: where passwords come from, and what tokens are good for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command
from tests.cli.terminal import Terminal
from tests.servers.netraven import PASSWORD


def sessions(command: Command) -> dict[str, Any]:
    path = command.folder / "netraven" / "sessions.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def rewrite(command: Command, **changes: Any) -> None:
    """Change what is kept of the only log-in."""
    path = command.folder / "netraven" / "sessions.json"
    ((url, kept),) = sessions(command).items()
    path.write_text(json.dumps({url: {**kept, **changes}}))


def test_without_a_log_in_one_is_told_how_to_get_one(stranger: Command) -> None:
    done = stranger("devices", "list")
    assert (done.status, done.out) == (3, "")
    assert "netraven login" in done.said


def test_a_wrong_password_is_told_and_nothing_is_kept(stranger: Command) -> None:
    done = stranger("login", "--password-stdin", stdin="not-the-password")
    assert done.status == 3
    assert "not-the-password" not in done.err
    assert not (stranger.folder / "netraven" / "sessions.json").exists()


def test_the_password_is_kept_nowhere(netraven: Command) -> None:
    assert PASSWORD not in (netraven.folder / "netraven" / "sessions.json").read_text()


@pytest.mark.parametrize("stdin", ["", "\n"])
def test_an_empty_password_is_not_sent(stranger: Command, stdin: str) -> None:
    assert stranger("login", "--password-stdin", stdin=stdin).status == 2


def test_without_a_terminal_the_password_must_come_from_standard_input(stranger: Command) -> None:
    done = stranger("login", stdin=PASSWORD)
    assert done.status == 2 and "--password-stdin" in done.said


def test_on_a_terminal_the_password_is_asked_for_and_not_shown(stranger: Command) -> None:
    with Terminal(stranger, "login", start_new_session=True) as terminal:
        terminal.until_shown(b"Password")
        terminal.type_unseen(PASSWORD.encode())
        assert terminal.ended() == 0
    assert b"Logged in" in terminal.shown and PASSWORD.encode() not in terminal.shown


def test_ctrl_c_instead_of_a_password_ends_as_it_does_elsewhere(stranger: Command) -> None:
    with Terminal(stranger, "login") as terminal:
        terminal.until_shown(b"Password")
        terminal.interrupt()
        assert terminal.ended() == 130 and b"Traceback" not in terminal.shown, terminal.shown


def test_a_token_that_has_ended_is_renewed_without_a_word(netraven: Command) -> None:
    before = sessions(netraven)
    rewrite(netraven, expires_at=0)
    assert netraven("devices", "list").status == 0
    ((_, old),) = before.items()
    ((_, new),) = sessions(netraven).items()
    assert new["access_token"] != old["access_token"] and new["refresh_token"] != old["refresh_token"]


def test_a_token_that_the_server_takes_no_more_is_renewed_too(netraven: Command) -> None:
    rewrite(netraven, access_token="stale")
    assert netraven("devices", "list").status == 0


def test_several_commands_at_once_renew_once_and_all_go_on(netraven: Command) -> None:
    rewrite(netraven, expires_at=0)
    children = [netraven.start("tags", "list", "--json", stdout=-1, stderr=-1) for _ in range(3)]
    ends = [child.communicate(timeout=120) for child in children]
    assert [child.returncode for child in children] == [0] * 3, ends


def test_a_log_in_that_is_over_is_forgotten_and_told(netraven: Command) -> None:
    rewrite(netraven, expires_at=0, refresh_token="nrr_" + "0" * 24 + "_" + "x" * 43)
    done = netraven("devices", "list")
    assert done.status == 3 and "netraven login" in done.said
    assert sessions(netraven) == {}


def test_logging_out_makes_the_tokens_worthless(netraven: Command, tmp_path: Path) -> None:
    ((url, kept),) = sessions(netraven).items()
    assert netraven("logout").status == 0
    assert sessions(netraven) == {}
    (netraven.folder / "netraven" / "sessions.json").write_text(json.dumps({url: {**kept, "expires_at": 0}}))
    assert netraven("devices", "list").status == 3
    assert "not logged in" in netraven("logout").said


def test_logging_out_of_a_session_that_is_over_is_no_error(netraven: Command) -> None:
    rewrite(netraven, refresh_token="nrr_" + "0" * 24 + "_" + "x" * 43)
    assert netraven("logout").status == 0
    assert sessions(netraven) == {}


def test_a_token_in_the_environment_replaces_the_log_in(netraven: Command, tmp_path: Path) -> None:
    ((_, kept),) = sessions(netraven).items()
    (tmp_path / "other").mkdir()
    other = Command(tmp_path / "other", netraven.env["NETRAVEN_URL"])
    assert other("devices", "list", NETRAVEN_TOKEN=kept["access_token"]).status == 0
    assert other("devices", "list", NETRAVEN_TOKEN="wrong").status == 3
