"""API tokens and stream tickets, over a real database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jwt
import orjson
import pytest

from netraven_auth import accounts, automation, entrance, shown, token_rows
from netraven_auth.equipment import Equipment
from netraven_chassis.access import api_token_digest, ticket_digest
from netraven_chassis.bound import BoundStore
from netraven_contracts.access import Caller
from netraven_contracts.errors import Conflict, Forbidden, NotFound, Unauthorized, ValidationFailed
from tests.auth.conftest import PASSWORD

Ask = Callable[..., BoundStore]


@pytest.fixture
def marie(asked: Ask, kit: Equipment) -> str:
    """A user's id."""
    user = {"username": "Marie", "role": "operator", "password": PASSWORD, "enabled": True}
    return str(orjson.loads(accounts.create(asked(), kit, user).body)["id"])


def issue(asked: Ask, kit: Equipment, user_id: str, **body: Any) -> dict[str, Any]:
    reply = automation.issue(asked(), kit, user_id, {"name": "backups", "read_only": False, **body})
    return dict(reply.body)


def recognise(asked: Ask, kit: Equipment, token: str) -> Caller:
    return Caller(**automation.recognise(asked(), kit, api_token_digest(token) or ""))


def test_an_api_token_is_shown_once_and_tells_its_caller(asked: Ask, kit: Equipment, marie: str) -> None:
    made = issue(asked, kit, marie, read_only=True)
    caller = recognise(asked, kit, made["token"])
    assert (caller.user_id, caller.name, caller.role, caller.read_only) == (marie, "Marie", "operator", True)
    assert (caller.session, caller.version) == (made["id"], 1)
    listed = shown.api_tokens(asked(), kit, marie, {}, 1, 25, [])
    assert listed.meta["total"] == 1
    assert {**listed.body[0], "last_used": None} == {key: made[key] for key in made if key != "token"}
    assert listed.body[0]["last_used"] is not None


def test_nobody_has_no_api_tokens(asked: Ask, kit: Equipment) -> None:
    with pytest.raises(NotFound):
        issue(asked, kit, "local")


def test_an_api_token_makes_no_other_and_a_log_in_does(asked: Ask, kit: Equipment, marie: str) -> None:
    caller = recognise(asked, kit, issue(asked, kit, marie)["token"])
    with pytest.raises(Forbidden, match="makes no other"):
        automation.issue(asked(), kit, marie, {"name": "heir", "read_only": True}, caller.session)
    logged_in = entrance.open_session(asked(), kit, marie)["access_token"]
    session = jwt.decode(logged_in, options={"verify_signature": False})["sid"]
    made = automation.issue(asked(), kit, marie, {"name": "next", "read_only": True}, session)
    assert made.body["token"]


def test_what_is_not_a_token_is_refused(asked: Ask, kit: Equipment, marie: str) -> None:
    made = issue(asked, kit, marie)
    for other in ("nonsense", made["id"], "nrt_" + "a" * 43):
        with pytest.raises(Unauthorized):
            recognise(asked, kit, other)


def test_a_revoked_token_opens_nothing_and_is_listed_no_more(asked: Ask, kit: Equipment, marie: str) -> None:
    made, other = issue(asked, kit, marie), issue(asked, kit, marie, name="else")
    with pytest.raises(NotFound):
        automation.revoke(asked(), kit, "f" * 24, made["id"])
    for _ in range(2):
        automation.revoke(asked(), kit, marie, made["id"])
    with pytest.raises(Unauthorized):
        recognise(asked, kit, made["token"])
    assert recognise(asked, kit, other["token"])
    assert [row["id"] for row in shown.api_tokens(asked(), kit, marie, {}, 1, 25, []).body] == [other["id"]]
    assert [row["_id"] for row in asked().collection("ended").find()] == [made["id"]]


