"""Logging in, staying in and leaving, over a real database."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import eventlet
import orjson
import pytest
from argon2 import PasswordHasher

from netraven_auth import accounts, entrance, sessions
from netraven_auth.equipment import Equipment
from netraven_auth.logins import WRONG
from netraven_auth.session import SESSION
from netraven_auth.user import USER
from netraven_chassis.access import AccessVerifier
from netraven_chassis.bound import BoundStore
from netraven_contracts.errors import NetRavenError, RateLimited, Unauthorized, Unavailable
from tests.auth.conftest import OTHER_PASSWORD, PASSWORD

Ask = Callable[..., BoundStore]


@pytest.fixture
def hasher() -> None:
    """The parameters in force: time is a matter here."""


@pytest.fixture
def marie(asked: Ask, kit: Equipment) -> str:
    """A user's id."""
    user = {"username": "Marie", "role": "operator", "password": PASSWORD, "enabled": True}
    return str(orjson.loads(accounts.create(asked(), kit, user).body)["id"])


def log_in(asked: Ask, kit: Equipment, username: str = "Marie", password: str = PASSWORD) -> dict[str, Any]:
    return entrance.log_in(asked(), kit, username, password, "192.0.2.1")


def reason(asked: Ask, kit: Equipment, username: str, password: str) -> str:
    with pytest.raises(NetRavenError) as error:
        log_in(asked, kit, username, password)
    return str(error.value)


def test_a_log_in_gives_tokens_that_say_who_it_is(asked: Ask, kit: Equipment, marie: str) -> None:
    answer = log_in(asked, kit, "mARIE")
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 900)
    caller = AccessVerifier(kit.public_keys.jwks()).verify(answer["access_token"])
    assert (caller.user_id, caller.name, caller.role, caller.version) == (marie, "Marie", "operator", 1)
    assert kit.sessions.running(caller.session)
    assert kit.logins.last([marie])


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(
    asked: Ask, kit: Equipment, marie: str
) -> None:
    accounts.change(asked(), kit, marie, {"enabled": False}, None)
    said = {
        reason(asked, kit, name, word)
        for name, word in (("Marie", "wrong"), ("nobody", PASSWORD), ("Marie", PASSWORD), ("nobody", ""))
    }
    assert said == {"UNAUTHORIZED: wrong user name or password"}


def test_neither_does_the_time_tell_who_exists(asked: Ask, kit: Equipment, marie: str) -> None:
    def took(name: str) -> float:
        asked().database["attempts"].delete_many({})
        began = time.perf_counter()
        reason(asked, kit, name, "wrong")
        return time.perf_counter() - began

    pairs = [(took("Marie"), took(f"nobody{number}")) for number in range(8)]
    # The least of each: a busy machine adds to many of them, and to none something of ours.
    known, unknown = (min(times) for times in zip(*pairs, strict=True))
    assert 0.5 < unknown / known < 2


def test_the_sixth_try_must_wait_whoever_is_asked_for(asked: Ask, kit: Equipment, marie: str) -> None:
    for name in ("Marie", "nobody"):
        asked().database["attempts"].delete_many({})
        said = [reason(asked, kit, name, "wrong")[:12] for _ in range(6)]
        assert said == ["UNAUTHORIZED"] * 5 + ["RATE_LIMITED"]
    with pytest.raises(RateLimited):
        log_in(asked, kit)  # the address has failed too often as well


def test_many_log_ins_at_once_all_get_in(asked: Ask, kit: Equipment, marie: str) -> None:
    def patiently(_: int) -> str:
        while True:
            try:
                return str(log_in(asked, kit)["refresh_token"])
            except Unavailable:  # a slow machine; but never because they were held for failures
                eventlet.sleep(0.5)

    assert len(set(eventlet.GreenPool().imap(patiently, range(8)))) == 8


def test_a_hash_that_is_out_of_date_is_replaced_at_the_log_in(asked: Ask, kit: Equipment, marie: str) -> None:
    row = asked().load(USER, marie).state.password_id
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    asked().database["passwords"].update_one({"_id": row}, {"$set": {"hash": old}})
    log_in(asked, kit)
    better = kit.password_rows.read(row)
    assert better is not None
    assert "m=19456,t=2,p=1" in better
    log_in(asked, kit)
    assert kit.password_rows.read(row) == better


