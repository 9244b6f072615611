"""What auth's log says about tokens, as a gateway keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from netraven_contracts.access import REMEMBERED_MS, AccessList, Caller, Standing, standing_after
from netraven_contracts.errors import Unauthorized


@dataclass(frozen=True)
class Event:
    type: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Commit:
    stream: str
    first: int
    events: Sequence[Event]
    at: int = 1


CREATED = Event("UserCreated", {"role": "viewer", "enabled": True, "username": "Marie", "password_id": "p"})


def caller(version: int, session: str = "s1", user_id: str = "u1") -> Caller:
    return Caller(user_id, "Marie", "viewer", session, version, 2**60)


def known(**standing: Any) -> AccessList:
    made = AccessList()
    usual = {"role": "viewer", "enabled": True, "not_before": 1}
    made.reset({"users": {"u1": {**usual, **standing}}, "ended": {}})
    return made


def refused(access: AccessList, who: Caller) -> bool:
    try:
        access.check(who)
    except Unauthorized:
        return True
    return False


def test_who_is_in_good_standing_gets_in() -> None:
    assert not refused(known(), caller(1))
    assert not refused(known(), caller(9))


def test_who_is_disabled_or_has_an_older_token_does_not() -> None:
    assert refused(known(enabled=False), caller(9))
    assert refused(known(not_before=3), caller(2))
    assert not refused(known(not_before=3), caller(3))


def test_a_new_user_whose_first_commit_is_on_its_way_gets_in() -> None:
    assert not refused(known(), caller(1, user_id="new"))


ENDING = [
    Event("UserRoleChanged", {"role": "operator"}),
    Event("UserPasswordChanged", {"password_id": "p2"}),
    Event("UserDisabled"),
]


@pytest.mark.parametrize("event", ENDING, ids=lambda event: event.type)
def test_older_tokens_end_with_the_event(event: Event) -> None:
    access = known()
    access.apply([Commit("user-u1", 2, [event])])
    assert refused(access, caller(1))
    assert refused(access, caller(2)) == (event.type == "UserDisabled")


def test_enabling_again_does_not_revive_what_was_signed_before() -> None:
    access = known()
    access.apply(
        [Commit("user-u1", 2, [Event("UserDisabled")]), Commit("user-u1", 3, [Event("UserEnabled")])]
    )
    assert refused(access, caller(2))
    assert not refused(access, caller(3))


@pytest.mark.parametrize("event", [Event("AdminConfirmed"), Event("ClaimVoided", {"key": "x"}), Event("New")])
def test_what_ends_no_token_ends_none(event: Event) -> None:
    access = known()
    access.apply([Commit("user-u1", 2, [event])])
    assert not refused(access, caller(1))


@pytest.mark.parametrize(("kind", "event"), [("session", "SessionEnded"), ("token", "ApiTokenRevoked")])
def test_one_session_or_api_token_ends_alone(kind: str, event: str) -> None:
    access = known()
    access.apply([Commit(f"{kind}-s1", 1, [Event(event)])])
    assert refused(access, caller(1, "s1"))
    assert not refused(access, caller(1, "s2"))


def test_the_snapshot_has_what_ended_before() -> None:
    access = AccessList()
    access.reset({"users": {}, "ended": {"s1": 5}, "log_id": "x", "log_position": 7})
    assert refused(access, caller(1, "s1"))


def test_issuing_a_token_or_granting_a_seat_ends_nothing() -> None:
    access = known()
    access.apply(
        [
            Commit("token-s1", 1, [Event("ApiTokenIssued")]),
            Commit("membership-admins", 1, [Event("AdminGranted")]),
        ]
    )
    assert not refused(access, caller(1, "s1"))


def test_old_ends_are_forgotten() -> None:
    access = known()
    ends = [Commit(f"session-{n}", 1, [Event("SessionEnded")], n * REMEMBERED_MS // 10) for n in range(100)]
    access.apply(ends)
    assert refused(access, caller(1, "99"))
    assert refused(access, caller(1, "90"))
    assert not refused(access, caller(1, "80"))
    assert len(access._ended) < 15


EVENTS = some.sampled_from([*ENDING, Event("UserEnabled"), Event("AdminConfirmed")])


@given(some.lists(some.lists(EVENTS, min_size=1, max_size=3), max_size=8), some.data())
def test_from_any_snapshot_with_any_repetition_the_list_comes_out_the_same(
    changes: list[list[Event]], data: some.DataObject
) -> None:
    commits, version = [Commit("user-u1", 1, [CREATED])], 2
    for events in changes:
        commits.append(Commit("user-u1", version, events))
        version += len(events)
    whole = Standing("", True, 0)
    for commit in commits:
        whole = standing_after(whole, commit)
    start = data.draw(some.integers(0, len(commits)))
    snapshot: Standing | None = None
    for commit in commits[:start]:
        snapshot = standing_after(snapshot, commit)
    access = AccessList()
    users = (
        {}
        if snapshot is None
        else {"u1": {"role": snapshot.role, "enabled": snapshot.enabled, "not_before": snapshot.not_before}}
    )
    access.reset({"users": users, "ended": {}})
    access.apply(commits[data.draw(some.integers(0, start)) :])
    assert access._users["u1"] == whole
