"""Old backups and texts are given up on a real database, and nothing that holds or is referred to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from netraven_chassis.settings import Settings
from netraven_contracts.errors import NotFound
from netraven_jobs import backup_history, backup_queries, blobs, keeping, reading, texts
from netraven_jobs.backup import BACKUP, DiscardBackup
from netraven_jobs.retention import Policy
from netraven_jobs.scribe import Scribe
from tests.jobs.fleet import DAY, HOUR, START, Fleet, configuration

MUCH_LATER = datetime.now(UTC) + timedelta(days=30)


def ids(fleet: Fleet) -> list[str]:
    rows, _ = backup_queries.page(fleet.asked(), {}, 1, 100, ("taken_at",))
    return [row["id"] for row in rows]


def test_what_holds_now_stays_and_what_held_once_keeps_its_place_in_time(fleet: Fleet) -> None:
    device = fleet.device("core-1")
    old = fleet.backup(device, configuration("vlan 1"), START)
    middle = fleet.backup(device, configuration("vlan 2"), START + DAY)
    now = fleet.backup(device, configuration("vlan 3"), START + 2 * DAY)
    same = [fleet.backup(device, configuration("vlan 3", uptime=n), START + 3 * DAY + n) for n in range(4)]
    assert keeping.thin(fleet.asked(), Policy(last=1)) == 5
    assert ids(fleet) == [now, same[-1]]
    for gone in (old, middle, same[0]):
        with pytest.raises(NotFound):
            backup_queries.alone(fleet.asked(), gone)
    assert backup_queries.at(fleet.asked(), device["id"], START + 2 * DAY + 1)["id"] == now
    with pytest.raises(NotFound, match="discarded"):
        backup_queries.at(fleet.asked(), device["id"], START + DAY + 1)
    (first, _), _ = backup_queries.page(fleet.asked(), {}, 1, 100, ("taken_at",))
    assert first["previous_id"] == middle and first["valid_until"] is None
    assert backup_history.page(fleet.asked(), old, 1, 25)[0][0]["event"] == "BackupDiscarded"


def test_a_version_whose_first_backup_is_gone_is_shown_by_another(fleet: Fleet) -> None:
    device = fleet.device("core-1")
    fleet.backup(device, configuration("vlan 1"), START)
    later = fleet.backup(device, configuration("vlan 1"), START + HOUR)
    fleet.backup(device, configuration("vlan 2"), START + 2 * DAY)
    keeping.thin(fleet.asked(), Policy(daily=2))
    for moment in (START, START + HOUR, START + DAY):
        found = backup_queries.at(fleet.asked(), device["id"], moment)
        assert found["id"] == later and found["valid_until"] is not None


def test_the_one_before_is_then_the_nearest_that_is_kept(fleet: Fleet) -> None:
    device = fleet.device("core-1")
    first = fleet.backup(device, configuration("vlan 1"), START)
    fleet.backup(device, configuration("vlan 2"), START + HOUR)
    last = fleet.backup(device, configuration("vlan 3"), START + DAY)
    middle = str(backup_queries.one(fleet.asked(), last)["previous_id"])
    fleet.asked().handle(BACKUP, middle, DiscardBackup())
    before = backup_queries.before(fleet.asked(), backup_queries.one(fleet.asked(), last))
    assert before is not None and before["_id"] == first


def test_texts_go_with_the_last_that_refers_to_them(fleet: Fleet) -> None:
    scribe, one, two = Scribe(), fleet.device("core-1"), fleet.device("core-2")
    fleet.backup(one, configuration("vlan 1"), START)
    shared = fleet.backup(two, configuration("vlan 1"), START)
    fleet.backup(one, configuration("vlan 2"), START + DAY)
    held = fleet.quarantined(one, "version", START + DAY)
    lost = blobs.put(fleet.database, "never referred to").sha256
    reading.part(fleet.asked(), scribe, shared, False, 0)
    keeping.thin(fleet.asked(), Policy(last=1))
    assert keeping.sweep(fleet.asked(), datetime.now(UTC)) == 0, "all were put of late"
    assert keeping.sweep(fleet.asked(), MUCH_LATER) == 1
    with pytest.raises(NotFound):
        blobs.text(fleet.database, lost)
    for kept in (shared, held):
        reading.part(fleet.asked(), scribe, kept, False, 0)
    fleet.backup(two, configuration("vlan 3"), START + DAY)
    keeping.thin(fleet.asked(), Policy(last=1))
    fleet.database[blobs.BLOBS].update_many({}, {"$set": {"seen": datetime.now(UTC) - timedelta(days=9)}})
    assert keeping.sweep(fleet.asked(), datetime.now(UTC)) == 1
    assert fleet.database[texts.REDACTED].count_documents({}) == 1, "of the one in quarantine"


def test_of_answers_in_quarantine_the_last_ten_are_kept(fleet: Fleet) -> None:
    device = fleet.device("core-1")
    held = [fleet.quarantined(device, f"part {n}", START + n) for n in range(12)]
    assert keeping.thin(fleet.asked(), Policy()) == 2
    rows, total = backup_queries.quarantine_of(fleet.asked(), device["id"], 1, 25)
    assert total == 10 and [row["id"] for row in rows] == held[:1:-1]


def test_the_policy_is_what_the_settings_say(settings_for: Callable[..., Settings]) -> None:
    assert keeping.policy_of(settings_for()) == Policy(100, 31, 26, 60)
    assert keeping.policy_of(settings_for(NETRAVEN_BACKUPS_KEEP="0")).everything
    wanted = settings_for(NETRAVEN_BACKUPS_KEEP="0,last=5,monthly=12")
    assert keeping.policy_of(wanted) == Policy(last=5, monthly=12)
