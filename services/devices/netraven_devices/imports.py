"""Which file an Idempotency-Key of an import stands for: noted before its first row, so that another file
under the same key changes nothing. No rows here.

A single command finds its key in its own commit; the rows of a file are many, and some of them make none.
"""

from __future__ import annotations

from datetime import UTC, datetime

from pymongo import IndexModel, ReturnDocument

from netraven_chassis.bound import BoundStore
from netraven_contracts.errors import Conflict

IMPORTS = "imports"
_KEPT_SECONDS = 30 * 86_400


def claim(store: BoundStore) -> None:
    """Note what the command stands for, or find it noted. Raises Conflict when it stands for another file."""
    if store.context.body_hash is None:
        return
    rows = store.database[IMPORTS]
    mine = {"hash": store.context.body_hash, "at": datetime.now(UTC)}
    noted = rows.find_one_and_update(
        {"_id": store.context.command_id},
        {"$setOnInsert": mine},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    if noted["hash"] != mine["hash"]:
        raise Conflict("this Idempotency-Key was used for another request; take a new one")
    rows.create_indexes([IndexModel("at", expireAfterSeconds=_KEPT_SECONDS)])
