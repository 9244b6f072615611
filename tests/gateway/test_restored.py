"""Logs whose database was restored or replaced while somebody streamed them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from netraven_chassis import shortness
from netraven_chassis.batch import Batch
from netraven_chassis.eventlog.commit import Commit, Recorded
from netraven_contracts.access import Caller
from netraven_contracts.events import SERVICES
from netraven_gateway import cursors
from netraven_gateway.audit import Wanted
from netraven_gateway.commit_source import AuditFeed, JobChanges
from netraven_gateway.log_source import LogSource, Pages
from netraven_gateway.restored import Identity
from netraven_gateway.stream import Stream

NOBODY = Caller("u", "u", "admin", "s", 1, 2**53)


def test_a_log_with_another_id_is_another_one_at_once_and_known_from_then_on() -> None:
    known = Identity("a")
    assert [known.is_another(log_id, 9, 5) for log_id in ("a", "b", "b")] == [False, True, False]
    assert not Identity().is_another("a", 9, 5)


class Logs:
    """The logs of all services, as log_range shows them, and the lines of a job's log."""

    def __init__(self, length: int) -> None:
        self.log_id = "first"
        self.commits = [self._commit(number) for number in range(1, length + 1)]

    def _commit(self, number: int) -> Commit:
        event = Recorded("JobRequested", 1, {})
        actor = {"id": "u", "name": "u"}
        return Commit(f"job-{number}", number, (event,), number, number, actor, "", "", "", "")

    def add(self) -> Commit:
        self.commits.append(self._commit(len(self.commits) + 1))
        return self.commits[-1]

    def ask(self, service: str, after: int) -> Batch:
        found = tuple(self.commits[after:]) if after < len(self.commits) else ()
        return Batch(service, self.log_id, after, after + len(found), found, len(self.commits))

    def lines(self, job_id: str | None, after: int, limit: int) -> dict[str, Any]:
        entries = [{"seq": number, "position": number} for number in range(after + 1, len(self.commits) + 1)]
        return {"entries": entries[:limit], "head": len(self.commits), "ended": False, "log_id": self.log_id}


class Reader:
    """A client of a source, over a real connection."""

    def __init__(self, source: Any, place: Any) -> None:
        ours, self.sock = socket.socketpair()
        ours.setblocking(False)
        self.stream = Stream(ours, source, place, NOBODY)
        source.readers.add(self.stream)

    def told(self) -> str:
        """All that it has got by now."""
        self.stream.pump(30.0)
        self.sock.setblocking(False)
        return self.sock.recv(65536).decode()


@pytest.fixture
def logs() -> Iterator[Logs]:
    yield Logs(9)


def test_a_stream_of_jobs_goes_on_where_the_restored_log_ends(logs: Logs) -> None:
    source = JobChanges(logs.ask, lambda _: None)
    source.open()
    reader = Reader(source, 9)
    reader.told()
    del logs.commits[4:]
    logs.log_id = "second"
    source.mend("jobs")
    told = reader.told()
    assert "event: restored\nid: 4\n" in told and '"position":4' in told
    source.take("jobs", [logs.add()])
    assert "event: job\nid: 5\n" in reader.told()


def test_the_audit_feed_goes_on_with_the_other_logs_as_they_are(logs: Logs) -> None:
    others = Logs(3)
    source = AuditFeed(
        Wanted(),
        lambda service, after: (logs if service == "jobs" else others).ask(service, after),
        lambda _: None,
    )
    source.open()
    reader = Reader(source, source.place)
    reader.told()
    del logs.commits[4:]
    logs.log_id = "second"
    for service in SERVICES:
        source.mend(service)
    place = cursors.vector({service: 4 if service == "jobs" else 3 for service in SERVICES})
    assert f"event: restored\nid: {cursors.encode(place)}\n" in reader.told()
    source.take("jobs", [logs.add()])
    assert f"id: {cursors.encode(cursors.moved(place, 'jobs', 5))}\n" in reader.told()


def test_a_job_s_log_goes_on_where_the_restored_one_ends(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortness, "SHORT_SECONDS", 0.0)
    source = LogSource("j", logs.lines, lambda _: None, lambda _: None, Pages())
    source.open()
    reader = Reader(source, 9)
    reader.told()
    del logs.commits[4:]  # its id is the same: only that it is shorter shows
    source.mend()
    assert "event: restored\nid: 4\n" in reader.told()
    logs.add()
    source.mend()
    assert "event: log\nid: 5\n" in reader.told()


def test_a_client_from_before_the_restore_begins_where_the_log_ends_now_and_is_told_so(logs: Logs) -> None:
    lines = LogSource("j", logs.lines, lambda _: None, lambda _: None, Pages())
    jobs = JobChanges(logs.ask, lambda _: None)
    feed = AuditFeed(Wanted(), logs.ask, lambda _: None)
    for source in (lines, jobs, feed):
        source.open()
    end = cursors.vector(dict.fromkeys(SERVICES, 9))
    past = cursors.moved(end, "jobs", 12)
    for beginning, place, ident in (
        (lines.reach(12), 9, "9"),
        (jobs.reach(12), 9, "9"),
        (feed.reach(past), end, cursors.encode(end)),
    ):
        assert beginning.place == place
        assert beginning.frame.startswith(f"event: restored\nid: {ident}\n".encode())
    assert [one.frame for one in (lines.reach(9), jobs.reach(4), feed.reach(end))] == [b""] * 3
