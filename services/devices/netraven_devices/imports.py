"""Which file an Idempotency-Key of an import stands for: noted before its first row, so that another file
under the same key changes nothing. No rows here.

A single command finds its key in its own commit; the rows of a file are many, and some of them make none.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pymongo import IndexModel, ReturnDocument
from pymongo.collection import Collection

from netraven_chassis.bound import BoundStore
from netraven_chassis.eventlog.commit import Context
from netraven_contracts.errors import Conflict

IMPORTS = "imports"
_KEPT_SECONDS = 30 * 86_400


def claim(store: BoundStore) -> None:
    """Note what the command stands for, or find it noted. Raises Conflict when it stands for another file."""
    if store.context.body_hash is None:
        return
    rows = store.database[IMPORTS]
    noted = rows.find_one({"_id": store.context.command_id}) or _note(rows, store.context)
    if noted["hash"] != store.context.body_hash:
        raise Conflict("this Idempotency-Key was used for another request; take a new one")


def _note(rows: Collection[dict[str, Any]], context: Context) -> dict[str, Any]:
    """What the command stands for from now on: ours, unless somebody was faster."""
    rows.create_indexes([IndexModel("at", expireAfterSeconds=_KEPT_SECONDS)])
    return rows.find_one_and_update(
        {"_id": context.command_id},
        {"$setOnInsert": {"hash": context.body_hash, "at": datetime.now(UTC)}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
