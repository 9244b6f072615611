"""The first user, and the way back in."""

from __future__ import annotations

import re
from collections.abc import Callable

import eventlet
import pytest

from netraven_auth import accounts, entrance, first_admin
from netraven_auth.equipment import Equipment
from netraven_auth.membership import MEMBERS, MEMBERSHIP
from netraven_chassis.bound import BoundStore
from netraven_chassis.setting import SettingsError
from netraven_contracts.errors import Unauthorized
from tests.auth.conftest import OTHER_PASSWORD, PASSWORD

Ask = Callable[..., BoundStore]
Make = Callable[..., Equipment]
Capture = pytest.CaptureFixture[str]


def log_in(asked: Ask, kit: Equipment, password: str) -> bool:
    try:
        entrance.log_in(asked(), kit, "admin", password, None)
    except Unauthorized:
        return False
    return True


def printed(capture: Capture) -> list[str]:
    return re.findall(r"password +(\S+)\n", capture.readouterr().err)


def test_the_password_of_the_settings_is_the_first_one(asked: Ask, make_kit: Make, capsys: Capture) -> None:
    kit = make_kit(NETRAVEN_ADMIN_PASSWORD=PASSWORD)
    first_admin.ensure(asked(), kit)
    assert log_in(asked, kit, PASSWORD)
    said = capsys.readouterr()
    assert PASSWORD not in said.out + said.err


def test_else_one_is_made_and_shown_once(asked: Ask, kit: Equipment, capsys: Capture) -> None:
    first_admin.ensure(asked(), kit)
    (password,) = printed(capsys)
    assert len(password) >= 20
    assert log_in(asked, kit, password)
    first_admin.ensure(asked(), kit)
    assert printed(capsys) == []


def test_later_starts_leave_everything_as_it_is(asked: Ask, make_kit: Make) -> None:
    first_admin.ensure(asked(), make_kit(NETRAVEN_ADMIN_PASSWORD=PASSWORD))
    head = asked().core.log.head()
    kit = make_kit(NETRAVEN_ADMIN_PASSWORD=OTHER_PASSWORD)
    first_admin.ensure(asked(), kit)
    assert asked().core.log.head() == head
    assert log_in(asked, kit, PASSWORD)


def test_a_first_password_against_the_policy_is_a_clear_error_that_does_not_repeat_it(
    asked: Ask, make_kit: Make
) -> None:
    with pytest.raises(SettingsError, match=r"NETRAVEN_ADMIN_PASSWORD=\*\*\*: .*at least 12") as error:
        first_admin.ensure(asked(), make_kit(NETRAVEN_ADMIN_PASSWORD="letmein"))
    assert "letmein" not in str(error.value)
    assert asked().core.log.head() == 0


def test_of_many_instances_that_start_at_once_one_makes_the_admin(
    asked: Ask, make_kit: Make, capsys: Capture
) -> None:
    kits = [make_kit() for _ in range(4)]
    list(eventlet.GreenPool().imap(lambda kit: first_admin.ensure(asked(), kit), kits))
    passwords = printed(capsys)
    assert len(passwords) == 1
    assert log_in(asked, kits[0], passwords[0])
    assert len(asked().load(MEMBERSHIP, MEMBERS).state.admins) == 1
    assert asked().collection("users").count_documents({}) == 1


def test_a_start_that_was_cut_short_is_made_up_for(
    asked: Ask, make_kit: Make, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit = make_kit()
    monkeypatch.setattr(first_admin, "_show", lambda _password: None)
    first_admin.ensure(asked(), kit)
    asked().database["commits"].delete_many({"stream": "membership-admins"})
    monkeypatch.undo()
    first_admin.ensure(asked(), kit)
    (password,) = printed(capsys)
    assert log_in(asked, kit, password)


def test_a_lost_password_is_replaced_on_request_and_access_given_back(
    asked: Ask, make_kit: Make, capsys: Capture
) -> None:
    kit = make_kit(NETRAVEN_ADMIN_PASSWORD=PASSWORD)
    first_admin.ensure(asked(), kit)
    other = {"username": "ben", "role": "admin", "password": PASSWORD, "enabled": True}
    accounts.create(asked(), kit, other)
    (row,) = asked().collection("users").find({"username": "admin"})
    accounts.change(asked(), kit, row["_id"], {"enabled": False, "role": "viewer"}, None)
    kit = make_kit(NETRAVEN_RESET_ADMIN="true", NETRAVEN_ADMIN_PASSWORD=OTHER_PASSWORD)
    first_admin.ensure(asked(), kit)
    assert log_in(asked, kit, OTHER_PASSWORD)
    assert row["_id"] in asked().load(MEMBERSHIP, MEMBERS).state.admins


def test_a_request_for_a_new_password_that_stays_in_the_settings_is_met_once(
    asked: Ask, make_kit: Make
) -> None:
    kit = make_kit(NETRAVEN_RESET_ADMIN="true", NETRAVEN_ADMIN_PASSWORD=PASSWORD)
    first_admin.ensure(asked(), kit)
    head = asked().core.log.head()
    first_admin.ensure(asked(), kit)
    assert asked().core.log.head() == head


def test_without_a_password_in_the_settings_a_new_one_is_shown_by_one_instance(
    asked: Ask, make_kit: Make, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_admin.ensure(asked(), make_kit(NETRAVEN_ADMIN_PASSWORD=PASSWORD))
    kit = make_kit(NETRAVEN_RESET_ADMIN="true")
    first_admin.ensure(asked(), kit)
    assert printed(capsys) == [], "this still is the start that made the admin"
    monkeypatch.setattr(first_admin, "TOGETHER_MS", 0)
    first_admin.ensure(asked(), kit)
    monkeypatch.undo()
    first_admin.ensure(asked(), kit)
    (password,) = printed(capsys)
    assert log_in(asked, kit, password)
    assert not log_in(asked, kit, PASSWORD)
