"""A log entry: how it is stored, indexed, searched and shown. Pure: numbered and written elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson
from bson import ObjectId
from pymongo import ASCENDING, IndexModel

from netraven_chassis.clock import iso, now_ms

Document = dict[str, Any]

LONGEST_MESSAGE = 8192  # characters
LARGEST_META = 4096  # octets of JSON
MOST_WORDS = 64  # a device's answer has several lines
LONGEST_WORD = 40

_TERM = re.compile(r"[^\s\"'`(){}\[\]<>,;|]+")
# Shorter parts, such as the numbers of an address, tell little and would fill the index.
_PART = re.compile(r"[^\W_]{3,}")
# Unlike $type, this is seen to hold for every query that names a value, so that such an index can serve it.
_TEXT = {"$gt": ""}
_ORDER = [("timestamp", ASCENDING), ("position", ASCENDING)]

# Each list of entries is a walk along one of these, so that a page costs the same however many there are.
INDEXES = (
    IndexModel([("position", ASCENDING)], name="position", unique=True),
    IndexModel(
        [("job_id", ASCENDING), ("seq", ASCENDING)],
        name="job",
        unique=True,
        partialFilterExpression={"job_id": _TEXT},
    ),
    IndexModel(
        [("job_id", ASCENDING), ("device_id", ASCENDING), ("seq", ASCENDING)],
        name="job_device",
        partialFilterExpression={"job_id": _TEXT, "device_id": _TEXT},
    ),
    IndexModel(
        [("job_id", ASCENDING), ("log_type", ASCENDING), ("level", ASCENDING), ("seq", ASCENDING)],
        name="job_kind",
        partialFilterExpression={"job_id": _TEXT},
    ),
    IndexModel(
        [("device_id", ASCENDING), *_ORDER],
        name="device",
        partialFilterExpression={"device_id": _TEXT},
    ),
    IndexModel([("log_type", ASCENDING), ("level", ASCENDING), *_ORDER], name="kind"),
    IndexModel([("log_type", ASCENDING), ("position", ASCENDING)], name="type"),  # for retention
    IndexModel([("source", ASCENDING), *_ORDER], name="source"),
    IndexModel(_ORDER, name="time"),
    IndexModel([("words", ASCENDING), *_ORDER], name="words"),
)


def make(
    job_id: str | None,
    device_id: str | None,
    level: str,
    message: str,
    *,
    log_type: str = "job",
    source: str = "jobs",
    meta: Mapping[str, Any] | None = None,
    timestamp: int | None = None,
    ident: str | None = None,
) -> Document:
    """An entry that still lacks its place. `timestamp`: UTC milliseconds, now unless given; `ident`: an
    identifier of its own, by which writing it again is known.
    """
    text = message if len(message) <= LONGEST_MESSAGE else f"{message[: LONGEST_MESSAGE - 1]}…"
    # A lone surrogate is nothing that MongoDB or JSON can hold.
    text = text.encode("utf-8", "replace").decode()
    return {
        "_id": ident or str(ObjectId()),
        "job_id": job_id,
        "timestamp": now_ms() if timestamp is None else timestamp,
        "log_type": log_type,
        "level": level,
        "device_id": device_id,
        "source": source,
        "message": text,
        "meta": _kept(meta or {}),
        "words": words(text),
    }


def _kept(meta: Mapping[str, Any]) -> dict[str, Any]:
    """The meta as JSON would bring it back, or a word about its size."""
    packed = orjson.dumps(dict(meta), default=str, option=orjson.OPT_NON_STR_KEYS)
    if len(packed) > LARGEST_META:
        return {"left_out": f"{len(packed)} octets"}
    kept: dict[str, Any] = orjson.loads(packed)
    return kept


def words(text: str) -> list[str]:
    """What the text can be found by: its terms between blanks and brackets, and the words in them."""
    found: dict[str, None] = {}
    for term in _TERM.findall(text.lower()):
        whole = term.strip(".:!?=-")
        if whole:
            found[whole[:LONGEST_WORD]] = None
        if not whole.isalnum():
            found.update((part[:LONGEST_WORD], None) for part in _PART.findall(whole))
        if len(found) >= MOST_WORDS:
            break
    return list(found)[:MOST_WORDS]


def sought(query: str) -> list[str]:
    """The words that an entry must have to be found by `query`: its terms, whole; [] for none at all."""
    terms = (term.strip(".:!?=-")[:LONGEST_WORD] for term in _TERM.findall(query.lower()))
    return list(dict.fromkeys(term for term in terms if term))


def shown(document: Mapping[str, Any]) -> dict[str, Any]:
    """The entry as clients see it."""
    return {
        "id": document["_id"],
        "position": document["position"],
        "seq": document.get("seq"),
        "timestamp": iso(document["timestamp"]),
        "log_type": document["log_type"],
        "level": document["level"],
        "job_id": document["job_id"],
        "device_id": document["device_id"],
        "source": document["source"],
        "message": document["message"],
        "meta": document["meta"],
    }
