"""What old jobs did with each device is given up, and nothing of a job that goes on or is young."""

from __future__ import annotations

import pytest

from netraven_chassis.lease import Lease
from netraven_contracts.errors import Conflict, NotFound
from netraven_jobs import caretaker, job_keeping, job_queries, ordering
from netraven_jobs.job import JOB, RequestJob, RetryJob, StartRun
from tests.jobs.office import Office, device

DAY = 86_400_000
DEVICES = [device(number) for number in range(3)]


def over(office: Office) -> str:
    """A job that has just ended well."""
    job_id = office.begun(DEVICES)
    office.tasks.rows.update_many({"job_id": job_id}, {"$set": {"status": "succeeded"}})
    office.settler.close(job_id)
    return job_id


def cut(office: Office, days: int, lease: Lease | None = None) -> int:
    """What is given up so many days from now, when 90 days are kept."""
    return job_keeping.cut(office.bind("look"), office.clock.now() + (days - 90) * DAY, lease)


def test_the_devices_of_an_old_job_go_and_its_counts_stay(office: Office) -> None:
    job_id, store = over(office), office.bind("look")
    assert cut(office, 89) == 0
    assert job_queries.job(store, office.tasks, job_id)["devices_kept"] is True
    assert cut(office, 91) == 1
    shown = job_queries.job(store, office.tasks, job_id)
    assert (shown["devices"], shown["devices_kept"], shown["counts"]["succeeded"]) == ([], False, 3)
    with pytest.raises(NotFound, match="no longer kept"):
        job_queries.devices(store, office.tasks, job_id, {}, 1, 10)
    with pytest.raises(Conflict, match="start another job"):
        ordering.retry(store, office.tasks, job_id, "all", None)
    assert cut(office, 91) == 0


def test_the_log_says_how_much_was_given_up(office: Office) -> None:
    over(office)
    office.clock.ahead = 91 * DAY
    lease = Lease(office.database["leases"], "keeping-said", "this one")
    caretaker._keep(lease, office.bind("look"), office.lines)
    office.lines.flush()
    entry = office.database["logs"].find_one({"log_type": "system", "meta.jobs": 1})
    assert entry is not None and entry["message"] == "What 1 old jobs did with each device is given up"


def test_a_job_that_goes_on_keeps_its_devices_however_old_it_is(office: Office) -> None:
    running, again = office.begun(DEVICES), over(office)
    office.bind("again").handle(JOB, again, RetryJob("all"))
    assert cut(office, 4000) == 0
    assert len(office.rows(running)) == len(office.rows(again)) == 3


def test_whoever_does_not_hold_the_lease_gives_up_nothing(office: Office) -> None:
    job_id, leases = over(office), office.database["leases"]
    assert Lease(leases, "keeping-test", "another").hold()
    assert cut(office, 91, Lease(leases, "keeping-test", "this one")) == 0
    assert len(office.rows(job_id)) == 3


def test_a_job_without_any_device_has_an_empty_list(office: Office) -> None:
    job_id = "d" * 24
    for command in (RequestJob("lazy", {"tags": ["nobody"]}), StartRun(1, 0)):
        office.bind(f"empty:{type(command)}").handle(JOB, job_id, command)
    office.settler.close(job_id)
    assert job_queries.devices(office.bind("look"), office.tasks, job_id, {}, 1, 10) == ([], 0)
