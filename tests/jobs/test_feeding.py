"""Which tasks are handed out: a few of each job, none twice for nothing, none to a site that is full."""

from __future__ import annotations

from collections.abc import Callable

from netraven_jobs.feeding import LOST_MS, WINDOW
from tests.jobs.office import Office, device, report


def test_every_task_is_handed_out_once_with_its_site(office: Office) -> None:
    job_id = office.begun([device(1, "Bern"), device(2, "Basel")])
    for _ in range(3):
        office.feeder.feed(job_id)
    got = {message.tasks[0]: message.site for message in office.handed_out()}
    assert got == {row["_id"]: row["device"]["location"] for row in office.rows(job_id)}


def test_a_large_job_leaves_room_for_others(office: Office) -> None:
    large = office.begun([device(number) for number in range(WINDOW + 20)])
    office.feeder.feed(large)
    office.feeder.feed(large)
    assert len(office.handed_out()) == WINDOW
    claims = office.claims()
    for row in [row for row in office.rows(large) if row["dispatched_at"]][:5]:
        claims.take(row["_id"])
    office.feeder.feed(large)
    assert len(office.handed_out()) == 5


def test_a_type_without_sessions_gets_its_devices_together(office: Office) -> None:
    job_id = office.begun([device(number) for number in range(1500)], "reachability")
    office.feeder.feed(job_id)
    assert sorted(len(message.tasks) for message in office.handed_out() if message.whole) == [500, 1000]


def test_what_was_lost_on_the_way_is_handed_out_again(office: Office) -> None:
    job_id = office.begun([device(1)])
    office.feeder.feed(job_id)
    office.handed_out()
    office.clock.ahead = LOST_MS + 1000
    office.feeder.feed(job_id)
    assert len(office.handed_out()) == 1


def test_a_task_waits_until_its_time_has_come(office: Office) -> None:
    job_id = office.begun([device(1)])
    office.tasks.rows.update_many({"job_id": job_id}, {"$set": {"not_before": office.clock.now() + 300_000}})
    office.feeder.feed(job_id)
    assert office.handed_out() == []
    office.clock.ahead = 301_000
    office.feeder.feed(job_id)
    assert len(office.handed_out()) == 1


def test_nothing_is_handed_out_for_a_site_that_is_full(offices: Callable[..., Office]) -> None:
    office = offices(site_limit=1)
    first, second = office.begun([device(1, "Bern")]), office.begun([device(2, "Bern"), device(3, "Basel")])
    claims = office.claims(site_limit=1)
    task = claims.take(office.rows(first)[0]["_id"], "Bern")
    assert isinstance(task, dict)
    office.feeder.feed(second)
    assert [message.site for message in office.handed_out()] == ["Basel"]
    claims.report([(task, report())])
    office.feeder.feed(second)
    assert [message.site for message in office.handed_out()] == ["Bern"]


def test_while_the_broker_is_away_nothing_is_taken_for_handed_out(office: Office) -> None:
    job_id = office.begun([device(1)])
    office.publisher.stop()
    try:
        office.feeder.feed(job_id)
        assert office.rows(job_id)[0]["dispatched_at"] is None
    finally:
        office.reconnect()
    office.feeder.feed(job_id)
    assert len(office.handed_out()) == 1