def test_a_refresh_token_gives_the_next_ones_and_what_the_user_is_now(
    asked: Ask, kit: Equipment, marie: str
) -> None:
    first = log_in(asked, kit)
    accounts.change(asked(), kit, marie, {"role": "viewer"}, None)
    second = entrance.go_on(asked(), kit, first["refresh_token"])
    caller = AccessVerifier(kit.public_keys.jwks()).verify(second["access_token"])
    assert (caller.role, caller.version) == ("viewer", 2)
    assert second["refresh_token"] != first["refresh_token"]
    assert entrance.go_on(asked(), kit, second["refresh_token"])["refresh_token"]


def test_a_refresh_token_that_comes_back_ends_the_session_for_everybody(
    asked: Ask, kit: Equipment, marie: str
) -> None:
    first = log_in(asked, kit)
    second = entrance.go_on(asked(), kit, first["refresh_token"])
    third = entrance.go_on(asked(), kit, second["refresh_token"])
    session = AccessVerifier(kit.public_keys.jwks()).verify(first["access_token"]).session
    for token in (first, third, second):
        with pytest.raises(Unauthorized):
            entrance.go_on(asked(), kit, token["refresh_token"])
    events = [event for commit in asked().load(SESSION, session).commits for event in commit.events]
    assert [(event.type, event.data["reason"]) for event in events] == [
        ("SessionEnded", "refresh token used twice")
    ]


def test_who_lost_the_answer_to_a_refresh_stays_in_for_a_moment(
    asked: Ask, kit: Equipment, marie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = log_in(asked, kit)
    entrance.go_on(asked(), kit, first["refresh_token"])
    again = entrance.go_on(asked(), kit, first["refresh_token"])
    third = entrance.go_on(asked(), kit, again["refresh_token"])
    monkeypatch.setattr(sessions, "LEEWAY", timedelta())
    for token in (again, third):
        with pytest.raises(Unauthorized):
            entrance.go_on(asked(), kit, token["refresh_token"])


def test_a_forged_token_of_a_session_does_not_end_it(asked: Ask, kit: Equipment, marie: str) -> None:
    first = log_in(asked, kit)
    session = first["refresh_token"].split("_")[1]
    for forged in ("", "nonsense", f"nrr_{session}_{'a' * 43}", first["access_token"]):
        with pytest.raises(Unauthorized):
            entrance.go_on(asked(), kit, forged)
    assert entrance.go_on(asked(), kit, first["refresh_token"])


ENDS = {"disabled": {"enabled": False}, "given another password": {"password": OTHER_PASSWORD}}


@pytest.mark.parametrize("changes", ENDS.values(), ids=ENDS)
def test_who_was_changed_cannot_refresh(
    asked: Ask, kit: Equipment, marie: str, changes: dict[str, Any]
) -> None:
    first = log_in(asked, kit)
    (row,) = asked().database["sessions"].find()
    accounts.change(asked(), kit, marie, changes, None)
    # As if the clearing up had been cut short: the epoch alone must do.
    asked().database["sessions"].replace_one({"_id": row["_id"]}, row, upsert=True)
    with pytest.raises(Unauthorized):
        entrance.go_on(asked(), kit, first["refresh_token"])
    assert not kit.sessions.running(row["_id"])


def test_leaving_ends_the_session_once_and_says_so_to_all_gateways(
    asked: Ask, kit: Equipment, marie: str
) -> None:
    first, other = log_in(asked, kit), log_in(asked, kit)
    for _ in range(2):
        entrance.log_out(asked(), kit, first["refresh_token"])
    entrance.log_out(asked(), kit, "nonsense")
    with pytest.raises(Unauthorized):
        entrance.go_on(asked(), kit, first["refresh_token"])
    assert entrance.go_on(asked(), kit, other["refresh_token"])
    ended = list(asked().collection("ended").find())
    assert [row["_id"] for row in ended] == [first["refresh_token"].split("_")[1]]


def test_what_failed_is_noted_without_the_name_that_nobody_has(
    asked: Ask, kit: Equipment, marie: str
) -> None:
    reason(asked, kit, "my-password-in-the-wrong-field", "Marie")
    reason(asked, kit, "Marie", "wrong")
    assert [row["outcome"] for row in kit.logins.of(marie, 10)] == [WRONG]
    database = asked().database
    everything = str([list(database[name].find()) for name in database.list_collection_names()])
    assert "wrong-field" not in everything
