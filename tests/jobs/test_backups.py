"""What is taken down of backups, on a real database: a change or none, once however often, and since when."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netraven_chassis.rebuild import OWN
from netraven_contracts.errors import NotFound
from netraven_jobs import backup_queries, backups
from netraven_jobs.backup import BACKUP
from tests.jobs.fleet import HOUR, START, Fleet, configuration, task


def shown(fleet: Fleet, backup_id: str) -> dict[str, Any]:
    return backup_queries.alone(fleet.asked(), backup_id)


def test_the_first_backup_is_a_change_and_the_next_one_like_it_is_none(fleet: Fleet) -> None:
    device = fleet.device("core-1")
    first = fleet.backup(device, configuration(), START)
    second = fleet.backup(device, configuration(), START + HOUR)
    one, two = shown(fleet, first), shown(fleet, second)
    assert (one["changed"], one["previous_id"], one["valid_until"]) == (True, None, None)
    assert (two["changed"], two["previous_id"], two["version_id"]) == (False, first, first)
    assert one["valid_since"] == two["valid_since"] == one["taken_at"]
    assert one["sha256"] == two["sha256"] and one["device_name"] == "core-1"
    assert one["download_url"] == f"/api/backups/{first}/download"


def test_a_line_that_changes_by_itself_makes_no_change_and_is_kept(fleet: Fleet) -> None:
    device = fleet.device("core-1")
    first = fleet.backup(device, configuration(uptime=1), START)
    second = fleet.backup(device, configuration(uptime=2), START + HOUR)
    assert shown(fleet, second)["changed"] is False
    assert shown(fleet, second)["sha256"] != shown(fleet, first)["sha256"]


def test_a_change_ends_what_held_before_it(fleet: Fleet) -> None:
    device = fleet.device("core-1")
    first = fleet.backup(device, configuration("vlan 1"), START)
    same = fleet.backup(device, configuration("vlan 1"), START + HOUR)
    second = fleet.backup(device, configuration("vlan 2"), START + 2 * HOUR)
    assert shown(fleet, second)["previous_id"] == first
    for old in (first, same):
        assert shown(fleet, old)["valid_until"] == shown(fleet, second)["taken_at"]
    assert shown(fleet, second)["valid_until"] is None


def test_what_is_taken_down_twice_is_there_once(fleet: Fleet) -> None:
    device = fleet.device("core-1")
    row = task(device)
    brought = fleet.brought(device, configuration(), START)
    first = backups.record(fleet.asked(), row, brought)
    later = fleet.backup(device, configuration("vlan 2"), START + HOUR)
    assert backups.record(fleet.asked(), row, brought) == first
    _, total = backup_queries.page(fleet.asked(), {}, 1, 25, ())
    assert total == 2
    assert shown(fleet, later)["valid_until"] is None


def test_backups_taken_down_together_are_as_if_one_came_after_the_other(fleet: Fleet) -> None:
    one, two = fleet.device("core-1"), fleet.device("core-2")
    told = [(one, "vlan 1", 0), (two, "vlan 1", 0), (one, "vlan 2", 2 * HOUR), (one, "vlan 1", HOUR)]
    brought = [
        ({**task(device), "epoch": number}, fleet.brought(device, configuration(line), START + at))
        for number, (device, line, at) in enumerate(told)
    ]
    first, other, second, late = backups.record_many(fleet.asked(), brought)
    assert backups.record_many(fleet.asked(), brought) == [first, other, second, late]
    rows = [shown(fleet, str(ident)) for ident in (first, other, second, late)]
    assert [row["changed"] for row in rows] == [True, True, True, False]
    assert [row["version_id"] for row in rows] == [first, other, second, first]
    assert (rows[2]["previous_id"], rows[0]["valid_until"]) == (first, rows[2]["taken_at"])
    assert backup_queries.page(fleet.asked(), {}, 1, 25, ())[1] == 4


def test_a_crash_between_change_and_backup_is_made_up_for(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = fleet.device("core-1")
    row, brought = task(device), fleet.brought(device, configuration(), START)
    with monkeypatch.context() as patched:
        patched.setattr(backups, "BackupTaken", None)
        with pytest.raises(TypeError):
            backups.record(fleet.asked(), row, brought)
    fleet.backup(device, configuration("vlan 2"), START + HOUR)
    ident = backups.record(fleet.asked(), row, brought)
    assert shown(fleet, ident)["changed"] is True
    assert shown(fleet, ident)["valid_until"] is not None


def test_another_lease_of_a_task_brings_another_backup(fleet: Fleet) -> None:
    row = task(fleet.device("core-1"))
    assert backups.backup_id(row) != backups.backup_id({**row, "epoch": 2})


def test_a_backup_that_comes_in_late_is_kept_and_changes_nothing(fleet: Fleet) -> None:
    device = fleet.device("core-1")
    first = fleet.backup(device, configuration("vlan 1"), START)
    second = fleet.backup(device, configuration("vlan 2"), START + 2 * HOUR)
    late = fleet.backup(device, configuration("vlan 3"), START + HOUR)
    told = shown(fleet, late)
    assert (told["changed"], told["version_id"]) == (False, first)
    assert told["valid_until"] == shown(fleet, second)["taken_at"]
    assert shown(fleet, second)["previous_id"] == first


def test_what_is_in_quarantine_is_no_backup_and_no_change(fleet: Fleet) -> None:
    device = fleet.device("core-1")
    first = fleet.backup(device, configuration(), START)
    held = fleet.quarantined(device, "version", START + HOUR)
    rows, total = backup_queries.page(fleet.asked(), {}, 1, 25, ())
    assert [row["id"] for row in rows] == [first] and total == 1
    assert shown(fleet, held)["reason"] == "it ends early"
    assert [row["id"] for row in backup_queries.quarantine_of(fleet.asked(), device["id"], 1, 25)[0]] == [
        held
    ]
    assert backup_queries.at(fleet.asked(), device["id"], START + 2 * HOUR)["id"] == first


def test_what_is_in_quarantine_is_listed_for_all_devices_the_newest_first(fleet: Fleet) -> None:
    one, other = fleet.device("core-1"), fleet.device("core-2")
    held = [fleet.quarantined(device, "version", START + n * HOUR) for n, device in enumerate((one, other))]

    def listed(**filters: Any) -> list[str]:
        rows, total = backup_queries.quarantine(fleet.asked(), filters, 1, 25, ())
        assert total == len(rows)
        return [row["id"] for row in rows]

    assert listed() == held[::-1]
    assert listed(device_id=one["id"]) == held[:1] and listed(job_id="e" * 24) == []
    assert listed(start=START + HOUR) == held[1:] and listed(end=START + HOUR) == held[:1]


def test_views_made_anew_show_the_same(fleet: Fleet) -> None:
    device = fleet.device("core-1")
    for hour, line in enumerate(("vlan 1", "vlan 1", "vlan 2", "vlan 1")):
        fleet.backup(device, configuration(line), START + hour * HOUR)
    fleet.quarantined(device, "version", START)
    seen = backup_queries.page(fleet.asked(), {}, 1, 25, ()), backup_queries.count(fleet.asked())
    fleet.core.rebuild()
    fleet.core.followers()[OWN].catch_up()
    assert (backup_queries.page(fleet.asked(), {}, 1, 25, ()), backup_queries.count(fleet.asked())) == seen


@pytest.fixture(scope="module")
def many(mongod: Any) -> Iterator[Fleet]:
    """One store for all examples of a property, each with a device of its own."""
    from pymongo import MongoClient

    client: MongoClient[dict[str, Any]] = MongoClient(mongod.uri, serverSelectionTimeoutMS=5000)
    yield Fleet(client["test_backup_properties"])
    client.drop_database("test_backup_properties")
    client.close()


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(texts=st.lists(st.integers(0, 3), min_size=1, max_size=8), data=st.data())
def test_at_every_moment_since_the_first_backup_exactly_one_configuration_holds(
    many: Fleet, texts: list[int], data: st.DataObject
) -> None:
    device = many.device("any")
    taken = [START + hour * HOUR for hour in range(len(texts))]
    for text, moment in zip(texts, taken, strict=True):
        many.backup(device, configuration(f"vlan {text}", uptime=moment % 50), moment)
    rows, _ = backup_queries.page(many.asked(), {"device_id": device["id"]}, 1, 100, ("taken_at",))
    changes = [row for row in rows if row["changed"]]
    expected = [n for n, text in enumerate(texts) if n == 0 or texts[n - 1] != text]
    assert [rows.index(row) for row in changes] == expected
    for before, after in itertools.pairwise(changes):
        assert before["valid_until"] == after["valid_since"] and after["previous_id"] == before["id"]
    assert changes[-1]["valid_until"] is None
    place = data.draw(st.integers(0, len(texts) - 1))
    held = backup_queries.at(many.asked(), device["id"], taken[place] + data.draw(st.integers(0, HOUR - 1)))
    assert held["sha256"] == rows[place]["sha256"]
    with pytest.raises(NotFound):
        backup_queries.at(many.asked(), device["id"], START - 1)


def test_a_backup_that_is_not_there_is_not_found(fleet: Fleet) -> None:
    with pytest.raises(NotFound):
        shown(fleet, "e" * 24)
    assert fleet.asked().load(BACKUP, "e" * 24).version == 0
