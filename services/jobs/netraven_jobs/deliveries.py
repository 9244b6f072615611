"""What is to be sent to webhooks and how it fared: a row for each delivery, claimed under a lease, tried
again later each time, kept for a while. Nothing is sent here.

The rows are no view and no events: they come and go, and many of them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from netraven_chassis.clock import iso, now_ms
from netraven_contracts.errors import NotFound
from netraven_jobs.blobs import Documents

DELIVERIES = "deliveries"
WAITING, SENDING, DELIVERED, FAILED, DROPPED = "waiting", "sending", "delivered", "failed", "dropped"
STATUSES = (WAITING, SENDING, DELIVERED, FAILED, DROPPED)
MOST_ATTEMPTS = 8  # with the pauses below: about three hours
MOST_WAITING = 10_000  # of one webhook; more are dropped at once, and say so
LEASE_MS = 60_000  # longer than any attempt
LONGEST_PAUSE_SECONDS = 3600.0
KEPT_SECONDS = 14 * 86_400  # after its end

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt ended: the response's `code`, or None and an `error` for people."""

    at: int
    duration_ms: int
    code: int | None
    error: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether the receiver has taken it."""
        return self.code is not None and 200 <= self.code < 300


def prepare(database: Documents) -> None:
    """Make the indexes by which deliveries are found, and given up when they are old."""
    database[DELIVERIES].create_indexes(
        [
            IndexModel([("open", 1), ("due", 1)]),
            IndexModel([("webhook_id", 1), ("created_at", -1), ("_id", -1)]),
            IndexModel("ended", expireAfterSeconds=KEPT_SECONDS),
        ]
    )


def add(database: Documents, webhook_id: str, ident: str, news: Mapping[str, Any]) -> Row:
    """Have `news` ({id, event, at, data}) sent to a webhook; the row. Twice with one id is once."""
    rows = database[DELIVERIES]
    crowded = rows.count_documents({"webhook_id": webhook_id, "open": True}, limit=MOST_WAITING)
    row = {
        "webhook_id": webhook_id,
        "event": news["event"],
        "event_id": news["id"],
        "body": orjson.dumps(news).decode(),
        "created_at": now_ms(),
        "attempts": [],
        "epoch": 0,
        "code": None,
    }
    row |= (
        _ended(DROPPED) if crowded >= MOST_WAITING else {"status": WAITING, "open": True, "next_at": now_ms()}
    )
    times = {"due": "$$NOW"} if row["status"] == WAITING else {"ended": "$$NOW"}
    fresh = [{"$replaceWith": {"$mergeObjects": [{"$literal": row}, times, "$$ROOT"]}}]
    try:
        found: Row | None = rows.find_one_and_update(
            {"_id": ident}, fresh, upsert=True, return_document=ReturnDocument.AFTER
        )
    except DuplicateKeyError:
        found = rows.find_one({"_id": ident})
    if found is None:
        raise NotFound("the delivery was given up at this moment")
    return found


def claim(database: Documents, busy: Sequence[str] = ()) -> Row | None:
    """Take the next delivery that is due, of a webhook that is not `busy`; None when there is none.

    It is due again when nobody has said within a minute how it fared.
    """
    due = {"open": True, "webhook_id": {"$nin": list(busy)}, "$expr": {"$lte": ["$due", "$$NOW"]}}
    take = {
        "status": SENDING,
        "epoch": {"$add": ["$epoch", 1]},
        "due": {"$add": ["$$NOW", LEASE_MS]},
    }
    found: Row | None = database[DELIVERIES].find_one_and_update(
        due, [{"$set": take}], sort=[("due", 1)], return_document=ReturnDocument.AFTER
    )
    return found


def tell(database: Documents, row: Row, attempt: Attempt, first_pause: float) -> str:
    """Take down how an attempt ended; the delivery's status then. Nothing happens when the claim is lost.

    `first_pause`: seconds before the second attempt; each further pause is four times as long, up to an hour.
    """
    tried = len(row["attempts"]) + 1
    told = asdict(attempt)
    pause = pause_after(tried, first_pause)
    changes: Row = {"code": attempt.code, "attempts": {"$concatArrays": ["$attempts", [{"$literal": told}]]}}
    if attempt.accepted or tried >= MOST_ATTEMPTS:
        changes |= {**_ended(DELIVERED if attempt.accepted else FAILED), "ended": "$$NOW"}
    else:
        changes |= {"status": WAITING, "due": {"$add": ["$$NOW", round(pause * 1000)]}}
        changes["next_at"] = now_ms() + round(pause * 1000)
    database[DELIVERIES].update_one({"_id": row["_id"], "epoch": row["epoch"]}, [{"$set": changes}])
    return str(changes["status"])


def drop(database: Documents, row: Row) -> None:
    """Give up a claimed delivery: its webhook is gone, or is to be left alone."""
    changes = {**_ended(DROPPED), "ended": "$$NOW"}
    database[DELIVERIES].update_one({"_id": row["_id"], "epoch": row["epoch"]}, [{"$set": changes}])


def pause_after(tried: int, first: float) -> float:
    """Seconds until the next attempt after so many: spread, so that many do not come back at once."""
    longest: float = min(first * 4 ** (tried - 1), LONGEST_PAUSE_SECONDS)
    return longest * random.uniform(0.75, 1.25)  # noqa: S311 - spreads retries


def page(database: Documents, query: Mapping[str, Any], number: int, size: int) -> tuple[list[Row], int]:
    """A page of deliveries, the newest first, and how many there are."""
    rows = database[DELIVERIES]
    order = [("created_at", -1), ("_id", -1)]
    found = rows.find(dict(query), sort=order, skip=(number - 1) * size, limit=size)
    return list(found), rows.count_documents(dict(query))


def one(database: Documents, webhook_id: str, ident: str) -> Row:
    """One delivery of a webhook. Raises NotFound."""
    row = database[DELIVERIES].find_one({"_id": ident, "webhook_id": webhook_id})
    if row is None:
        raise NotFound("there is no delivery with this id; they are kept for two weeks")
    return row


def shown(row: Row) -> Row:
    """A delivery as a list shows it."""
    last = row["attempts"][-1] if row["attempts"] else {}
    return {
        "id": row["_id"],
        "webhook_id": row["webhook_id"],
        "event": row["event"],
        "event_id": row["event_id"],
        "status": row["status"],
        "attempts": len(row["attempts"]),
        "response_code": row["code"],
        "error": last.get("error"),
        "created_at": iso(row["created_at"]),
        "last_attempt_at": iso(last["at"]) if last else None,
        "next_attempt_at": iso(row["next_at"]) if row.get("next_at") else None,
    }


def shown_alone(row: Row) -> Row:
    """A delivery with its body and each of its attempts."""
    tries = [{**one, "at": iso(one["at"])} for one in row["attempts"]]
    return {**shown(row), "body": orjson.loads(row["body"]), "log": tries}


def _ended(status: str) -> Row:
    return {"status": status, "open": False, "next_at": None}
