"""The rows of sealed secrets on a real database."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from netraven_chassis.vault import Vault
from tests.chassis.counter import COUNTER

Data = Database[dict[str, Any]]

VAULT = Vault(COUNTER, "secrets", "counter_id")


def test_a_row_is_kept_once_and_stays_as_it_first_was(database: Data) -> None:
    VAULT.keep(database, "row-1", "one-1", "first", "key")
    VAULT.keep(database, "row-1", "one-1", "second", "key")
    assert VAULT.sealed(database, ["row-1", "row-2"]) == {"row-1": "first"}
    assert database[VAULT.collection].find_one({"_id": "row-1"}, {"at": 0}) == {
        "_id": "row-1",
        "counter_id": "one-1",
        "sealed": "first",
        "key": "key",
    }


def test_shredding_takes_all_versions_of_one_and_of_no_other(database: Data) -> None:
    for row, owner in (("row-1", "one-1"), ("row-2", "one-1"), ("row-3", "one-2")):
        VAULT.keep(database, row, owner, "x", "key")
    VAULT.shred(database, "one-1")
    VAULT.shred(database, "one-1")
    assert VAULT.sealed(database, ["row-1", "row-2", "row-3"]) == {"row-3": "x"}


def test_shredding_leaves_the_row_that_is_in_force(database: Data) -> None:
    for row in ("row-1", "row-2"):
        VAULT.keep(database, row, "one-1", "x", "key")
    VAULT.shred(database, "one-1", but="row-2")
    assert set(VAULT.sealed(database, ["row-1", "row-2"])) == {"row-2"}
    assert VAULT.owners(database) == {"one-1"}


def test_one_row_can_be_dropped(database: Data) -> None:
    VAULT.keep(database, "row-1", "one-1", "x", "key")
    VAULT.keep(database, "row-2", "one-1", "y", "key")
    VAULT.drop(database, "row-1")
    VAULT.drop(database, "row-1")
    assert VAULT.sealed(database, ["row-1", "row-2"]) == {"row-2": "y"}


def test_the_rows_of_a_thing_are_found_by_an_index(database: Data) -> None:
    VAULT.prepare(database)
    VAULT.prepare(database)
    plan = database[VAULT.collection].find({"counter_id": "one-1"}).explain()
    assert "IXSCAN" in str(plan["queryPlanner"]["winningPlan"])
