"""Who has a task: taken once, kept for a while, fenced off, given back; and no device twice, no site too
often.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from eventlet.greenpool import GreenPool

from netraven_jobs.claims import Blocked, Claims
from tests.jobs.office import Office, device, report

DEVICES = [device(number) for number in range(8)]


def test_of_many_workers_one_gets_the_task(office: Office) -> None:
    ident = office.rows(office.begun(DEVICES[:1]))[0]["_id"]
    workers = [office.claims(f"w{number}") for number in range(12)]
    taken = [task for task in GreenPool().imap(lambda worker: worker.take(ident), workers) if task]
    assert len(taken) == 1
    assert (taken[0]["status"], taken[0]["attempt"], taken[0]["epoch"]) == ("running", 1, 1)


def test_a_device_is_in_one_session_at_a_time_over_all_jobs(office: Office) -> None:
    idents = [office.rows(office.begun(DEVICES[:1]))[0]["_id"] for _ in range(2)]
    first, second = office.claims("a"), office.claims("b")
    task = first.take(idents[0])
    assert isinstance(task, dict)
    blocked = second.take(idents[1])
    assert blocked == Blocked(f"device:{DEVICES[0]['id']}")
    first.report([(task, report())])
    assert isinstance(second.take(idents[1]), dict)


def test_a_site_has_no_more_sessions_than_it_may_over_all_workers(office: Office) -> None:
    idents = [row["_id"] for row in office.rows(office.begun(DEVICES))]
    workers = [office.claims(f"w{number}", site_limit=3) for number in range(len(idents))]
    jobs = zip(workers, idents, strict=True)
    found = list(GreenPool().imap(lambda pair: pair[0].take(pair[1], "Bern"), jobs))
    assert sum(isinstance(one, dict) for one in found) == 3
    assert {one.by for one in found if isinstance(one, Blocked)} == {"site:Bern"}
    held = list(office.tasks.rows.find({"site_slot": {"$exists": True}}))
    assert len({row["site_slot"] for row in held}) == 3
    elsewhere = office.begun([device(100, location="Basel")])
    assert isinstance(workers[0].take(office.rows(elsewhere)[0]["_id"], "Basel"), dict)


def test_what_waited_for_a_permit_is_found_when_it_is_free(office: Office) -> None:
    idents = [row["_id"] for row in office.rows(office.begun(DEVICES[:2]))]
    claims = office.claims(site_limit=1)
    task = claims.take(idents[0], "Bern")
    blocked = claims.take(idents[1], "Bern")
    assert isinstance(task, dict) and isinstance(blocked, Blocked)
    assert not claims.anybody_waits()
    claims.wait(idents[1], blocked, not_before=10**15)
    assert claims.anybody_waits()
    claims.report([(task, report())])
    freed = claims.next_for(["device:nobody", "site:Bern"], office.clock.now())
    assert freed is not None and freed["_id"] == idents[1]
    assert claims.next_for(["site:Bern"], office.clock.now()) is None


def test_whoever_lost_a_task_can_change_nothing_any_more(office: Office) -> None:
    job_id = office.begun(DEVICES[:1])
    ident = office.rows(job_id)[0]["_id"]
    slow = office.claims("slow", lease_ms=1)
    task = slow.take(ident)
    assert isinstance(task, dict)
    time.sleep(0.01)
    office.recovery.expired()
    slow.report([(task, report())])
    slow.give_back([task])
    assert slow.held([ident]) == {}
    assert office.rows(job_id)[0]["status"] == "waiting"
    office.feeder.feed(job_id)
    other = office.claims("other").take(ident)
    assert isinstance(other, dict) and (other["attempt"], other["epoch"]) == (2, 2)
    slow.report([(task, report("failed"))])
    assert office.rows(job_id)[0]["status"] == "running"


def test_a_renewed_lease_lasts_and_another_s_is_not_touched(office: Office) -> None:
    idents = [row["_id"] for row in office.rows(office.begun(DEVICES[:2]))]
    mine, other = office.claims("mine"), office.claims("other", lease_ms=1)
    assert office.claims("mine", lease_ms=1).take(idents[0]) and other.take(idents[1])
    mine.renew(idents)
    time.sleep(0.01)
    office.recovery.expired()
    assert mine.held(idents) == {idents[0]: (1, False)}
    assert other.held(idents) == {}


def test_a_task_given_back_is_as_if_it_had_not_been_begun(office: Office) -> None:
    job_id = office.begun(DEVICES[:1])
    claims = office.claims()
    task = claims.take(office.rows(job_id)[0]["_id"])
    assert isinstance(task, dict)
    claims.give_back([task])
    row = office.rows(job_id)[0]
    assert (row["status"], row["attempt"], row["crashes"], row["worker"]) == ("waiting", 0, 0, None)
    assert "session_on" not in row and "lease_until" not in row


def test_those_without_sessions_are_taken_all_at_once_and_share_no_permits(office: Office) -> None:
    idents = [row["_id"] for row in office.rows(office.begun(DEVICES, "reachability"))]
    workers: list[Claims] = [office.claims(f"w{number}") for number in range(3)]
    take: Callable[[Claims], list[str]] = lambda worker: [row["_id"] for row in worker.take_all(idents)]  # noqa: E731
    taken = Counter(ident for some in GreenPool().imap(take, workers) for ident in some)
    assert taken == Counter(idents)
    assert office.tasks.rows.count_documents({"session_on": {"$exists": True}}) == 0


def test_a_task_told_to_stop_says_so_to_whoever_has_it(office: Office) -> None:
    job_id = office.begun(DEVICES[:2])
    claims = office.claims()
    ident = office.rows(job_id)[0]["_id"]
    claims.take(ident)
    office.tasks.stop_running(job_id)
    assert claims.held([ident]) == {ident: (1, True)}
