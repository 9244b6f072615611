"""What may be asked of a user and what follows."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from netraven_auth.user import (
    USER,
    AdminConfirmed,
    AskMembership,
    ChangeUser,
    ConfirmAdmin,
    CreateUser,
    User,
    UserCreated,
    UserDisabled,
    UserEnabled,
    UserPasswordChanged,
    UserRoleChanged,
    decide,
    evolve,
    name_key,
)
from netraven_contracts.errors import Conflict, NotFound

VIEWER = UserCreated("Marie", "viewer", True, "p1")
ADMIN = [UserCreated("Marie", "admin", True, "p1")]


def user(events: list[Any]) -> User:
    state = User()
    for event in events:
        state = evolve(state, event)
    return state


FOLLOWS = {
    "creating is one event": ([], CreateUser("Marie", "viewer", True, "p1"), [VIEWER]),
    "an admin is created like anybody": ([], CreateUser("Marie", "admin", True, "p1"), ADMIN),
    "every field has its event": (
        [VIEWER],
        ChangeUser("operator", False, "p2"),
        [UserRoleChanged("operator"), UserDisabled(), UserPasswordChanged("p2")],
    ),
    "what is so already is no news": ([VIEWER], ChangeUser("viewer", True, "p1"), []),
    "what is not named stays": ([VIEWER], ChangeUser(), []),
    "enabling again": ([VIEWER, UserDisabled()], ChangeUser(enabled=True), [UserEnabled()]),
    "a disabled user may be made an admin for later": (
        [VIEWER, UserDisabled()],
        ChangeUser(role="admin"),
        [UserRoleChanged("admin")],
    ),
    "an admin's password is nobody else's affair": (
        ADMIN,
        ChangeUser(password_id="p2"),
        [UserPasswordChanged("p2")],
    ),
    "anybody may become an admin": ([VIEWER], ChangeUser("admin"), [UserRoleChanged("admin")]),
    "an admin may go with the membership's leave": (
        ADMIN,
        ChangeUser("viewer", unseated=True),
        [UserRoleChanged("viewer")],
    ),
    "an admin is confirmed": (ADMIN, ConfirmAdmin(), [AdminConfirmed()]),
    "a viewer is not": ([VIEWER], ConfirmAdmin(), []),
}


@pytest.mark.parametrize(("given_", "when", "then"), FOLLOWS.values(), ids=FOLLOWS)
def test_what_follows_from_a_command(given_: list[Any], when: Any, then: list[Any]) -> None:
    assert list(decide(user(given_), when)) == then


REFUSED = {
    "creating twice under one id": ([VIEWER], CreateUser("Marie", "viewer", True, "p1"), Conflict),
    "changing nobody": ([], ChangeUser("viewer"), NotFound),
    "confirming nobody": ([], ConfirmAdmin(), NotFound),
    "demoting an admin": (ADMIN, ChangeUser("operator"), AskMembership),
    "disabling an admin": (ADMIN, ChangeUser(enabled=False), AskMembership),
}


@pytest.mark.parametrize(("given_", "when", "error"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(given_: list[Any], when: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        decide(user(given_), when)


def test_sessions_end_with_a_new_password_and_with_disabling_but_not_with_a_role() -> None:
    assert user([VIEWER]).epoch == user([VIEWER, UserRoleChanged("operator"), UserEnabled()]).epoch == 0
    assert user([VIEWER, UserDisabled()]).epoch == user([VIEWER, UserPasswordChanged("p2")]).epoch == 1


SAME = [("Marie", "mARIE"), ("\uff2darie", "Marie"), ("Jose\u0301", "José"), ("Straße", "STRASSE")]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_a_user_name_is_unique_whatever_its_case_and_composition(one: str, other: str) -> None:
    held = [USER.unique(evolve(User(), UserCreated(name, "viewer", True, "p"))) for name in (one, other)]
    assert held[0] == held[1] == {"username": name_key(one)}


def test_a_user_that_does_not_exist_holds_no_name() -> None:
    assert USER.unique(User()) == {}


def test_no_event_has_a_place_for_a_secret() -> None:
    """A new field of an event is a decision: this list is its record."""
    assert {kind.__name__: [field.name for field in fields(kind)] for kind in USER.events} == {
        "UserCreated": ["username", "role", "enabled", "password_id"],
        "UserRoleChanged": ["role"],
        "UserEnabled": [],
        "UserDisabled": [],
        "UserPasswordChanged": ["password_id"],
        "AdminConfirmed": [],
    }


EVENTS = some.one_of(
    some.builds(
        UserCreated, some.text(), some.sampled_from(["admin", "viewer"]), some.booleans(), some.text()
    ),
    some.builds(UserRoleChanged, some.text()),
    some.builds(UserPasswordChanged, some.text()),
    some.just(AdminConfirmed()),
    some.just(UserEnabled()),
    some.just(UserDisabled()),
    some.integers(),
)


@given(some.lists(EVENTS))
def test_any_history_can_be_replayed(events: list[Any]) -> None:
    assert set(asdict(user(events))) == set(asdict(User()))
