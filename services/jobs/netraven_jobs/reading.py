"""What is shown of a backup's text: whole, compared with another, in clear for those who may. Each look in
clear is an event of the backup.

Who may is the caller's to say; texts travel in parts that a message can carry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from netraven_chassis.bound import BoundStore
from netraven_chassis.bus import Reply
from netraven_chassis.clock import iso
from netraven_contracts.errors import NotFound, ValidationFailed
from netraven_jobs import backup_queries, blobs, texts
from netraven_jobs.backup import BACKUP, ShowRaw
from netraven_jobs.diff import Difference
from netraven_jobs.scribe import Scribe

PART = 2 * 2**20  # characters of a text in one message
LARGEST_DIFF = 8 * 2**20  # characters of a diff in one message

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Look:
    """How two texts are compared: with their secrets (`raw`), with the lines that change by themselves
    (`volatile`), with `context` lines around each change.
    """

    raw: bool = False
    volatile: bool = True
    context: int = 3


def part(store: BoundStore, scribe: Scribe, backup_id: str, raw: bool, number: int) -> dict[str, Any]:
    """Part `number` (from 0) of a backup's text: {"text", "parts": how many there are, "etag" of the whole,
    "name" of a file for it}. Raises NotFound.
    """
    row = backup_queries.one(store, backup_id)
    if raw and number == 0:
        store.handle(BACKUP, backup_id, ShowRaw("download"))
    whole = text_of(store, scribe, row, raw)
    parts = max(1, -(-len(whole) // PART))
    if number >= parts:
        raise NotFound("the text has no such part")
    return {
        "text": whole[number * PART : (number + 1) * PART],
        "parts": parts,
        "etag": texts.mark(blobs.encoded(whole)),
        "name": _file_name(store, row),
    }


def text_of(store: BoundStore, scribe: Scribe, row: Row, raw: bool) -> str:
    """The text of a backup, with or without its secrets. Raises NotFound."""
    return texts.raw(store.database, row) if raw else texts.redacted(store.database, scribe, row)


def diff(store: BoundStore, scribe: Scribe, backup_id: str, against: str | None, look: Look) -> Reply:
    """What makes a backup's text of another's, by default of the one before; for the first, of nothing.

    Raises NotFound; Conflict when comparing takes too long; ValidationFailed when the other is not there.
    """
    row = backup_queries.one(store, backup_id)
    other = _other(store, row, against)
    if look.raw:
        for one in (row, *([other] if other else [])):
            store.handle(BACKUP, one["_id"], ShowRaw("diff"))
    found = difference(store, scribe, row, other, look)
    hidden = secrets_differ(store, scribe, row, other, look, found)
    return Reply(orjson.dumps(_told(row, other, found, look, hidden)))


def difference(store: BoundStore, scribe: Scribe, row: Row, other: Row | None, look: Look) -> Difference:
    """What makes a backup's text of another's. Raises NotFound, Conflict."""
    old = "" if other is None else _comparable(store, scribe, other, look)
    new = _comparable(store, scribe, row, look)
    return scribe.compare(old, new, (_name(store, other), _name(store, row)), look.context)


def secrets_differ(
    store: BoundStore, scribe: Scribe, row: Row, other: Row | None, look: Look, found: Difference
) -> bool:
    """Whether secrets differ that `found` does not show. What devices encrypt anew each time does not count.

    Raises NotFound, Conflict.
    """
    if look.raw or other is None or row["sha256"] == other["sha256"]:
        return False
    clear = difference(store, scribe, row, other, Look(raw=True, volatile=False, context=0))
    if clear.hunks and look.volatile:
        found = difference(store, scribe, row, other, Look(volatile=False, context=0))
    return (clear.added, clear.removed) != (found.added, found.removed) if clear.hunks else False


def _other(store: BoundStore, row: Row, against: str | None) -> Row | None:
    if against is None:
        return backup_queries.before(store, row)
    try:
        return backup_queries.one(store, against)
    except NotFound:
        reason = "there is no backup with this id; it may have been discarded"
        raise ValidationFailed("The backup to compare with is not there", {"against": [reason]}) from None


def _comparable(store: BoundStore, scribe: Scribe, row: Row, look: Look) -> str:
    text = text_of(store, scribe, row, look.raw)
    return text if look.volatile else scribe.normalise(row["platform"] or "", text)


def _told(row: Row, other: Row | None, found: Difference, look: Look, hidden: bool) -> dict[str, Any]:
    return {
        "id": row["_id"],
        "against": None if other is None else other["_id"],
        "device_id": row["device_id"],
        "identical": found.hunks == 0 and not hidden,
        "secrets_changed": hidden,
        "added": found.added,
        "removed": found.removed,
        "hunks": found.hunks,
        "volatile": look.volatile,
        "view": "raw" if look.raw else "redacted",
        "truncated": len(found.text) > LARGEST_DIFF,
        "diff": found.text[:LARGEST_DIFF],
    }


def _name(store: BoundStore, row: Row | None) -> str:
    if row is None:
        return "nothing"
    return f"{_device(store, row)}\t{iso(row['taken_at'])}\t{row['_id']}"


def _device(store: BoundStore, row: Row) -> str:
    return backup_queries.names_of(store, [row]).get(row["device_id"]) or str(row["device_id"])


def _file_name(store: BoundStore, row: Row) -> str:
    name = "".join(
        one if one.isascii() and (one.isalnum() or one in "-_.") else "_" for one in _device(store, row)
    )
    return f"{name}-{iso(row['taken_at'])[:19].replace(':', '')}Z.cfg"
