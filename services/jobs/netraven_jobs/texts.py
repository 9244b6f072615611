"""A backup's text as it may be shown: with its secrets replaced, kept so for the next who asks. Who may see
it in clear is not decided here.

The redacted copies can be made again at any time; each is kept under the edition of the table that it was
made with, so that a better table shows at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import zstandard
from pymongo import IndexModel

from netraven_jobs import blobs, redaction
from netraven_jobs.apart import apart
from netraven_jobs.blobs import Documents
from netraven_jobs.scribe import Scribe

REDACTED = "redacted"
_LARGEST = 12 * 2**20  # octets, compressed, that are worth keeping; beyond it is redacted each time

Row = Mapping[str, Any]


def _edition() -> str:
    """What stands for the way that secrets are hidden now: any change of its modules makes another one."""
    folder = Path(redaction.__file__).parent
    modules = sorted([*folder.glob("redaction*.py"), folder / "platforms.py"])
    return hashlib.sha256(b"".join(module.read_bytes() for module in modules)).hexdigest()[:16]


EDITION = _edition()


def prepare(database: Documents) -> None:
    """Make the indexes by which copies are given up."""
    database[REDACTED].create_indexes([IndexModel("sha256"), IndexModel("made")])


def raw(database: Documents, row: Row) -> str:
    """The text of a backup with all its secrets. Raises NotFound."""
    return blobs.text(database, row["sha256"])


def redacted(database: Documents, scribe: Scribe, row: Row) -> str:
    """The text of a backup without its secrets. Raises NotFound."""
    kept = database[REDACTED].find_one({"_id": name_of(row)}, {"data": 1, "size": 1})
    if kept is not None:
        return apart(kept["size"], unpacked, kept)
    return make(database, scribe, row)


def make(database: Documents, scribe: Scribe, row: Row) -> str:
    """The text of a backup without its secrets, made anew and kept. Raises NotFound."""
    made = scribe.redact(row["platform"] or "", blobs.text(database, row["sha256"]))
    _keep(database, name_of(row), row["sha256"], made)
    return made


def ready(database: Documents, rows: Sequence[Row]) -> set[str]:
    """The names of those redacted texts of these backups that are kept."""
    names = [name_of(row) for row in rows]
    return {copy["_id"] for copy in database[REDACTED].find({"_id": {"$in": names}}, {"_id": 1})}


def copies(database: Documents, rows: Sequence[Row]) -> dict[str, Row]:
    """{name: copy} of those redacted texts of these backups that are kept."""
    names = [name_of(row) for row in rows]
    found = database[REDACTED].find({"_id": {"$in": names}}, {"data": 1, "size": 1})
    return {copy["_id"]: copy for copy in found}


def unpacked(copy: Row) -> str:
    """The text in a kept copy. Takes the processor for a while."""
    return zstandard.ZstdDecompressor().decompress(copy["data"], max_output_size=copy["size"]).decode()


def name_of(row: Row) -> str:
    """The name under which the redacted text of a backup is kept."""
    return f"{row['sha256']}.{row['platform'] or ''}.{EDITION}"


def mark(text: bytes) -> str:
    """The ETag of a text."""
    return f'"{hashlib.sha256(text).hexdigest()[:32]}"'


def drop_copies(database: Documents, sha256: str) -> None:
    """Delete the redacted copies of a text that is deleted."""
    database[REDACTED].delete_many({"sha256": sha256})


def drop_old_editions(database: Documents, moment: datetime) -> int:
    """Delete copies from before `moment` (UTC) of which the table has changed since; how many."""
    old = {"made": {"$lt": moment}, "edition": {"$ne": EDITION}}
    return database[REDACTED].delete_many(old).deleted_count


def _keep(database: Documents, name: str, sha256: str, text: str) -> None:
    encoded = blobs.encoded(text)
    packed = blobs.packed(encoded)
    if len(packed) <= _LARGEST:
        row = {"sha256": sha256, "edition": EDITION, "data": packed, "size": len(encoded)}
        database[REDACTED].update_one(
            {"_id": name}, {"$set": row, "$currentDate": {"made": True}}, upsert=True
        )
