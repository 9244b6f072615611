"""Deliveries on a real database: claimed once, tried again later each time, taken down, bounded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import eventlet
import pytest
from pymongo.database import Database

from netraven_jobs import deliveries
from netraven_jobs.deliveries import DELIVERED, DROPPED, FAILED, SENDING, WAITING, Attempt

Documents = Database[dict[str, Any]]
NEWS = {"id": "n1", "event": "job.finished", "at": "2026-01-02T03:04:05.678Z", "data": {}}
TAKEN, REFUSED = Attempt(1, 20, 204), Attempt(1, 20, 503, "it answered 503")


def added(database: Documents, ident: str = "d1", webhook: str = "w1") -> dict[str, Any]:
    return deliveries.add(database, webhook, ident, NEWS)


def now(database: Documents, ident: str = "d1") -> dict[str, Any]:
    found = database[deliveries.DELIVERIES].find_one({"_id": ident})
    assert found is not None
    return found


def hasten(database: Documents) -> None:
    """Let everything that is open be due."""
    past = {"due": datetime.now(UTC) - timedelta(seconds=1)}
    database[deliveries.DELIVERIES].update_many({"open": True}, {"$set": past})


def test_what_is_added_twice_is_there_once_and_keeps_how_it_fares(database: Documents) -> None:
    added(database)
    row = deliveries.claim(database)
    assert row is not None
    deliveries.tell(database, row, TAKEN, 5)
    assert added(database)["status"] == DELIVERED
    assert database[deliveries.DELIVERIES].count_documents({}) == 1


def test_a_delivery_is_claimed_by_one_of_many(database: Documents) -> None:
    added(database)
    pool = eventlet.GreenPool(10)
    claimed = [row for row in pool.imap(lambda _: deliveries.claim(database), range(10)) if row]
    assert len(claimed) == 1 and claimed[0]["status"] == SENDING


def test_a_claim_that_runs_out_is_somebody_elses_and_the_late_word_counts_nothing(
    database: Documents,
) -> None:
    added(database)
    first = deliveries.claim(database)
    assert first is not None and deliveries.claim(database) is None
    hasten(database)
    second = deliveries.claim(database)
    assert second is not None and second["epoch"] == first["epoch"] + 1
    deliveries.tell(database, first, REFUSED, 5)
    assert now(database)["attempts"] == [] and now(database)["status"] == SENDING
    deliveries.tell(database, second, TAKEN, 5)
    assert now(database)["status"] == DELIVERED


def test_what_is_refused_waits_longer_each_time_and_fails_in_the_end(database: Documents) -> None:
    added(database)
    pauses = []
    for attempt in range(1, deliveries.MOST_ATTEMPTS + 1):
        hasten(database)
        row = deliveries.claim(database)
        assert row is not None
        status = deliveries.tell(database, row, REFUSED, 5)
        assert status == (FAILED if attempt == deliveries.MOST_ATTEMPTS else WAITING)
        if status == WAITING:
            pauses.append((now(database)["due"].replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds())
    for pause, expected in zip(pauses, (5, 20, 80, 320, 1280, 3600, 3600), strict=True):
        assert 0.7 * expected < pause < 1.3 * expected
    hasten(database)
    assert deliveries.claim(database) is None
    shown = deliveries.shown_alone(now(database))
    assert (shown["status"], shown["attempts"], shown["response_code"]) == (FAILED, 8, 503)
    assert shown["next_attempt_at"] is None and len(shown["log"]) == 8
    assert now(database)["ended"] is not None


def test_one_webhook_may_be_left_aside_while_it_is_busy(database: Documents) -> None:
    added(database, "d1", "slow")
    added(database, "d2", "quick")
    row = deliveries.claim(database, ["slow"])
    assert row is not None and row["_id"] == "d2"
    assert deliveries.claim(database, ["slow"]) is None


def test_beyond_a_bound_what_waits_for_a_webhook_is_dropped_and_says_so(
    database: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "MOST_WAITING", 3)
    statuses = [added(database, f"d{number}")["status"] for number in range(5)]
    assert statuses == [WAITING] * 3 + [DROPPED] * 2
    assert added(database, "other", "w2")["status"] == WAITING


def test_old_deliveries_go_by_themselves(database: Documents) -> None:
    deliveries.prepare(database)
    indexes = database[deliveries.DELIVERIES].index_information()
    assert indexes["ended_1"]["expireAfterSeconds"] == deliveries.KEPT_SECONDS
