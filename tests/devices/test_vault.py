"""The rows of sealed secrets on a real database."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from netraven_devices import vault

Data = Database[dict[str, Any]]


def test_a_row_is_kept_once_and_stays_as_it_first_was(database: Data) -> None:
    vault.keep(database, "row-1", "cred-1", "first", "key")
    vault.keep(database, "row-1", "cred-1", "second", "key")
    assert vault.sealed(database, ["row-1", "row-2"]) == {"row-1": "first"}
    assert database[vault.VAULT].find_one({"_id": "row-1"}, {"at": 0}) == {
        "_id": "row-1",
        "credential_id": "cred-1",
        "sealed": "first",
        "key": "key",
    }


def test_shredding_takes_all_versions_of_one_credential_and_of_no_other(database: Data) -> None:
    for row, owner in (("row-1", "cred-1"), ("row-2", "cred-1"), ("row-3", "cred-2")):
        vault.keep(database, row, owner, "x", "key")
    vault.shred(database, "cred-1")
    vault.shred(database, "cred-1")
    assert vault.sealed(database, ["row-1", "row-2", "row-3"]) == {"row-3": "x"}


def test_one_row_can_be_dropped(database: Data) -> None:
    vault.keep(database, "row-1", "cred-1", "x", "key")
    vault.keep(database, "row-2", "cred-1", "y", "key")
    vault.drop(database, "row-1")
    vault.drop(database, "row-1")
    assert vault.sealed(database, ["row-1", "row-2"]) == {"row-2": "y"}


def test_the_rows_of_a_credential_are_found_by_an_index(database: Data) -> None:
    vault.prepare(database)
    vault.prepare(database)
    plan = database[vault.VAULT].find({"credential_id": "cred-1"}).explain()
    assert "IXSCAN" in str(plan["queryPlanner"]["winningPlan"])
