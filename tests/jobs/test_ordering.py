"""What is asked of schedules: kept, changed, refused, and told in the log."""

from __future__ import annotations

from typing import Any

import pytest

from netraven_chassis.views import LIVE
from netraven_contracts.errors import ValidationFailed
from netraven_jobs import job_queries, ordering
from netraven_jobs.backup_views import FLEET
from netraven_jobs.schedule import DeleteSchedule, PauseSchedule, ResumeSchedule
from tests.jobs.office import Office, device

ONE, OTHER = device(1)["id"], device(2)["id"]


@pytest.fixture
def fleet(office: Office) -> Office:
    """The office, whose view of the inventory has two devices."""
    for ident in (ONE, OTHER):
        rows = office.bind("look").collection(FLEET)
        rows.update_one({"_id": ident}, {"$set": dict(LIVE)}, upsert=True)
    return office


def changed(office: Office, ident: str, **changes: Any) -> dict[str, Any]:
    number = office.bind("look").core.log.head()
    ordering.change_schedule(office.bind(f"change:{ident}:{number}"), None, ident, changes, None)
    return job_queries.schedule(office.bind("look"), ident)


def test_a_schedule_s_target_is_changed_and_one_that_is_only_shown_is_not(fleet: Office) -> None:
    ident = fleet.scheduled({"every": 3600}, target={"devices": [ONE]})
    before = changed(fleet, ident, shown_target={"devices": [ONE]}, name="moved")
    assert (before["target"], before["name"]) == ({"devices": [ONE]}, "moved")
    after = changed(fleet, ident, target={"devices": [OTHER]}, shown_target=before["target"])
    assert after["target"] == {"devices": [OTHER]} and after["next_run"] != before["next_run"]
    for shown in ({"devices": [ONE]}, {"tags": ["core"]}):
        with pytest.raises(ValidationFailed) as refused:
            changed(fleet, ident, shown_target=shown, name="never")
        assert "give one of device_id, devices, tags, all" in refused.value.details["target"][0]
    last = changed(fleet, ident, target={"all": True}, shown_target={"all": True})
    assert (last["target"], last["name"]) == ({"all": True}, "moved")


def test_a_change_that_is_repeated_is_no_error_though_it_shows_what_was_before_it(fleet: Office) -> None:
    ident = fleet.scheduled({"every": 3600}, target={"devices": [ONE]})
    wanted = {"target": {"all": True}, "shown_target": {"devices": [ONE]}}
    for _ in range(2):
        ordering.change_schedule(fleet.bind(f"same:{ident}"), None, ident, wanted, None)
    assert job_queries.schedule(fleet.bind("look"), ident)["target"] == {"all": True}


def test_the_log_says_once_who_paused_resumed_and_deleted_a_schedule(office: Office) -> None:
    ident = office.scheduled({"cron": "0 3 * * *"}, name="nightly")
    steps = (PauseSchedule(), PauseSchedule(), ResumeSchedule(1), ResumeSchedule(1), DeleteSchedule())
    for number, command in enumerate(steps):
        for _ in range(2):  # a request that is repeated
            store = office.bind(f"{ident}:{number}")
            ordering.keep_schedule(store, office.lines, ident, command, None)
    office.lines.flush()
    rows = office.database["logs"].find({"meta.schedule_id": ident}).sort("position", 1)
    told = [(row["log_type"], row["job_id"], row["message"]) for row in rows]
    assert told == [
        ("system", None, f"Schedule nightly {what} by jobs") for what in ("paused", "resumed", "deleted")
    ]
