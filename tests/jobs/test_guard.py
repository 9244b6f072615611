"""The log-ins of the recent past, as all workers see them."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from netraven_jobs.guard import COLLECTION, Guard
from netraven_jobs.lockout import Limits

NOW = 1_800_000_000_000


def test_workers_share_what_they_know_of_a_device_and_a_credential(
    database: Database[dict[str, Any]],
) -> None:
    limits = Limits(attempts=2, window_ms=60_000)
    one, other = Guard(database, limits), Guard(database, limits)
    one.prepare()
    one.tried("d1", "c1", "authentication", NOW)
    assert other.rests_until("d1", "c1", NOW + 1) is None
    other.tried("d1", "c1", "authentication", NOW + 1000)
    assert one.rests_until("d1", "c1", NOW + 2000) == NOW + 60_000
    assert one.rests_until("d1", "c2", NOW + 2000) is None
    assert one.rests_until("d2", "c1", NOW + 2000) is None
    one.tried("d1", "c1", "success", NOW + 3000)
    assert other.rests_until("d1", "c1", NOW + 4000) is None


def test_a_success_is_only_written_where_it_forgives_something(database: Database[dict[str, Any]]) -> None:
    guard = Guard(database, Limits(attempts=1, window_ms=60_000))
    guard.tried("d1", "c1", "success", NOW)
    assert database[COLLECTION].count_documents({}) == 0
    guard.tried("d1", "c1", "authentication", NOW + 1)
    guard.tried("d1", "c1", "success", NOW + 2)
    assert guard.rests_until("d1", "c1", NOW + 3) is None
