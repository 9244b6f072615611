"""The vault: sealed secrets, one row for each version. Nothing here can open one, and nothing is logged.

A row is there before the event that names it, and goes with its credential. The collection is no view: it
cannot be made again from the log, because secrets never enter the log.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database

from netraven_chassis.clock import now_ms

VAULT = "vault"


def prepare(database: Database[dict[str, Any]]) -> None:
    """Make the index by which a credential's rows are found."""
    database[VAULT].create_indexes([IndexModel("credential_id")])


def keep(database: Database[dict[str, Any]], row: str, credential_id: str, sealed: str, key: str) -> None:
    """Keep a sealed secret under the name `row`; `key` is the id of the key it is sealed for. Twice is
    once.
    """
    document = {"credential_id": credential_id, "sealed": sealed, "key": key, "at": now_ms()}
    database[VAULT].update_one({"_id": row}, {"$setOnInsert": document}, upsert=True)


def sealed(database: Database[dict[str, Any]], rows: Sequence[str]) -> dict[str, str]:
    """{row: sealed secret} of those rows that are there."""
    found = database[VAULT].find({"_id": {"$in": list(rows)}}, {"sealed": 1})
    return {row["_id"]: row["sealed"] for row in found}


def owners(database: Database[dict[str, Any]]) -> set[str]:
    """The ids of the credentials that have a row."""
    return set(database[VAULT].distinct("credential_id"))


def unnamed(database: Database[dict[str, Any]], named: Collection[str], before: int) -> dict[str, str]:
    """{row: credential id} of the rows that are none of `named` and were there before a moment (UTC
    milliseconds).
    """
    # Rows of before their moment was kept are older than any.
    rows = database[VAULT].find({"at": {"$not": {"$gte": before}}}, {"credential_id": 1})
    return {row["_id"]: row["credential_id"] for row in rows if row["_id"] not in named}


def shred(database: Database[dict[str, Any]], credential_id: str) -> None:
    """Delete every version of a credential's secret."""
    database[VAULT].delete_many({"credential_id": credential_id})


def drop(database: Database[dict[str, Any]], row: str) -> None:
    """Delete one row, which no event has come to name."""
    database[VAULT].delete_one({"_id": row})
