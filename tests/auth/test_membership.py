"""Who counts as an admin: never nobody."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from netraven_auth.membership import (
    MEMBERSHIP,
    AdminGranted,
    AdminRevoked,
    GrantAdmin,
    Membership,
    RevokeAdmin,
    decide,
    evolve,
)
from netraven_contracts.errors import Conflict


def members(*events: Any) -> Membership:
    state = Membership()
    for event in events:
        state = evolve(state, event)
    return state


A, B = AdminGranted("a", 1), AdminGranted("b", 1)
FOLLOWS = {
    "the first admin": ([], GrantAdmin("a", 1), [A]),
    "one more": ([A], GrantAdmin("b", 1), [B]),
    "twice is once": ([A], GrantAdmin("a", 2), []),
    "one of two may go": ([A, B], RevokeAdmin("a", 3), [AdminRevoked("a", 3)]),
    "who is not counted may go, and leaves a fence": ([A], RevokeAdmin("b", 3), [AdminRevoked("b", 3)]),
    "the same fence is there already": ([A, AdminRevoked("b", 3)], RevokeAdmin("b", 3), []),
    "a higher one is not": ([A, AdminRevoked("b", 3)], RevokeAdmin("b", 4), [AdminRevoked("b", 4)]),
    "a late grant does not pass the fence": ([A, AdminRevoked("b", 3)], GrantAdmin("b", 3), []),
    "a later version does": ([A, AdminRevoked("b", 3)], GrantAdmin("b", 4), [AdminGranted("b", 4)]),
}


@pytest.mark.parametrize(("given_", "when", "then"), FOLLOWS.values(), ids=FOLLOWS)
def test_what_follows_from_a_command(given_: list[Any], when: Any, then: list[Any]) -> None:
    assert list(decide(members(*given_), when)) == then


LAST = {
    "alone from the beginning": [A],
    "alone since the other went": [A, B, AdminRevoked("b", 3)],
    "not even counted yet": [],
}


@pytest.mark.parametrize("given_", LAST.values(), ids=LAST)
def test_the_last_admin_stays(given_: list[Any]) -> None:
    with pytest.raises(Conflict, match="last admin"):
        decide(members(*given_), RevokeAdmin("a", 5))


def test_a_fact_that_is_not_known_yet_changes_nothing() -> None:
    assert evolve(members(A), object()) == members(A)


def test_no_event_has_a_place_for_a_secret() -> None:
    assert {name for kind in MEMBERSHIP.events for name in (f.name for f in fields(kind))} == {
        "user_id",
        "version",
    }


PEOPLE, VERSIONS = some.sampled_from("abc"), some.integers(1, 9)
COMMANDS = some.builds(GrantAdmin, PEOPLE, VERSIONS) | some.builds(RevokeAdmin, PEOPLE, VERSIONS)


@given(some.lists(COMMANDS))
def test_once_there_is_an_admin_there_always_is_one(commands: list[GrantAdmin | RevokeAdmin]) -> None:
    state = members(A)
    for command in commands:
        try:
            events = decide(state, command)
        except Conflict:
            continue
        for event in events:
            state = evolve(state, event)
        assert state.admins
