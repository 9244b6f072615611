"""Sessions in a real database: a refresh token serves once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import eventlet
import pytest

from netraven_auth import refresh, sessions
from netraven_auth.sessions import Row, Sessions


@pytest.fixture
def running(database: Any) -> Sessions:
    made = Sessions(database, days=30)
    made.prepare()
    return made


def test_a_token_tells_its_session_and_hides_in_its_repr() -> None:
    token = refresh.make("a" * 24)
    assert refresh.parse(token.text) == token
    assert token.text not in repr(token)
    assert token.text != refresh.make("a" * 24).text
    for other in ("", "nrr_", token.text + "x", token.text[:-1], token.text.upper(), "nrt_" + token.text[4:]):
        assert refresh.parse(other) is None


def test_each_token_is_good_for_one_rotation(running: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    first = running.open("u1", 3)
    second = running.rotate(first)
    assert second is not None
    monkeypatch.setattr(sessions, "LEEWAY", timedelta())
    assert running.rotate(first) is None
    third = running.rotate(second)
    assert third is not None
    assert len({first.text, second.text, third.text}) == 3


def test_a_session_is_known_by_every_token_that_it_ever_had_and_by_no_other(running: Sessions) -> None:
    first = running.open("u1", 3)
    second = running.rotate(first)
    assert second is not None
    for token in (first, second):
        assert running.find(token) == Row(first.session_id, "u1", 3)
    assert running.find(refresh.make(first.session_id)) is None


def test_the_token_that_was_replaced_last_may_come_again_at_once_and_no_earlier_one(
    running: Sessions,
) -> None:
    first = running.open("u1", 3)
    lost = running.rotate(first)
    again = running.rotate(first)
    assert lost is not None and again is not None
    assert running.find(lost) == Row(first.session_id, "u1", 3)
    assert running.rotate(lost) is None, "what nobody should have is no good"
    assert running.rotate(again) is not None
    assert running.rotate(first) is None


def test_a_session_of_an_earlier_version_goes_on(database: Any, running: Sessions) -> None:
    first = running.open("u1", 3)
    second = running.rotate(first)
    database["sessions"].update_one({}, {"$unset": {"last": 1, "replaced_at": 1}})
    assert running.rotate(first) is None
    assert second is not None and running.rotate(second) is not None


def test_of_many_rotations_at_once_the_last_one_counts(running: Sessions) -> None:
    token = running.open("u1", 0)
    ends = list(eventlet.GreenPool().imap(lambda _: running.rotate(token), range(20)))
    assert all(ends)
    assert sum(running.rotate(end) is not None for end in ends if end) == 1


def test_what_has_ended_is_gone(running: Sessions) -> None:
    token = running.open("u1", 0)
    assert running.running(token.session_id)
    running.end(token.session_id)
    assert not running.running(token.session_id)
    assert running.find(token) is None
    assert running.rotate(token) is None


def test_earlier_epochs_end_together(running: Sessions) -> None:
    old, new, others = running.open("u1", 0), running.open("u1", 1), running.open("u2", 0)
    running.end_all("u1", before_epoch=1)
    assert [running.running(token.session_id) for token in (old, new, others)] == [False, True, True]


def test_a_session_is_over_in_time_even_before_the_database_sweeps(database: Any) -> None:
    over = Sessions(database, days=0)
    token = over.open("u1", 0)
    assert not over.running(token.session_id)
    assert over.find(token) is None
    over.prepare()
    assert database["sessions"].index_information()["expires_1"]["expireAfterSeconds"] == 0


def test_the_database_has_no_token(database: Any, running: Sessions) -> None:
    first = running.open("u1", 0)
    second = running.rotate(first)
    assert second is not None
    stored = str(list(database["sessions"].find()))
    assert first.text not in stored
    assert second.text not in stored
    assert second.text.removeprefix(f"nrr_{second.session_id}_") not in stored


def test_neither_sessions_nor_refreshes_fill_the_database(
    database: Any, running: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MOST_SESSIONS", 5)
    monkeypatch.setattr(sessions, "MOST_REFRESHES", 3)
    opened = []
    for _ in range(8):
        opened.append(running.open("u1", 0))
        eventlet.sleep(0.002)
    assert [running.running(token.session_id) for token in opened] == [False] * 3 + [True] * 5
    token = opened[-1]
    for _ in range(4):
        following = running.rotate(token)
        assert following is not None
        token = following
    assert running.rotate(token) is None
