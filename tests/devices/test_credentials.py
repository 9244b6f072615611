"""What is done to credentials on a real database: secrets come sealed, lie in the vault alone, and go."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest

from netraven_chassis.bound import BoundStore
from netraven_chassis.core import Core
from netraven_contracts.errors import (
    Conflict,
    PreconditionFailed,
    ValidationFailed,
)
from netraven_devices import credentials, record, tagging
from netraven_devices.credential import CREDENTIAL, ChangeCredential
from netraven_devices.vault import VAULT
from tests.devices.conftest import START
from tests.devices.inventory import registered, tagged
from tests.devices.keyring import KEY, body, changed, in_force, listed, made, rows, secret, shown
from tests.devices.test_attempts import heard, tried

Asked = Callable[..., BoundStore]


def test_a_credential_shows_everything_but_its_secret(asked: Asked, core: Core) -> None:
    tagged(asked(), "core")
    reply = credentials.create(asked(), KEY.public, body("Core", tags=["CORE"], description="the ring"))
    credential = orjson.loads(reply.body)
    assert reply.meta["location"] == f"/api/credentials/{credential['id']}"
    assert credential == {
        "id": credential["id"],
        "name": "Core",
        "username": "netops",
        "method": "ssh",
        "priority": 100,
        "tags": ["core"],
        "description": "the ring",
        "secret_version": 1,
        "secret_versions": 1,
        "success_rate": None,
        "attempts": 0,
        "last_used": None,
        "version": 1,
        "created_at": credential["created_at"],
        "updated_at": credential["created_at"],
    }
    assert shown(asked(), credential["id"]) == credential
    assert rows(core) == 1


def test_a_new_secret_is_the_next_version_and_an_old_one_can_come_back(asked: Asked) -> None:
    device, credential = registered(asked()), made(asked(), "a")
    changed(asked(), credential["id"], encrypted_secret=secret("second"), username="ops")
    now = shown(asked(), credential["id"])
    assert (now["secret_version"], now["secret_versions"], now["username"]) == (2, 2, "ops")
    assert in_force(asked(), device) == [{"password": "second"}]
    credentials.roll_back(asked(), credential["id"], None, None)
    back = shown(asked(), credential["id"])
    assert (back["secret_version"], back["secret_versions"]) == (1, 2)
    assert in_force(asked(), device) == [{"password": "first"}]
    changed(asked(), credential["id"], encrypted_secret=secret("third"))
    assert shown(asked(), credential["id"])["secret_version"] == 3
    with pytest.raises(Conflict, match="versions 1 to 3"):
        credentials.roll_back(asked(), credential["id"], 4, None)


def test_a_repeated_command_has_its_first_answer_whatever_its_tags_are_called_by_now(
    asked: Asked, core: Core
) -> None:
    tag = tagged(asked(), "core")
    credential = made(asked("one"), "a", tags=["core"])
    changed(asked("two"), credential["id"], tags=["core"], priority=1)
    tagging.change(asked(), tag["id"], {"name": "backbone"}, None)
    for _ in range(2):
        assert made(asked("one"), "a", tags=["core"])["id"] == credential["id"]
        assert changed(asked("two"), credential["id"], tags=["core"], priority=1)["tags"] == ["backbone"]
    assert rows(core) == 1
    with pytest.raises(ValidationFailed):
        changed(asked("three"), credential["id"], tags=["core"])


def test_a_version_that_was_not_seen_is_not_changed_nor_rolled_back_nor_removed(
    asked: Asked, core: Core
) -> None:
    credential = made(asked(), "a")
    changed(asked(), credential["id"], if_match=1, priority=1)
    for attempt in (
        lambda: changed(asked(), credential["id"], 1, encrypted_secret=secret("x")),
        lambda: credentials.roll_back(asked(), credential["id"], None, 1),
        lambda: credentials.remove(asked(), credential["id"], 1),
    ):
        with pytest.raises(PreconditionFailed):
            attempt()
    assert rows(core) == 1


def test_tags_that_are_not_there_are_refused_and_nothing_is_kept(asked: Asked, core: Core) -> None:
    with pytest.raises(ValidationFailed) as error:
        made(asked(), "a", tags=["nowhere"])
    assert set(error.value.details) == {"tags"}
    assert rows(core) == 0 and listed(asked()) == []
    credential = made(asked(), "a")
    with pytest.raises(ValidationFailed):
        changed(asked(), credential["id"], tags=["nowhere"], encrypted_secret=secret("x"))
    assert rows(core) == 1


def test_a_credential_that_was_given_a_tag_while_it_went_is_not_for_every_device(asked: Asked) -> None:
    tag, device = tagged(asked(), "core"), registered(asked())
    credential = made(asked(), "a")
    tagging.delete(asked(), tag["id"], cascade=True, if_match=None)
    asked().handle(CREDENTIAL, credential["id"], ChangeCredential({"tags": [tag["id"]]}))
    assert shown(asked(), credential["id"])["tags"] == [tag["id"]]
    assert in_force(asked(), device) == []


def test_a_tag_that_is_renamed_is_renamed_here_too(asked: Asked) -> None:
    tag = tagged(asked(), "core")
    credential = made(asked(), "a", tags=["core"])
    tagging.change(asked(), tag["id"], {"name": "ring"}, None)
    assert shown(asked(), credential["id"])["tags"] == ["ring"]


def test_a_tag_may_have_the_name_of_a_credential(asked: Asked) -> None:
    made(asked(), "core")
    assert tagged(asked(), "core")["name"] == "core"


def test_a_history_tells_of_versions_and_never_of_secrets(asked: Asked, core: Core) -> None:
    tagged(asked(), "core")
    credential = made(asked(), "a")
    changed(asked(), credential["id"], encrypted_secret=secret("second"), tags=["core"])
    credentials.roll_back(asked(), credential["id"], None, None)
    names = [row["_id"] for row in core.database[VAULT.collection].find()]
    credentials.remove(asked(), credential["id"], None)
    entries, total = record.of_credential(asked(), credential["id"], 1, 25)
    assert total == len(entries) == 5
    assert [(entry["event"], entry["changes"]) for entry in entries[1:4]] == [
        ("CredentialRolledBack", [{"field": "secret_version", "from": 2, "to": 1}]),
        ("CredentialSecretReplaced", [{"field": "secret_version", "from": 1, "to": 2}]),
        ("CredentialTagsSet", [{"field": "tags", "from": [], "to": ["core"]}]),
    ]
    assert (entries[0]["event"], entries[4]["event"]) == ("CredentialRemoved", "CredentialCreated")
    assert all(entry["actor"] == {"id": "u1", "name": "ann"} for entry in entries)
    told = str(entries)
    assert names and not any(name in told for name in names)
    assert "first" not in told and "second" not in told


def test_a_device_has_those_of_its_tags_and_those_of_all_in_order(asked: Asked, core: Core) -> None:
    for name in ("core", "edge"):
        tagged(asked(), name)
    device = registered(asked(), tags=["core"])
    any_first, any_last = made(asked(), "c-any"), made(asked(), "a-any")
    made(asked(), "z-core", tags=["core"], priority=1)
    made(asked(), "edge", tags=["edge"], priority=1)
    row = asked().collection("devices").find_one({"_id": device["id"]})
    names = [one["name"] for one in credentials.for_device(asked(), row or {})]
    assert names == ["z-core", "a-any", "c-any"]
    heard(core, 1, START, tried(any_first["id"], True, START, device["id"]))
    tries = credentials.for_device(asked(), row or {})
    assert [one["id"] for one in tries[1:]] == [any_first["id"], any_last["id"]]
    assert tries[1]["success_rate"] == 100.0
    assert not any("sealed" in one or "rows" in one for one in tries)


def test_the_rate_is_over_all_attempts_or_over_a_window(asked: Asked, core: Core) -> None:
    credential = made(asked(), "a")
    for number, ok in enumerate((False, False, True, True), 1):
        heard(core, number, START + number * 1000, tried(credential["id"], ok, 0))
    whole, late = shown(asked(), credential["id"]), shown(asked(), credential["id"], START + 2001)
    assert (whole["success_rate"], whole["attempts"]) == (50.0, 4)
    assert (late["success_rate"], late["attempts"]) == (100.0, 2)
    assert whole["last_used"] == "2026-01-02T03:04:09.000Z"


def test_lists_are_filtered_and_sorted(asked: Asked, core: Core) -> None:
    tagged(asked(), "core")
    good, bad = made(asked(), "good", priority=5), made(asked(), "Bad", priority=7, tags=["core"])
    made(asked(), "new", method="snmp", description="never TRIED")
    heard(core, 1, START, *(tried(good["id"], ok, 0) for ok in (True, True, True, False)))
    heard(core, 2, START, tried(bad["id"], False, 0))
    assert listed(asked()) == ["Bad", "good", "new"]
    assert listed(asked(), min_success=75) == ["good"]
    assert listed(asked(), min_success=76) == []
    assert listed(asked(), min_success=0) == ["Bad", "good"]
    assert listed(asked(), method="snmp") == listed(asked(), q="tried") == ["new"]
    assert listed(asked(), tag="Core") == ["Bad"]
    assert listed(asked(), tag="nowhere") == []
    assert listed(asked(), "-success_rate", "name") == ["good", "Bad", "new"]
    assert listed(asked(), "priority") == ["good", "Bad", "new"]
    assert listed(asked(), "-created_at") == ["new", "Bad", "good"]
    assert credentials.page(asked(), {}, 2, 2, ()).meta["total"] == 3
    assert len(orjson.loads(credentials.page(asked(), {}, 2, 2, ()).body)) == 1


def test_rebuilt_views_show_the_same(asked: Asked, core: Core) -> None:
    credential, gone = made(asked(), "a"), made(asked(), "gone")
    changed(asked(), credential["id"], encrypted_secret=secret("second"), priority=3)
    credentials.remove(asked(), gone["id"], None)
    before = shown(asked(), credential["id"])
    core.rebuild()
    assert shown(asked(), credential["id"]) == before and listed(asked()) == ["a"]