def test_a_token_ends_at_its_time(
    asked: Ask, kit: Equipment, marie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = asked().now()
    made = issue(asked, kit, marie, expires_at=now + 60_000)
    assert recognise(asked, kit, made["token"]).expires == now + 60_000
    monkeypatch.setattr(BoundStore, "now", lambda _self: now + 60_000)
    with pytest.raises(Unauthorized):
        recognise(asked, kit, made["token"])


def test_a_token_is_as_good_as_its_user(asked: Ask, kit: Equipment, marie: str) -> None:
    made = issue(asked, kit, marie)
    accounts.change(asked(), kit, marie, {"role": "viewer"}, None)
    assert recognise(asked, kit, made["token"]).role == "viewer"
    accounts.change(asked(), kit, marie, {"enabled": False}, None)
    with pytest.raises(Unauthorized):
        recognise(asked, kit, made["token"])


def test_a_token_that_cannot_be_leaves_nothing(asked: Ask, kit: Equipment, marie: str) -> None:
    with pytest.raises(ValidationFailed):
        issue(asked, kit, marie, expires_at=5)
    assert asked().database["api_tokens"].count_documents({}) == 0


def test_an_issue_that_is_repeated_makes_one_token_and_what_was_shown_goes_on_to_count(
    asked: Ask, kit: Equipment, marie: str
) -> None:
    body = {"name": "backups", "read_only": False}
    first = automation.issue(asked("c1", "h1"), kit, marie, body).body
    again = automation.issue(asked("c1", "h1"), kit, marie, body).body
    assert first["id"] == again["id"]
    for made in (first, again):
        assert recognise(asked, kit, made["token"]).session == first["id"]
    assert shown.api_tokens(asked(), kit, marie, {}, 1, 25, []).meta["total"] == 1
    automation.revoke(asked(), kit, marie, first["id"])
    for made in (first, again):
        with pytest.raises(Unauthorized):
            recognise(asked, kit, made["token"])
    with pytest.raises(Conflict):
        automation.issue(asked("c1", "h1"), kit, marie, body)
    assert asked().database["api_tokens"].count_documents({}) == 0


def test_another_request_under_the_key_is_refused_and_harms_no_token(
    asked: Ask, kit: Equipment, marie: str
) -> None:
    first = automation.issue(asked("c1", "h1"), kit, marie, {"name": "backups", "read_only": False}).body
    with pytest.raises(Conflict):
        automation.issue(asked("c1", "h2"), kit, marie, {"name": "else", "read_only": True})
    assert recognise(asked, kit, first["token"]).session == first["id"]


def test_a_token_of_an_earlier_version_is_known_and_can_be_revoked(
    asked: Ask, kit: Equipment, marie: str
) -> None:
    made, rows = issue(asked, kit, marie), asked().database["api_tokens"]
    rows.delete_many({})
    rows.insert_one({"_id": made["id"], "digest": api_token_digest(made["token"])})
    assert recognise(asked, kit, made["token"]).session == made["id"]
    automation.revoke(asked(), kit, marie, made["id"])
    assert rows.count_documents({}) == 0


def test_a_request_is_not_repeated_without_end(asked: Ask, kit: Equipment, marie: str) -> None:
    body = {"name": "backups", "read_only": False}
    for _ in range(token_rows.MOST_TEXTS):
        automation.issue(asked("c1", "h1"), kit, marie, body)
    with pytest.raises(Conflict):
        automation.issue(asked("c1", "h1"), kit, marie, body)


def test_tokens_are_not_made_without_end(
    asked: Ask, kit: Equipment, marie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(automation, "MOST_TOKENS", 2)
    first = issue(asked, kit, marie)
    issue(asked, kit, marie)
    with pytest.raises(Conflict):
        issue(asked, kit, marie)
    automation.revoke(asked(), kit, marie, first["id"])
    issue(asked, kit, marie)


def test_tokens_that_have_ended_give_way_to_new_ones(
    asked: Ask, kit: Equipment, marie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(automation, "MOST_TOKENS", 2)
    ends_at = asked().now() + 60_000
    issue(asked, kit, marie, expires_at=ends_at)
    second = issue(asked, kit, marie)
    monkeypatch.setattr(BoundStore, "now", lambda _self: ends_at)
    third = issue(asked, kit, marie)
    listed = shown.api_tokens(asked(), kit, marie, {}, 1, 25, []).body
    assert {row["id"] for row in listed} == {second["id"], third["id"]}
    with pytest.raises(Conflict):
        issue(asked, kit, marie)


def test_a_ticket_tells_its_caller_once(asked: Ask, kit: Equipment, marie: str) -> None:
    made = automation.ticket(asked(), kit, marie, "s1", True)
    assert made["expires_in"] == 30
    caller = Caller(**automation.redeem(asked(), kit, ticket_digest(made["ticket"])))
    assert (caller.user_id, caller.session, caller.read_only, caller.version) == (marie, "s1", True, 1)
    with pytest.raises(Unauthorized):
        automation.redeem(asked(), kit, ticket_digest(made["ticket"]))
    with pytest.raises(Unauthorized):
        automation.redeem(asked(), kit, ticket_digest("nonsense"))


def test_a_ticket_of_a_session_that_has_ended_opens_nothing(asked: Ask, kit: Equipment, marie: str) -> None:
    log_in = entrance.log_in(asked(), kit, "Marie", PASSWORD, None)
    session = log_in["refresh_token"].split("_")[1]
    made = automation.ticket(asked(), kit, marie, session, False)
    entrance.log_out(asked(), kit, log_in["refresh_token"])
    with pytest.raises(Unauthorized):
        automation.redeem(asked(), kit, ticket_digest(made["ticket"]))


def test_a_ticket_of_a_disabled_user_opens_nothing(asked: Ask, kit: Equipment, marie: str) -> None:
    made = automation.ticket(asked(), kit, marie, "s1", False)
    accounts.change(asked(), kit, marie, {"enabled": False}, None)
    with pytest.raises(Unauthorized):
        automation.redeem(asked(), kit, ticket_digest(made["ticket"]))


def test_neither_tokens_nor_tickets_lie_in_the_database(asked: Ask, kit: Equipment, marie: str) -> None:
    token = issue(asked, kit, marie)["token"]
    ticket = automation.ticket(asked(), kit, marie, "s1", False)["ticket"]
    log_in = entrance.log_in(asked(), kit, "Marie", PASSWORD, None)
    database = asked().database
    everything = str([list(database[name].find()) for name in database.list_collection_names()])
    for secret in (token, token[4:], ticket, log_in["refresh_token"], log_in["access_token"], PASSWORD):
        assert secret not in everything
