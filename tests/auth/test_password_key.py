"""Passwords on the bus: sealed for every instance, and nothing else is taken for one."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netraven_auth.equipment import Equipment
from netraven_auth.password_key import MOST, PasswordKeys, from_file, from_folder, opened
from netraven_auth.signing import BadKey
from netraven_chassis import seals, settings
from netraven_chassis.setting import SettingsError
from netraven_contracts.errors import Unavailable, ValidationFailed


def test_whichever_instance_gets_a_password_opens_it(database: Any, tmp_path: Path) -> None:
    keys, instances = PasswordKeys(database), [from_folder(tmp_path / name) for name in ("one", "other")]
    keys.prepare()
    for key in instances:
        keys.publish(key.public)
    sealed = seals.for_each(keys.documents(), "пароль-для-сети".encode())
    assert len(sealed) == 2 and "пароль" not in "".join(sealed)
    assert [opened(key, sealed, "password") for key in instances] == ["пароль-для-сети"] * 2
    assert all("d" not in document for document in keys.documents())


def test_one_that_is_not_sealed_for_this_instance_is_to_be_sent_again(tmp_path: Path) -> None:
    own, other = from_folder(tmp_path), seals.make()
    broken = own.public.seal(b"x")[:-9]
    for sealed in (other.public.seal(b"x"), "x", "", broken, own.public.seal(b"\xff")):
        with pytest.raises(Unavailable):
            opened(own, [sealed], "password")
    with pytest.raises(Unavailable):
        opened(own, [], "password")


@pytest.mark.parametrize("clear", ["canary", b"canary", None, ["canary", 1], {"canary": 1}])
def test_one_that_is_not_sealed_is_refused_without_repeating_it(tmp_path: Path, clear: Any) -> None:
    with pytest.raises(ValidationFailed) as refused:
        opened(from_folder(tmp_path), clear, "new_password")
    assert refused.value.details == {"new_password": ["must be sealed"]}
    assert "canary" not in repr(refused.value)


def test_the_key_is_its_owners_alone_and_stays_the_same(tmp_path: Path) -> None:
    assert from_folder(tmp_path).public.kid == from_folder(tmp_path).public.kid
    path = tmp_path / "auth" / "password-key.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert from_file(path).public.kid == from_folder(tmp_path).public.kid


@pytest.mark.parametrize("content", ["", "{}", '{"kty": "oct", "k": "canary"}'])
def test_a_file_that_is_no_key_is_a_clear_error(database: Any, tmp_path: Path, content: str) -> None:
    path = tmp_path / "key.json"
    for missing in (True, False):
        if not missing:
            path.write_text(content)
        with pytest.raises(BadKey, match=r"key\.json"):
            from_file(path)
        named = settings.load({"NETRAVEN_PASSWORD_KEY_FILE": str(path), "NETRAVEN_DATA": str(tmp_path)})
        with pytest.raises(SettingsError, match="NETRAVEN_PASSWORD_KEY_FILE"):
            Equipment(database, named)


def test_a_key_that_nobody_renews_goes_and_of_many_the_latest_are_told(database: Any) -> None:
    keys = PasswordKeys(database)
    keys.prepare()
    assert database["password_keys"].index_information()["seen_1"]["expireAfterSeconds"] == 3600
    kids = []
    for _ in range(MOST + 2):
        key = seals.make().public
        keys.publish(key)
        kids.append(key.kid)
    assert {document["kid"] for document in keys.documents()} <= set(kids)
    assert len(keys.documents()) == MOST and keys.documents()[0]["kid"] == kids[-1]


def test_an_instance_makes_its_key_known_with_the_others(make_kit: Callable[..., Equipment]) -> None:
    kit = make_kit()
    assert kit.password_key.public.kid in {document["kid"] for document in kit.password_keys.documents()}
    assert kit.opened(seals.for_each(kit.password_keys.documents(), b"x")) == "x"
