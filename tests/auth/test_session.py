"""A session ends once."""

from __future__ import annotations

from dataclasses import fields

from netraven_auth.session import LOGGED_OUT, SESSION, TOKEN_REUSED, EndSession, Session, SessionEnded


def test_a_session_ends_with_its_reason() -> None:
    assert list(SESSION.decide(Session(), EndSession("u1", LOGGED_OUT))) == [SessionEnded("u1", LOGGED_OUT)]


def test_what_has_ended_does_not_end_again() -> None:
    ended = SESSION.evolve(Session(), SessionEnded("u1", LOGGED_OUT))
    assert list(SESSION.decide(ended, EndSession("u1", TOKEN_REUSED))) == []
    assert SESSION.evolve(ended, object()) == ended
    assert not SESSION.evolve(Session(), object()).ended


def test_no_event_has_a_place_for_a_secret() -> None:
    assert [field.name for field in fields(SessionEnded)] == ["user_id", "reason"]
