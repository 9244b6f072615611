"""A vault: the sealed secrets of one kind of thing. Nothing here can open one, and nothing is logged.

A row is there before the event that names it, and goes with the thing that owns it. The collection is no
view: it cannot be made again from the log, because secrets never enter the log.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database

from netraven_chassis.aggregate import Aggregate
from netraven_chassis.bound import BoundStore
from netraven_chassis.clock import now_ms
from netraven_chassis.seals import PublicKey, SealBroken
from netraven_contracts.errors import ValidationFailed

Documents = Database[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Vault:
    """The secrets that things of an aggregate own; its state has a `life`, "removed" at the end.

    `collection`: where the rows are, in the service's database; `owner`: their field with the thing's id.
    """

    aggregate: Aggregate[Any]
    collection: str
    owner: str

    # Rows.

    def prepare(self, database: Documents) -> None:
        """Make the index by which a thing's rows are found."""
        database[self.collection].create_indexes([IndexModel(self.owner)])

    def keep(self, database: Documents, row: str, owner: str, sealed: str, key: str) -> None:
        """Keep a sealed secret under the name `row`; `key` is the id of the key it is sealed for. Twice is
        once.
        """
        document = {self.owner: owner, "sealed": sealed, "key": key, "at": now_ms()}
        database[self.collection].update_one({"_id": row}, {"$setOnInsert": document}, upsert=True)

    def sealed(self, database: Documents, rows: Sequence[str]) -> dict[str, str]:
        """{row: sealed secret} of those rows that are there."""
        found = database[self.collection].find({"_id": {"$in": list(rows)}}, {"sealed": 1})
        return {row["_id"]: row["sealed"] for row in found}

    def owners(self, database: Documents) -> set[str]:
        """The ids of the things that have a row."""
        return set(database[self.collection].distinct(self.owner))

    def unnamed(self, database: Documents, named: Collection[str], before: int) -> dict[str, str]:
        """{row: owner} of the rows that are none of `named` and were there before a moment (UTC
        milliseconds).
        """
        # Rows of before their moment was kept are older than any.
        rows = database[self.collection].find({"at": {"$not": {"$gte": before}}}, {self.owner: 1})
        return {row["_id"]: row[self.owner] for row in rows if row["_id"] not in named}

    def shred(self, database: Documents, owner: str, but: str | None = None) -> None:
        """Delete a thing's secrets, all of them or all `but` one row."""
        database[self.collection].delete_many({self.owner: owner, "_id": {"$ne": but}})

    def drop(self, database: Documents, row: str) -> None:
        """Delete one row, which no event has come to name."""
        database[self.collection].delete_one({"_id": row})

    # Rows and what owns them.

    def seal_away(self, store: BoundStore, key: PublicKey, owner: str, sealed: str) -> str:
        """Keep a sealed secret; the name of its row, the same again when the command is repeated. Raises
        ValidationFailed when it is not sealed for `key`.
        """
        try:
            key.check(sealed)
        except SealBroken as error:
            raise ValidationFailed("The secret cannot be taken", {"encrypted_secret": [str(error)]}) from None
        row = store.new_id("secret")
        self.keep(store.database, row, owner, sealed, key.kid)
        return row

    @contextmanager
    def emptied(self, store: BoundStore, owner: str) -> Iterator[None]:
        """Shred what a thing owns when it has been removed meanwhile."""
        try:
            yield
        finally:
            # Also after a crash between the two, when the repeated call finds it gone already.
            self._shred_if_removed(store, owner)

    def shred_removed(self, store: BoundStore, there: Collection[str]) -> None:
        """Shred what a crash has left of things that are removed; `there`: those of which it is known that
        they are not. One whose event has yet to come keeps what it has.
        """
        for owner in self.owners(store.database).difference(there):
            self._shred_if_removed(store, owner)

    def _shred_if_removed(self, store: BoundStore, owner: str) -> None:
        if store.load(self.aggregate, owner).state.life == "removed":
            self.shred(store.database, owner)
