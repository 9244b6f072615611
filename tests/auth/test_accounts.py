"""Making and changing users, with a real log, real hashes and no secret where it does not belong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import eventlet
import orjson
import pytest

from netraven_auth import accounts
from netraven_auth.equipment import Equipment
from netraven_auth.membership import MEMBERS, MEMBERSHIP
from netraven_auth.user import USER
from netraven_chassis.bound import BoundStore
from netraven_contracts.errors import (
    Conflict,
    DuplicateName,
    NetRavenError,
    NotFound,
    PreconditionFailed,
    RateLimited,
    ValidationFailed,
)
from tests.auth.conftest import OTHER_PASSWORD, PASSWORD

Ask = Callable[..., BoundStore]


def body(username: str, role: str = "viewer", **more: Any) -> dict[str, Any]:
    return {"username": username, "role": role, "password": PASSWORD, "enabled": True, **more}


@pytest.fixture
def create(asked: Ask, kit: Equipment) -> Callable[..., str]:
    """Makes a user; the id."""

    def make(username: str, role: str = "viewer", **more: Any) -> str:
        reply = accounts.create(asked(), kit, body(username, role, **more))
        return str(orjson.loads(reply.body)["id"])

    return make


def right(store: BoundStore, kit: Equipment, user_id: str, password: str) -> bool:
    kept = kit.password_rows.read(store.load(USER, user_id).state.password_id)
    return kept is not None and kit.passwords.check(kept, password).right


def rows(store: BoundStore) -> int:
    return store.database["passwords"].count_documents({})


def test_a_new_user_is_shown_with_its_version_and_place(asked: Ask, kit: Equipment) -> None:
    reply = accounts.create(asked(), kit, body("Marie", "operator"))
    shown = orjson.loads(reply.body)
    assert {**shown, "id": 1, "created_at": 1, "updated_at": 1} == {
        "id": 1,
        "username": "Marie",
        "role": "operator",
        "enabled": True,
        "last_login": None,
        "created_at": 1,
        "updated_at": 1,
        "version": 1,
    }
    assert reply.meta["version"] == 1
    assert reply.meta["etag"].startswith('"1-')
    assert reply.meta["location"] == f"/api/users/{shown['id']}"


def test_a_name_is_taken_whatever_its_case(asked: Ask, kit: Equipment, create: Callable[..., str]) -> None:
    create("Marie")
    with pytest.raises(DuplicateName):
        create("mARIE")
    assert rows(asked()) == 1, "the hash of a user who was not made stays"


def test_a_creation_that_is_repeated_makes_one_user_with_the_first_password(
    asked: Ask, kit: Equipment
) -> None:
    first = accounts.create(asked("c1"), kit, body("Marie"))
    again = accounts.create(asked("c1"), kit, body("Marie", password=OTHER_PASSWORD))
    assert first.body == again.body
    user_id = orjson.loads(first.body)["id"]
    assert right(asked(), kit, user_id, PASSWORD)
    assert not right(asked(), kit, user_id, OTHER_PASSWORD)
    assert rows(asked()) == 1


def test_the_same_command_for_another_user_is_a_conflict(asked: Ask, kit: Equipment) -> None:
    accounts.create(asked("c1", "h1"), kit, body("Marie"))
    with pytest.raises(Conflict):
        accounts.create(asked("c1", "h2"), kit, body("Marta"))


@pytest.mark.parametrize("bad", ["short", "marie-marie-marie", "unbelievable"])
def test_a_bad_password_makes_no_user(asked: Ask, kit: Equipment, bad: str) -> None:
    with pytest.raises(ValidationFailed) as error:
        accounts.create(asked(), kit, body("marie-marie-marie", password=bad))
    assert list(error.value.details) == ["password"]
    assert asked().core.log.head() == 0
    assert rows(asked()) == 0


def test_role_password_and_access_change_in_one_commit(
    asked: Ask, kit: Equipment, create: Callable[..., str]
) -> None:
    user_id = create("Marie")
    changes = {"role": "operator", "enabled": False, "password": OTHER_PASSWORD}
    reply = accounts.change(asked(), kit, user_id, changes, if_match=1)
    shown = orjson.loads(reply.body)
    assert (shown["role"], shown["enabled"], shown["version"]) == ("operator", False, 4)
    assert right(asked(), kit, user_id, OTHER_PASSWORD)
    assert not right(asked(), kit, user_id, PASSWORD)
    assert rows(asked()) == 1, "the old hash stays"
    assert len(asked().load(USER, user_id).commits) == 2


def test_a_stale_version_changes_nothing(asked: Ask, kit: Equipment, create: Callable[..., str]) -> None:
    user_id = create("Marie")
    with pytest.raises(PreconditionFailed):
        accounts.change(asked(), kit, user_id, {"password": OTHER_PASSWORD}, if_match=7)
    assert right(asked(), kit, user_id, PASSWORD)
    assert rows(asked()) == 1


def test_who_is_not_there_cannot_be_changed(asked: Ask, kit: Equipment) -> None:
    for changes in ({"role": "viewer"}, {"password": PASSWORD}):
        with pytest.raises(NotFound):
            accounts.change(asked(), kit, "f" * 24, changes, None)
    assert rows(asked()) == 0


def test_sessions_end_when_the_user_is_disabled_or_has_another_password(
    asked: Ask, kit: Equipment, create: Callable[..., str]
) -> None:
    user_id = create("Marie")
    for changes, ends in (
        ({"role": "operator"}, False),
        ({"password": OTHER_PASSWORD}, True),
        ({"enabled": False}, True),
    ):
        session = kit.sessions.open(user_id, asked().load(USER, user_id).state.epoch)
        accounts.change(asked(), kit, user_id, changes, None)
        assert kit.sessions.running(session.session_id) is not ends


def test_the_last_admin_stays(asked: Ask, kit: Equipment, create: Callable[..., str]) -> None:
    ann, ben = create("Ann", "admin"), create("Ben", "admin")
    accounts.change(asked(), kit, ben, {"role": "operator"}, None)
    for changes in ({"role": "viewer"}, {"enabled": False}, {"role": "viewer", "password": OTHER_PASSWORD}):
        with pytest.raises(Conflict, match="last admin"):
            accounts.change(asked(), kit, ann, changes, None)
    assert right(asked(), kit, ann, PASSWORD)
    accounts.change(asked(), kit, ann, {"password": OTHER_PASSWORD}, None)


def test_of_many_demotions_of_all_admins_at_once_all_but_one_win(
    asked: Ask, kit: Equipment, create: Callable[..., str]
) -> None:
    for round_ in range(5):
        people = [create(f"user{round_}-{number}", "admin") for number in range(2)]
        for old in asked().load(MEMBERSHIP, MEMBERS).state.admins - set(people):
            accounts.change(asked(), kit, old, {"role": "viewer"}, None)

        def demote(user_id: str, round_: int = round_) -> str:
            try:
                accounts.change(
                    asked(), kit, user_id, {"enabled": False} if round_ % 2 else {"role": "viewer"}, None
                )
            except NetRavenError as error:
                return error.code
            return "demoted"

        ends = sorted(eventlet.GreenPool().imap(demote, people))
        assert ends == ["CONFLICT", "demoted"]
        admins = {one for one in people if asked().load(USER, one).state.is_admin}
        assert admins == asked().load(MEMBERSHIP, MEMBERS).state.admins
        assert len(admins) == 1


def test_a_demotion_that_is_repeated_is_done_once(
    asked: Ask, kit: Equipment, create: Callable[..., str]
) -> None:
    create("Ann", "admin")
    ben = create("Ben", "admin")
    first = accounts.change(asked("c1"), kit, ben, {"role": "viewer"}, None)
    accounts.change(asked(), kit, ben, {"role": "admin"}, None)
    accounts.change(asked("c1"), kit, ben, {"role": "viewer"}, None)
    assert orjson.loads(first.body)["role"] == "viewer"
    assert asked().load(USER, ben).state.role == "admin"
    assert ben in asked().load(MEMBERSHIP, MEMBERS).state.admins


def test_ones_own_password_is_changed_by_who_knows_the_old_one(
    asked: Ask, kit: Equipment, create: Callable[..., str]
) -> None:
    user_id = create("Marie")
    with pytest.raises(ValidationFailed) as error:
        accounts.change_own_password(asked(), kit, user_id, "a wrong password", OTHER_PASSWORD)
    assert error.value.details == {"current_password": ["is wrong"]}
    with pytest.raises(ValidationFailed) as error:
        accounts.change_own_password(asked(), kit, user_id, PASSWORD, "Marie")
    assert set(error.value.details) == {"new_password"}
    accounts.change_own_password(asked(), kit, user_id, PASSWORD, OTHER_PASSWORD)
    assert right(asked(), kit, user_id, OTHER_PASSWORD)
    with pytest.raises(NotFound):
        accounts.change_own_password(asked(), kit, "f" * 24, PASSWORD, OTHER_PASSWORD)


def test_the_current_password_cannot_be_guessed_either(
    asked: Ask, kit: Equipment, create: Callable[..., str]
) -> None:
    user_id = create("Marie")
    for _ in range(5):
        with pytest.raises(ValidationFailed):
            accounts.change_own_password(asked(), kit, user_id, "a wrong password", OTHER_PASSWORD)
    with pytest.raises(RateLimited):
        accounts.change_own_password(asked(), kit, user_id, PASSWORD, OTHER_PASSWORD)


def test_the_log_has_neither_a_password_nor_anything_made_of_one(
    asked: Ask, kit: Equipment, create: Callable[..., str]
) -> None:
    canary = "canary-canary-canary"
    reply = accounts.create(asked("c1", "hash of the whole body"), kit, body("Marie", password=canary))
    user_id = orjson.loads(reply.body)["id"]
    accounts.change(asked("c2", "hash of the whole body"), kit, user_id, {"password": canary + "2"}, None)
    accounts.change_own_password(
        asked("c3", "hash of the whole body"), kit, user_id, canary + "2", canary + "3"
    )
    database = asked().database
    for name in database.list_collection_names():
        stored = str(list(database[name].find()))
        assert canary not in stored
        assert "hash of the whole body" not in stored
        assert ("$argon2" in stored) == (name == "passwords")
