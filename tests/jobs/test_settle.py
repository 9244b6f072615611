"""Settling what was reported: news, counts, the end of a job; twice is once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from eventlet.greenpool import GreenPool
from structlog.testing import capture_logs

from netraven_chassis.bound import BoundStore
from netraven_contracts.errors import Unavailable
from netraven_jobs import settle
from netraven_jobs.job import JOB, CancelJob
from netraven_jobs.log_writer import LogWriter
from netraven_jobs.logbook import LogBook
from netraven_jobs.settle import Settler
from netraven_jobs.task import TASK, CredentialAttempted, FactsCollected, TaskFinished
from tests.jobs.office import Json, Office, device, report

DEVICES = [device(number) for number in range(6)]
BACKUP = {
    "sha256": "a" * 64,
    "normal_sha256": "b" * 64,
    "size": 10,
    "lines": 1,
    "platform": "linux",
    "taken_at": 5,
}


def reported(office: Office, job_id: str, *reports: Json) -> list[str]:
    """A worker did the job's first tasks; their ids."""
    claims, done = office.claims(), []
    for row, told in zip(office.rows(job_id), reports, strict=False):
        task = claims.take(row["_id"])
        assert isinstance(task, dict)
        claims.report([(task, told)])
        done.append(row["_id"])
    return done


def news(store: BoundStore, ident: str) -> list[object]:
    """The events of a task."""
    commits = store.load(TASK, ident).commits
    return [TASK.decode(event) for commit in commits for event in commit.events]


def test_a_report_becomes_news(office: Office) -> None:
    job_id = office.begun(DEVICES[:2])
    told = report(
        attempts=[{"credential_id": "c1", "secret_version": 2, "outcome": "success"}],
        data={"facts": {"serial": "S1", "interfaces": [{"name": "eth0"}, {"name": "eth1"}]}},
    )
    ident = reported(office, job_id, told)[0]
    office.settler.settle([ident])
    first, second, third = news(office.bind("look"), ident)
    assert isinstance(first, CredentialAttempted) and first.credential_id == "c1"
    assert isinstance(second, FactsCollected) and second.serial == "S1"
    assert isinstance(third, TaskFinished) and (third.status, third.attempt) == ("succeeded", 1)
    row = office.rows(job_id)[0]
    assert (row["status"], row["brought"]["facts"]["interfaces"]) == ("succeeded", 2)
    assert "result" not in row


def test_settled_twice_and_by_several_at_once_it_is_told_once(office: Office) -> None:
    job_id = office.begun(DEVICES)
    idents = reported(office, job_id, *[report()] * len(DEVICES))
    pool = GreenPool()
    for _ in range(6):
        pool.spawn(office.settler.settle, idents)
    pool.waitall()
    store = office.bind("look")
    assert [len(news(store, ident)) for ident in idents] == [1] * len(DEVICES)
    assert [type(event).__name__ for event in _job_events(office, job_id)] == [
        "JobRequested",
        "JobStarted",
        "JobFinished",
    ]
    assert sum(message.startswith("Run 1 is over") for message in office.told(job_id)) == 1


def _job_events(office: Office, job_id: str) -> list[object]:
    commits = office.bind("look").load(JOB, job_id).commits
    return [JOB.decode(event) for commit in commits for event in commit.events]


def test_a_job_ends_with_its_last_task_and_not_before(office: Office) -> None:
    job_id = office.begun(DEVICES[:3])
    idents = reported(office, job_id, report(), report("failed", error_class="TIMEOUT"), report())
    office.settler.settle(idents[:2])
    assert office.job(job_id).status == "running"
    office.settler.settle(idents[2:])
    job = office.job(job_id)
    assert (job.status, job.counts) == (
        "partial",
        {"total": 3, "succeeded": 2, "failed": 1, "skipped": 0, "cancelled": 0},
    )


def test_a_cancelled_job_ends_cancelled(office: Office) -> None:
    job_id = office.begun(DEVICES[:1])
    idents = reported(office, job_id, report())
    office.bind(f"cancel:{job_id}").handle(JOB, job_id, CancelJob())
    office.settler.settle(idents)
    assert office.job(job_id).status == "cancelled"


def test_a_backup_is_taken_down_with_its_task(office: Office) -> None:
    job_id = office.begun(DEVICES[:1], "backup")
    idents = reported(office, job_id, report(data={"backup": BACKUP}))
    office.settler.settle(idents)
    kept = list(office.bind("look").collection("backups").find({"job_id": job_id}))
    assert len(kept) == 1
    assert office.rows(job_id)[0]["brought"]["backup"]["id"] == kept[0]["_id"]


def test_what_is_kept_aside_counts_as_failed(office: Office) -> None:
    job_id = office.begun(DEVICES[:1], "backup")
    aside = {**{name: BACKUP[name] for name in BACKUP if name != "normal_sha256"}, "reason": "cut off"}
    told = report("quarantined", error_class="TRUNCATED", message="cut off", data={"quarantine": aside})
    office.settler.settle(reported(office, job_id, told))
    assert office.rows(job_id)[0]["status"] == "quarantined"
    assert (office.job(job_id).status, office.job(job_id).counts["failed"]) == ("failed", 1)


def test_a_backup_that_cannot_be_taken_down_fails_its_task_and_no_other(office: Office) -> None:
    job_id = office.begun(DEVICES[:2], "backup")
    idents = reported(
        office, job_id, report(data={"backup": {"sha256": "x"}}), report(data={"backup": BACKUP})
    )
    office.settler.settle(idents)
    assert [(row["status"], row["error_class"]) for row in office.rows(job_id)] == [
        ("failed", "INTERNAL"),
        ("succeeded", None),
    ]


def test_what_was_not_reported_is_left_alone(office: Office) -> None:
    job_id = office.begun(DEVICES[:1])
    office.settler.settle([office.rows(job_id)[0]["_id"], "nothing"])
    office.settler.settle([])
    assert office.rows(job_id)[0]["status"] == "waiting"


@contextmanager
def a_log_that_takes_nothing(office: Office) -> Iterator[None]:
    """The database refuses each new line meanwhile."""
    office.database.command("collMod", "logs", validator={"source": "nobody"})
    try:
        yield
    finally:
        office.database.command("collMod", "logs", validator={})


def test_a_job_ends_though_its_log_takes_no_more_lines(office: Office) -> None:
    job_id = office.begun(DEVICES[:1])
    with a_log_that_takes_nothing(office), capture_logs() as logged:
        office.settler.settle(reported(office, job_id, report()))
        assert office.job(job_id).status == "succeeded"
    assert office.told(job_id) == []
    assert [line["job_id"] for line in logged if "job_id" in line] == [job_id]


def test_a_jobs_end_waits_for_what_was_said_before_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settle, "LAST_LINES_SECONDS", 0.05)
    lines = LogWriter(LogBook(office.database), "jobs")
    settler = Settler(office.bind, office.tasks, lines)
    job_id = office.begun(DEVICES[:1])
    lines.write(job_id, None, "info", "said before")
    with pytest.raises(Unavailable):
        settler.settle(reported(office, job_id, report()))
    assert (office.job(job_id).status, office.told(job_id)) == ("running", [])
    lines.start()
    settler.close(job_id)
    assert (office.job(job_id).status, office.told(job_id)[0]) == ("succeeded", "said before")
    lines.stop()
