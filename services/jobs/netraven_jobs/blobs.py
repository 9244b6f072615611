"""Texts by what they contain: kept once under their SHA-256, compressed, in parts where a document would
burst. What they are and who refers to them is not known here.

A text is there before anything refers to it. `put` renews its date, and only what is old is ever dropped, so
that nothing goes between being put and being referred to.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import zstandard
from pymongo import IndexModel
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

from netraven_contracts.errors import NotFound
from netraven_jobs.apart import apart

BLOBS, PARTS = "blobs", "blob_parts"
PART_OCTETS = 8 * 2**20  # half of what a document may hold
LARGEST = 256 * 2**20  # octets of one text; nothing a device prints comes near it
_LEVEL = 3
_SMALL = 16_384  # octets, compressed: sent without asking whether it is there already
# Whatever refers to a text is written after it and waits for the journal, which keeps the order of both.
_BEFOREHAND = WriteConcern(w="majority", j=False, wtimeout=4000)

Documents = Database[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a text lies and how large it is: `size` in octets, uncompressed."""

    sha256: str
    size: int
    lines: int


def prepare(database: Documents) -> None:
    """Make the indexes by which old texts and lost parts are found."""
    database[BLOBS].create_indexes([IndexModel("seen")])
    database[PARTS].create_indexes([IndexModel("seen")])


def put(database: Documents, text: str) -> Stored:
    """Keep a text; twice is once. Raises ValueError for one beyond 256 MiB."""
    raw = encoded(text)
    if len(raw) > LARGEST:
        raise ValueError(f"a text of {len(raw)} octets is too large to keep; {LARGEST} are the most")
    sha256, lines, packed = apart(len(raw), _packed, raw)
    if len(packed) <= _SMALL or not _touched(database, sha256):
        _insert(database, sha256, packed, {"size": len(raw), "lines": lines})
    return Stored(sha256, len(raw), lines)


def text(database: Documents, sha256: str) -> str:
    """The text of this SHA-256. Raises NotFound."""
    return octets(database, sha256).decode()


def octets(database: Documents, sha256: str) -> bytes:
    """The text of this SHA-256 as UTF-8. Raises NotFound."""
    row = database[BLOBS].find_one({"_id": sha256})
    content = None if row is None else row["data"] or _joined(database, row["parts"])
    if row is None or content is None:
        raise NotFound("the text of this backup is no longer kept")
    return unpacked(content, row["size"])


def encoded(text: str) -> bytes:
    """The text's octets. What is no character, which a broken terminal may send, is written out."""
    return text.encode("utf-8", "backslashreplace")


def packed(raw: bytes) -> bytes:
    """The octets, compressed."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(raw)


def unpacked(packed: bytes, size: int) -> bytes:
    """What was compressed: `size` octets."""
    return apart(size, zstandard.ZstdDecompressor().decompress, packed, max_output_size=size)


def count_lines(raw: bytes) -> int:
    """How many lines a text has; the last one counts also without an end."""
    return raw.count(b"\n") + (not raw.endswith(b"\n") and bool(raw))


def unseen_since(database: Documents, moment: datetime, most: int) -> list[str]:
    """Up to `most` texts, by SHA-256, that nobody has put since `moment` (UTC), the oldest first."""
    rows = database[BLOBS].find({"seen": {"$lt": moment}}, {"_id": 1}).sort("seen", 1).limit(most)
    return [row["_id"] for row in rows]


def renew(database: Documents, sha256s: Sequence[str]) -> None:
    """Count these texts as put just now."""
    database[BLOBS].update_many({"_id": {"$in": list(sha256s)}}, {"$currentDate": {"seen": True}})


def drop(database: Documents, sha256: str, moment: datetime) -> bool:
    """Delete a text unless it was put again since `moment`; whether it is gone now."""
    row = database[BLOBS].find_one_and_delete({"_id": sha256, "seen": {"$lt": moment}}, {"parts": 1})
    if row is not None and row["parts"]:
        database[PARTS].delete_many({"_id": {"$in": row["parts"]}})
    return row is not None


def drop_lost_parts(database: Documents, moment: datetime) -> int:
    """Delete parts from before `moment` that belong to no text, which a crash has left; how many."""
    dropped = 0
    for row in database[PARTS].find({"seen": {"$lt": moment}}, {"_id": 1}):
        if database[BLOBS].find_one({"parts": row["_id"]}, {"_id": 1}) is None:
            dropped += database[PARTS].delete_one({"_id": row["_id"]}).deleted_count
    return dropped


def _packed(raw: bytes) -> tuple[str, int, bytes]:
    return hashlib.sha256(raw).hexdigest(), count_lines(raw), packed(raw)


def _touched(database: Documents, sha256: str) -> bool:
    renewed = _beforehand(database, BLOBS).update_one({"_id": sha256}, {"$currentDate": {"seen": True}})
    return renewed.matched_count > 0


def _insert(database: Documents, sha256: str, packed: bytes, about: Mapping[str, Any]) -> None:
    parts: list[str] = []
    if len(packed) > PART_OCTETS:
        parts = _insert_parts(database, sha256, packed)
    row = {**about, "data": None if parts else packed, "parts": parts}
    try:
        _beforehand(database, BLOBS).update_one(
            {"_id": sha256}, {"$setOnInsert": row, "$currentDate": {"seen": True}}, upsert=True
        )
    except DuplicateKeyError:  # another one has just put it
        _touched(database, sha256)
    kept = database[BLOBS].find_one({"_id": sha256}, {"parts": 1}) if parts else None
    if kept is not None and kept["parts"] != parts:
        database[PARTS].delete_many({"_id": {"$in": parts}})


def _insert_parts(database: Documents, sha256: str, packed: bytes) -> list[str]:
    # Under names of their own, so that whoever drops the same text meanwhile does not meet these.
    name = f"{sha256}.{secrets.token_hex(4)}"
    names = []
    for number, start in enumerate(range(0, len(packed), PART_OCTETS)):
        names.append(f"{name}.{number}")
        part = {"data": packed[start : start + PART_OCTETS]}
        _beforehand(database, PARTS).update_one(
            {"_id": names[-1]}, {"$set": part, "$currentDate": {"seen": True}}, upsert=True
        )
    return names


def _beforehand(database: Documents, name: str) -> Collection[dict[str, Any]]:
    return database.get_collection(name, write_concern=_BEFOREHAND)


def _joined(database: Documents, names: Sequence[str]) -> bytes | None:
    found = {row["_id"]: row["data"] for row in database[PARTS].find({"_id": {"$in": list(names)}})}
    return b"".join(found[name] for name in names) if len(found) == len(names) else None
