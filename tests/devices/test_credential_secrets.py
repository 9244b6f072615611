"""What becomes of sealed secrets: one row for each version, none left over, none anywhere else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from netraven_chassis import sealing
from netraven_chassis.bound import BoundStore
from netraven_chassis.core import Core
from netraven_contracts.errors import (
    Conflict,
    DuplicateName,
    NotFound,
    ValidationFailed,
)
from netraven_devices import credentials, record
from netraven_devices.credential import CREDENTIAL, CreateCredential, RemoveCredential
from netraven_devices.vault import VAULT
from tests.devices.inventory import registered
from tests.devices.keyring import KEY, NOBODY, changed, in_force, listed, made, rows, secret, shown

Asked = Callable[..., BoundStore]

BAD_SEALS = {
    "no seal at all": "hunter2",
    "another key's": sealing.make().public.seal(b"hunter2"),
    "not of these letters": "hünter2.a.b.c.d",
    "dots alone": "....",
}


@pytest.mark.parametrize("sealed", BAD_SEALS.values(), ids=BAD_SEALS)
def test_a_bad_seal_is_refused_and_not_repeated(asked: Asked, core: Core, sealed: str) -> None:
    credential = made(asked(), "a")
    for attempt in (
        lambda: made(asked(), "b", encrypted_secret=sealed),
        lambda: changed(asked(), credential["id"], encrypted_secret=sealed),
    ):
        with pytest.raises(ValidationFailed) as error:
            attempt()
        assert set(error.value.details) == {"encrypted_secret"}
        assert sealed not in repr(error.value) + str(error.value.details)
        assert "hunter2" not in repr(error.value) + str(error.value.details)
    assert rows(core) == 1


def test_a_name_is_there_once_and_a_refused_create_leaves_no_row(asked: Asked, core: Core) -> None:
    made(asked(), "Core")
    with pytest.raises(DuplicateName) as refusal:
        made(asked(), "CORE", "other")
    assert refusal.value.details == {"name": ["core is taken"]}
    assert rows(core) == 1
    other = made(asked(), "edge")
    with pytest.raises(DuplicateName):
        changed(asked(), other["id"], name="core", encrypted_secret=secret("x"))
    assert rows(core) == 2


def test_a_repeated_command_keeps_the_first_secret(asked: Asked, core: Core) -> None:
    device = registered(asked())
    first = made(asked("create"), "a", "first")
    assert made(asked("create"), "a", "again") == first
    assert (rows(core), in_force(asked(), device)) == (1, [{"password": "first"}])
    second = changed(asked("change"), first["id"], encrypted_secret=secret("second"))
    assert changed(asked("change"), first["id"], encrypted_secret=secret("again")) == second
    assert (rows(core), in_force(asked(), device)) == (2, [{"password": "second"}])


def test_a_command_that_is_repeated_as_another_one_takes_nothing_away(asked: Asked, core: Core) -> None:
    device = registered(asked())
    made(asked("create", "hash-1"), "a")
    with pytest.raises(Conflict):
        made(asked("create", "hash-2"), "b", "other")
    assert (rows(core), in_force(asked(), device)) == (1, [{"password": "first"}])


def test_a_create_that_died_before_its_event_is_made_whole_when_repeated(asked: Asked, core: Core) -> None:
    device, store = registered(asked()), asked("create")
    VAULT.keep(core.database, store.new_id("secret"), store.new_id(), secret("first"), KEY.public.kid)
    made(asked("create"), "a", "again")
    assert (rows(core), in_force(asked(), device)) == (1, [{"password": "first"}])


def test_removing_shreds_every_version(asked: Asked, core: Core) -> None:
    kept, credential = made(asked(), "kept"), made(asked(), "a")
    changed(asked(), credential["id"], encrypted_secret=secret("second"))
    assert rows(core) == 3
    credentials.remove(asked(), credential["id"], None)
    assert [row["credential_id"] for row in core.database[VAULT.collection].find()] == [kept["id"]]
    for attempt in (
        lambda: shown(asked(), credential["id"]),
        lambda: changed(asked(), credential["id"], encrypted_secret=secret("x")),
        lambda: credentials.roll_back(asked(), credential["id"], None, None),
        lambda: credentials.remove(asked(), credential["id"], None),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert rows(core) == 1 and listed(asked()) == ["kept"]
    made(asked(), "a")


def test_what_a_crash_left_after_the_event_is_shredded_when_the_call_is_repeated(
    asked: Asked, core: Core
) -> None:
    credential = made(asked(), "a")
    asked().handle(CREDENTIAL, credential["id"], RemoveCredential())
    assert rows(core) == 1
    with pytest.raises(NotFound):
        credentials.remove(asked(), credential["id"], None)
    assert rows(core) == 0


def test_what_a_crash_left_after_the_event_is_shredded_when_nobody_repeats_the_call(
    asked: Asked, core: Core
) -> None:
    kept, gone = made(asked(), "kept"), made(asked(), "gone")
    waiting = "e" * 24  # a create that is under way elsewhere: its event has yet to come
    VAULT.keep(core.database, "row", waiting, secret("x"), KEY.public.kid)
    asked().handle(CREDENTIAL, gone["id"], RemoveCredential())
    credentials.shred_removed(asked())
    assert {row["credential_id"] for row in core.database[VAULT.collection].find()} == {kept["id"], waiting}


def test_what_was_never_there_is_not_found_and_leaves_no_row(asked: Asked, core: Core) -> None:
    for attempt in (
        lambda: shown(asked(), NOBODY),
        lambda: changed(asked(), NOBODY, encrypted_secret=secret("x")),
        lambda: changed(asked(), NOBODY, name="x"),
        lambda: credentials.remove(asked(), NOBODY, None),
        lambda: record.of_credential(asked(), NOBODY, 1, 25),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert rows(core) == 0


def test_no_sealed_secret_lies_anywhere_but_in_the_vault(asked: Asked, core: Core) -> None:
    credential = made(asked(), "a")
    changed(asked(), credential["id"], encrypted_secret=secret("second"))
    sealed = [row["sealed"] for row in core.database[VAULT.collection].find()]
    others = [name for name in core.database.list_collection_names() if name != VAULT.collection]
    everything = str([list(core.database[name].find()) for name in others])
    assert credential["id"] in everything  # else nothing was searched
    assert len(sealed) == 2 and not any(one in everything for one in sealed)
    assert not any(one in repr(CreateCredential("a", "b", "ssh", "row")) for one in sealed)


def test_a_row_that_no_event_names_goes_after_a_day_and_every_other_one_stays(
    asked: Asked, core: Core
) -> None:
    credential = made(asked(), "a")
    changed(asked(), credential["id"], encrypted_secret=KEY.public.seal(b'"second"'))
    kept = {row["_id"] for row in core.database[VAULT.collection].find()}
    now = asked().now()
    for row, owner, at in (
        ("orphan", "f" * 24, now - 90_000_000),
        ("second orphan", credential["id"], now - 90_000_000),
        ("of old", "f" * 24, None),
        ("young", "f" * 24, now),
    ):
        VAULT.keep(core.database, row, owner, "x", "key")
        core.database[VAULT.collection].update_one({"_id": row}, {"$set": {"at": at}})
    core.database[VAULT.collection].update_many(
        {"_id": {"$in": list(kept)}}, {"$set": {"at": now - 90_000_000}}
    )
    # A view that is behind does not make an orphan of what the log names.
    core.generations.collection("credentials").update_many({}, {"$set": {"rows": []}})
    credentials.drop_unnamed(asked())
    assert {row["_id"] for row in core.database[VAULT.collection].find()} == {*kept, "young"}
