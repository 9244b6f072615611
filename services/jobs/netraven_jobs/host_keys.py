"""By which key each device is known: the first that it shows, until an operator accepts another. No SSH here.

A device that shows another key is left alone, and the other key is kept beside the known one for the operator
to compare.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from netraven_chassis.clock import iso
from netraven_contracts.errors import Conflict, NotFound

HOST_KEYS = "host_keys"
Documents = Database[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Offer:
    """The fingerprint by which a device is `known`, and the other key that it has shown since, first `at`
    (UTC milliseconds); `key` and `fingerprint` are None when there is none.
    """

    known: str
    key: str | None = None
    algorithm: str = ""
    fingerprint: str | None = None
    at: int = 0


def known(database: Documents, device_id: str) -> str | None:
    """The device's key, "<type> <base64>", or None when none has been seen yet."""
    row = _rows(database).find_one({"_id": device_id}, {"key": 1})
    return None if row is None else str(row["key"])


def seen(database: Documents, device_id: str, key: str, now: int) -> str:
    """Take down that the device has shown `key` at `now` (UTC milliseconds); the key by which it is known.

    The first becomes that one, whoever else is just seeing one; another one waits to be accepted.
    """
    first = {**_named(key), "first_seen": now, "accepted_by": None, "offered": None}
    rows = _rows(database)
    rows.update_one({"_id": device_id}, {"$setOnInsert": first}, upsert=True)
    row = rows.find_one({"_id": device_id})
    if row is None:
        return key
    offered = row["offered"] or {}
    if row["key"] != key and offered.get("key") != key:
        rows.update_one({"_id": device_id}, {"$set": {"offered": {**_named(key), "at": now}}})
    return str(row["key"])


def show(database: Documents, device_id: str) -> dict[str, Any]:
    """The device's key as the API shows it. Raises NotFound when none has been seen yet."""
    return _shown(_row(database, device_id))


def offered(database: Documents, device_id: str) -> Offer:
    """What may be accepted of the device. Raises NotFound when it has shown no key yet."""
    row = _row(database, device_id)
    return Offer(row["fingerprint"], **(row["offered"] or {}))


def accept(database: Documents, device_id: str, offer: Offer, who: str) -> dict[str, Any]:
    """Know the device from now on by the other key of this offer; the key as the API shows it. Yet another
    one that it has shown meanwhile goes on waiting.

    Raises NotFound when none has been seen yet, Conflict when it is known by another key than was offered to
    be replaced.
    """
    change = {
        "key": offer.key,
        "algorithm": offer.algorithm,
        "fingerprint": offer.fingerprint,
        "first_seen": offer.at,
        "accepted_by": who,
    }
    fields = {name: {"$literal": value} for name, value in change.items()}
    waits = {"$cond": [{"$eq": ["$offered.key", {"$literal": offer.key}]}, None, "$offered"]}
    same = {"_id": device_id, "fingerprint": offer.known}
    done = _rows(database).update_one(same, [{"$set": {**fields, "offered": waits}}])
    row = _row(database, device_id)
    if not done.matched_count and row["fingerprint"] != offer.fingerprint:
        raise Conflict("somebody else has just accepted another key of this device; look at it again")
    return _shown(row)


def fingerprint(key: str) -> str:
    """A key's fingerprint as ssh-keygen prints it. Raises ValueError for what is no key."""
    try:
        octets = base64.b64decode(key.split(" ")[1], validate=True)
    except (IndexError, binascii.Error):
        raise ValueError("not a host key") from None
    return "SHA256:" + base64.b64encode(hashlib.sha256(octets).digest()).decode().rstrip("=")


def _named(key: str) -> dict[str, str]:
    return {"key": key, "algorithm": key.split(" ")[0], "fingerprint": fingerprint(key)}


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    offered = row["offered"]
    return {
        "device_id": row["_id"],
        "algorithm": row["algorithm"],
        "fingerprint": row["fingerprint"],
        "first_seen": iso(row["first_seen"]),
        "accepted_by": row["accepted_by"],
        "offered_fingerprint": offered["fingerprint"] if offered else None,
        "offered_at": iso(offered["at"]) if offered else None,
    }


def _row(database: Documents, device_id: str) -> Mapping[str, Any]:
    row = _rows(database).find_one({"_id": device_id})
    if row is None:
        raise NotFound("this device has shown no host key yet; it does with its first SSH session")
    return row


def _rows(database: Documents) -> Collection[dict[str, Any]]:
    return database[HOST_KEYS]
