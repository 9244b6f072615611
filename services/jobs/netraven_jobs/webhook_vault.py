"""The sealed secrets of webhooks, one row each. Nothing here can open one, and nothing is logged.

A row is there before the event that names it and goes with its webhook. It is no view: secrets never enter
the log.
"""

from __future__ import annotations

from pymongo import IndexModel

from netraven_jobs.blobs import Documents

VAULT = "webhook_vault"


def prepare(database: Documents) -> None:
    """Make the index by which a webhook's rows are found."""
    database[VAULT].create_indexes([IndexModel("webhook_id")])


def keep(database: Documents, row: str, webhook_id: str, sealed: str) -> None:
    """Keep a sealed secret under the name `row`. Twice is once."""
    document = {"webhook_id": webhook_id, "sealed": sealed}
    database[VAULT].update_one({"_id": row}, {"$setOnInsert": document}, upsert=True)


def sealed(database: Documents, row: str) -> str | None:
    """The sealed secret in that row, None when it is gone."""
    found = database[VAULT].find_one({"_id": row}, {"sealed": 1})
    return None if found is None else str(found["sealed"])


def owners(database: Documents) -> set[str]:
    """The ids of the webhooks that have a row."""
    return set(database[VAULT].distinct("webhook_id"))


def shred(database: Documents, webhook_id: str, but: str | None = None) -> None:
    """Delete a webhook's secrets, all of them or all `but` the row that is in force."""
    database[VAULT].delete_many({"webhook_id": webhook_id, "_id": {"$ne": but}})


def drop(database: Documents, row: str) -> None:
    """Delete one row, which no event has come to name."""
    database[VAULT].delete_one({"_id": row})
