"""A new key for all that is sealed: each row opened with the old key and sealed with the new one, in place.

It may be broken off at any moment and run again: a row is under the one key or the other, and both open until
the last one has moved. Which services run meanwhile makes no difference.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pymongo.database import Database

from netraven_chassis.sealing import KeyRing
from netraven_chassis.seals import PublicKey, SealBroken, kid_of, make

SETTLE_SECONDS = 2.0  # in which whoever has just sealed with the old key has written it down
_TELL_EVERY = 100

Tell = Callable[[str], None]


class Sealed(NamedTuple):
    """A collection of one service with sealed texts in the field `sealed`; `key` names the field that says
    for which key, if there is one.
    """

    service: str
    collection: str
    key: str | None = None


# Everything that is sealed for the workers' key. Whatever is not here stays behind under the old one.
SEALED: tuple[Sealed, ...] = (
    Sealed("devices", "vault", "key"),
    Sealed("jobs", "webhook_vault", "key"),
)


class CannotRotate(Exception):
    """The key stays as it is; the message says why and what to do."""


@dataclass(slots=True)
class Moved:
    """How many rows a pass has moved, and which ones no key at hand opens."""

    rows: int = 0
    lost: list[str] = field(default_factory=list)


def rotate(
    ring: KeyRing,
    database: Callable[[str], Database[dict[str, Any]]],
    announce: Callable[[PublicKey], None],
    tell: Tell,
) -> int:
    """Put a new key in the old one's place; how many rows were sealed anew. Raises CannotRotate.

    Parameters: `database(service)`; `announce`, which makes the new public key known where it must be.
    """
    _expect_a_system([database(place.service) for place in SEALED])
    _begin(ring, tell)
    announce(ring.public)
    total, quiet, lost = 0, 0, list[str]()
    while quiet < 2:  # one pass that finds nothing may have been too early
        if quiet:
            time.sleep(SETTLE_SECONDS)
        moved = [_pass(place, ring, database(place.service), tell) for place in SEALED]
        lost = [row for one in moved for row in one.lost]
        total += sum(one.rows for one in moved)
        quiet = 0 if any(one.rows for one in moved) else quiet + 1
    _end(ring, lost, tell)
    return total


def _expect_a_system(databases: Sequence[Database[dict[str, Any]]]) -> None:
    """What is sealed elsewhere would be lost with the old key."""
    if not any(one.list_collection_names() for one in databases):
        names = " and ".join(one.name for one in databases)
        raise CannotRotate(
            f"there is no system in the databases {names}, and the key stays as it is; set MONGODB_URI and "
            "NETRAVEN_DATABASE_PREFIX as the system has them"
        )


def _begin(ring: KeyRing, tell: Tell) -> None:
    if len(ring.keys) > 1:
        tell(f"going on with the new key {ring.public.kid}")
    elif ring.file is None:
        raise CannotRotate(
            "the key is in NETRAVEN_SECRET_KEY, which cannot be changed from here: make a new key, set the "
            'variable to {"keys": [the new one, the old one]} for every service, and run this again'
        )
    else:
        _replace(ring, [make(), *ring.keys])
        tell(f"the new key is {ring.public.kid}")


def _end(ring: KeyRing, lost: Sequence[str], tell: Tell) -> None:
    if lost:
        raise CannotRotate(
            f"{len(lost)} rows are sealed for a key that is not here, the others have moved: "
            f"{', '.join(lost[:10])}. Put that key behind the others and run this again, or delete what they "
            "belong to; until then the old key stays"
        )
    if ring.file is None:
        tell("the old key opens nothing any more: take it out of NETRAVEN_SECRET_KEY")
    else:
        _replace(ring, ring.keys[:1])


def _replace(ring: KeyRing, keys: Sequence[Any]) -> None:
    try:
        ring.replace(keys)
    except OSError as error:
        raise CannotRotate(
            f"{ring.file} cannot be written: {error.strerror}; run this where the key file lies"
        ) from None


def _pass(place: Sealed, ring: KeyRing, database: Database[dict[str, Any]], tell: Tell) -> Moved:
    """Move what lies in one collection; what has moved already is left alone."""
    moved, new = Moved(), ring.public
    rows = database[place.collection]
    for row in rows.find({}, {"sealed": 1}):
        if kid_of(row["sealed"]) == new.kid:
            continue
        try:
            anew = new.seal(ring.open(row["sealed"]))
        except SealBroken:
            moved.lost.append(f"{place.collection}/{row['_id']}")
            continue
        named = {place.key: new.kid} if place.key else {}
        # A row that was replaced or shredded meanwhile is none of ours any more.
        changed = rows.update_one(
            {"_id": row["_id"], "sealed": row["sealed"]}, {"$set": {"sealed": anew, **named}}
        )
        moved.rows += changed.modified_count
        if moved.rows % _TELL_EVERY == 0:
            tell(f"{place.service}: {moved.rows} rows of {place.collection}")
    return moved
