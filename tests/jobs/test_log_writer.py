"""The writer in front of the log: nobody waits for it, it is bounded, and it says what it had to drop."""

from __future__ import annotations

import eventlet
import pytest

from netraven_jobs import log_writer
from netraven_jobs.log_writer import LogWriter
from netraven_jobs.logbook import LogBook
from tests.jobs.test_logbook import JOBS, NEVER_DONE, assert_gapless, failing
from tests.patience import until

LONG = 60.0  # until what was said is written, on a busy machine


@pytest.fixture
def writer(database):
    book = LogBook(database)
    book.prepare()
    made = LogWriter(book, "worker", most=200)
    made.start()
    yield made
    made.stop()


def test_lines_are_written_in_the_order_in_which_they_were_said(writer, database):
    for number in range(150):
        writer.write(JOBS[0], "d" * 24, "info", f"line {number}", log_type="session", number=number)
    assert writer.flush(LONG)
    rows = assert_gapless(database)
    assert [row["meta"]["number"] for row in rows] == list(range(150))
    assert {(row["log_type"], row["source"], row["device_id"]) for row in rows} == {
        ("session", "worker", "d" * 24)
    }


def test_nobody_waits_and_nothing_is_lost_while_the_database_is_away(writer, database):
    with failing(database, 100_000, **NEVER_DONE):
        for number in range(100):
            writer.write(JOBS[0], None, "info", f"line {number}")
        assert not writer.flush(0.3)
    assert writer.flush(LONG)
    assert [row["message"] for row in assert_gapless(database)] == [f"line {n}" for n in range(100)]


def test_what_finds_no_room_is_counted_and_the_log_says_so(writer, database):
    for number in range(250):
        writer.write(JOBS[number % 2], None, "info", f"line {number}")
    assert writer.dropped == 50
    assert writer.flush(LONG)
    until(lambda: database.logs.count_documents({"level": "warning"}) == 2)
    rows = [row for row in assert_gapless(database) if row["level"] == "warning"]
    assert {row["job_id"]: row["meta"]["dropped"] for row in rows} == {JOBS[0]: 25, JOBS[1]: 25}


def test_a_stop_writes_what_was_said_before_it(database):
    book = LogBook(database)
    book.prepare()
    writer = LogWriter(book, "worker")
    writer.start()
    eventlet.sleep(0)
    for number in range(1200):
        writer.write(JOBS[0], None, "info", f"line {number}")
    writer.stop()
    assert len(assert_gapless(database)) == 1200
    writer.write(JOBS[0], None, "info", "too late")
    assert writer.dropped == 1


def test_what_cannot_be_stored_as_it_is_said_is_cut_or_left_out(writer, database):
    writer.write(JOBS[0], None, "info", "x" * 10_000, huge="y" * 10_000)
    writer.write(JOBS[0], None, "info", "half a \ud800 character", when=object)
    assert writer.flush(LONG)
    first, second = assert_gapless(database)
    assert len(first["message"]) == 8192 and first["message"].endswith("…")
    assert "octets" in first["meta"]["left_out"]
    assert second["message"] == "half a ? character" and "object" in second["meta"]["when"]


def test_between_two_trips_lines_are_gathered_unless_somebody_waits_for_them(writer, monkeypatch):
    monkeypatch.setattr(log_writer, "LINGER_SECONDS", 30.0)
    trips = []
    append = writer.book.append

    def counted(entries):
        trips.append(len(entries))
        return append(entries)

    monkeypatch.setattr(writer.book, "append", counted)
    writer.write(JOBS[0], None, "info", "at once")
    until(lambda: trips == [1])
    for number in range(5):
        writer.write(JOBS[0], None, "info", f"line {number}")
        eventlet.sleep(0.01)
    assert trips == [1]
    assert writer.flush(LONG)
    assert trips == [1, 5]
