"""Fresh backups are made ready ahead of whoever looks, on a real database: the latest of each device."""

from __future__ import annotations

import pytest

from netraven_chassis.views import LIVE
from netraven_jobs import blobs, redacting, texts
from netraven_jobs.job import RUNNING
from netraven_jobs.redacting import Redactor
from netraven_jobs.scribe import Scribe
from netraven_jobs.views import JOBS
from tests.jobs.fleet import HOUR, START, Fleet, configuration


def ready(fleet: Fleet) -> list[str]:
    return [texts.unpacked(copy) for copy in fleet.database[texts.REDACTED].find()]


def test_the_latest_backup_of_each_device_is_made_ready(fleet: Fleet, scribe: Scribe) -> None:
    one, two = fleet.device("core-1"), fleet.device("core-2")
    fleet.backup(one, configuration("vlan 1"), START)
    fleet.backup(one, configuration("vlan 2"), START + HOUR)
    fleet.backup(two, configuration("vlan 3"), START)
    redactor = Redactor(fleet.asked(), scribe)
    assert redactor.is_behind()
    while redactor.look():
        pass
    assert not redactor.is_behind()
    found = sorted(ready(fleet))
    assert len(found) == 2 and "vlan 2" in found[0] and "vlan 3" in found[1]
    assert not any("hunter2" in text for text in found)


def test_it_waits_while_a_job_runs_but_not_for_ever(
    fleet: Fleet, scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.backup(fleet.device("core-1"), configuration(), START)
    jobs = fleet.asked().collection(JOBS)
    jobs.insert_one({"_id": "j1", **LIVE, "active": True, "status": RUNNING})
    redactor = Redactor(fleet.asked(), scribe)
    assert not redactor.is_behind()
    monkeypatch.setattr(redacting, "PATIENCE_SECONDS", 0.0)
    assert redactor.is_behind()
    monkeypatch.undo()
    jobs.delete_one({"_id": "j1"})
    assert redactor.is_behind()


def test_a_better_table_makes_it_begin_anew(
    fleet: Fleet, scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.backup(fleet.device("core-1"), configuration(), START)
    Redactor(fleet.asked(), scribe).look()
    monkeypatch.setattr(texts, "EDITION", "another")
    other = Redactor(fleet.asked(), scribe)
    assert other.is_behind()
    other.look()
    assert len(ready(fleet)) == 2


def test_a_backup_whose_text_is_gone_holds_up_no_other(fleet: Fleet, scribe: Scribe) -> None:
    one, two = fleet.device("core-1"), fleet.device("core-2")
    fleet.backup(one, configuration("vlan 1"), START)
    fleet.backup(two, configuration("vlan 2"), START)
    row = fleet.asked().collection("backups").find_one({"device_id": one["id"]}) or {}
    fleet.database[blobs.BLOBS].delete_one({"_id": row["sha256"]})
    Redactor(fleet.asked(), scribe).look()
    assert len(ready(fleet)) == 1
