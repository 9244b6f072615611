"""Auth as it runs: in a container, over a bus, with followers; in memory, and two instances over RabbitMQ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import eventlet
import pytest

from netraven_chassis.access import api_token_digest, ticket_digest
from netraven_contracts.access import AccessList, Caller
from netraven_contracts.errors import (
    Conflict,
    DuplicateName,
    NotFound,
    RateLimited,
    Unauthorized,
    ValidationFailed,
)
from tests.auth.calling import asked, log_in, log_out, new_user, refresh, sealed, who
from tests.auth.conftest import OTHER_PASSWORD, PASSWORD


def test_somebody_logs_in_stays_in_and_leaves(auth: Any) -> None:
    tokens = log_in(auth)
    caller = who(auth, tokens)
    assert (caller.name, caller.role) == ("admin", "admin")
    me = auth.raw("me", user_id=caller.user_id)
    assert me.meta["version"] == 1
    assert auth.me(user_id=caller.user_id)["last_login"] is not None
    again = refresh(auth, tokens)
    assert who(auth, again).session == caller.session
    log_out(auth, again)
    with pytest.raises(Unauthorized):
        refresh(auth, again)
    assert auth.access_list()["ended"].keys() == {caller.session}


def test_errors_arrive_as_themselves(auth: Any) -> None:
    with pytest.raises(Unauthorized):
        log_in(auth, password="wrong")
    with pytest.raises(NotFound):
        auth.show_user(user_id="f" * 24)
    new_user(auth, "marie")
    with pytest.raises(DuplicateName):
        new_user(auth, "Marie")
    with pytest.raises(ValidationFailed) as error:
        short = sealed(auth, "short")
        auth.create_user(user={"username": "ben", "role": "viewer", "password": short, "enabled": True})
    assert list(error.value.details) == ["password"]
    with pytest.raises(Conflict, match="last admin"):
        auth.disable_user(user_id=who(auth, log_in(auth)).user_id)


def test_both_instances_hold_back_who_fails_too_often(auth: Any) -> None:
    for _ in range(5):
        with pytest.raises(Unauthorized):
            log_in(auth, "nobody", "wrong")
    with pytest.raises(RateLimited) as error:
        log_in(auth, "nobody", "wrong")
    assert 0 < error.value.details["retry_after"] <= 60


def test_users_are_listed_by_page_filter_and_order(auth: Any) -> None:
    for name in ("Marie", "ben", "Zoe", "anna.b"):
        new_user(auth, name, "operator" if name == "ben" else "viewer")
    auth.disable_user(user_id=auth.index_users(filters={"username": "ZOE"}, page=1, size=9, sort=[])[0]["id"])

    def names(sort: Sequence[str] = (), page: int = 1, size: int = 25, **filters: Any) -> list[str]:
        return [
            row["username"]
            for row in auth.index_users(filters=filters, page=page, size=size, sort=list(sort))
        ]

    assert names() == ["admin", "anna.b", "ben", "Marie", "Zoe"]
    assert names(["-username"], page=2, size=2) == ["ben", "anna.b"]
    assert names(["role", "-username"]) == ["admin", "ben", "Zoe", "Marie", "anna.b"]
    assert names(enabled=False) == ["Zoe"]
    assert names(role="viewer", enabled=True) == ["anna.b", "Marie"]
    assert names(q="A") == ["admin", "anna.b", "Marie"]
    assert names(q=".") == ["anna.b"]
    assert auth.raw("index_users", filters={"role": "viewer"}, page=1, size=1, sort=[]).meta == {"total": 3}


def test_of_two_demotions_of_the_last_two_admins_at_once_one_wins(auth: Any) -> None:
    admin, marie = who(auth, log_in(auth)).user_id, new_user(auth, "marie", "admin")

    def demote(user_id: str) -> str:
        try:
            auth.change_user(user_id=user_id, changes={"role": "viewer"})
        except Conflict:
            return "refused"
        return "demoted"

    assert sorted(eventlet.GreenPool().imap(demote, [admin, marie])) == ["demoted", "refused"]
    assert len(auth.index_users(filters={"role": "admin"}, page=1, size=9, sort=[])) == 1


def test_a_password_change_ends_all_sessions_and_opens_one(auth: Any) -> None:
    user_id = new_user(auth, "marie")
    before = log_in(auth, "marie")
    passwords = {"current_password": sealed(auth, PASSWORD), "new_password": sealed(auth, OTHER_PASSWORD)}
    after = asked(auth, "change_own_password", user_id=user_id, **passwords)
    with pytest.raises(Unauthorized):
        refresh(auth, before)
    assert refresh(auth, after)
    access = AccessList()
    access.reset(auth.access_list())
    access.check(who(auth, after))
    with pytest.raises(Unauthorized):
        access.check(who(auth, before))
    assert log_in(auth, "marie", OTHER_PASSWORD)


def test_programs_have_tokens_and_streams_have_tickets(auth: Any) -> None:
    user_id = new_user(auth, "marie", "operator")
    made = asked(auth, "create_api_token", user_id=user_id, token={"name": "script", "read_only": True})
    caller = Caller(**auth.authenticate_api_token(digest=api_token_digest(made["token"])))
    assert (caller.name, caller.role, caller.read_only) == ("marie", "operator", True)
    listed = auth.raw("index_api_tokens", user_id=user_id, filters={}, page=1, size=25, sort=["-created_at"])
    assert listed.meta == {"total": 1}
    ticket = asked(auth, "stream_ticket", user_id=user_id, session=caller.session, read_only=True)["ticket"]
    auth.revoke_api_token(user_id=user_id, token_id=made["id"])
    for refused in (
        lambda: auth.authenticate_api_token(digest=api_token_digest(made["token"])),
        lambda: auth.redeem_ticket(digest=ticket_digest(ticket)),
    ):
        with pytest.raises(Unauthorized):
            refused()
    ticket = asked(auth, "stream_ticket", user_id=user_id, session="s1")["ticket"]
    assert Caller(**auth.redeem_ticket(digest=ticket_digest(ticket))).name == "marie"
    assert auth.user_logins(user_id=user_id) == []
