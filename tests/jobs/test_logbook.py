"""The log under many writers: places without gaps, each entry once, in any number of processes."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from contextlib import contextmanager

import eventlet
import pytest
from pymongo.errors import OperationFailure

from netraven_contracts.errors import Unavailable
from netraven_jobs import log_entry, logbook
from netraven_jobs.logbook import LogBook

JOBS = [f"{number:024x}" for number in range(5)]


@pytest.fixture
def book(database):
    made = LogBook(database)
    made.prepare()
    return made


def entries(count, job_id=JOBS[0], **fields):
    return [log_entry.make(job_id, None, "info", f"line {n}", **fields) for n in range(count)]


def assert_gapless(database):
    """Positions over all and seqs of each job run from 1 without gap, and grow together."""
    rows = list(database.logs.find({}, sort=[("position", 1)]))
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    by_job = defaultdict(list)
    for row in rows:
        by_job[row["job_id"]].append(row.get("seq"))
    for job_id, seqs in by_job.items():
        assert seqs == ([None] * len(seqs) if job_id is None else list(range(1, len(seqs) + 1)))
    return rows


def test_each_job_counts_for_itself_and_all_count_together(book, database):
    book.append([*entries(2), *entries(1, JOBS[1]), *entries(1, None), *entries(1)])
    rows = assert_gapless(database)
    assert [(row["job_id"], row.get("seq")) for row in rows] == [
        (JOBS[0], 1), (JOBS[0], 2), (JOBS[1], 1), (None, None), (JOBS[0], 3),
    ]  # fmt: skip


def test_entries_given_again_are_written_once_and_get_their_first_places(book, database):
    first = entries(3)
    places = [entry["position"] for entry in book.append(first)]
    book.append(entries(2))
    again = [dict(entry) for entry in first]
    assert [entry["position"] for entry in LogBook(database).append([*entries(1), *again])][1:] == places
    assert len(assert_gapless(database)) == 6


def test_a_second_book_steps_behind_what_the_first_has_written(book, database):
    other = LogBook(database)
    for _ in range(3):
        book.append([*entries(2), *entries(1, JOBS[1])])
        other.append([*entries(1, JOBS[1]), *entries(2)])
    assert len(assert_gapless(database)) == 18


def test_many_writers_of_one_process_share_batches_and_keep_their_own_order(book, database):
    def write(number):
        for turn in range(20):
            book.append([log_entry.make(JOBS[number % 5], None, "info", f"{number} {turn}")])

    list(eventlet.GreenPool(50).imap(write, range(50)))
    rows = assert_gapless(database)
    assert len(rows) == 1000
    said = defaultdict(list)
    for row in rows:
        number, turn = row["message"].split()
        said[number].append(int(turn))
    assert all(turns == list(range(20)) for turns in said.values())


WRITER = """
import netraven_chassis.patch
import sys, eventlet
from pymongo import MongoClient
from netraven_jobs import log_entry
from netraven_jobs.logbook import LogBook
uri, name, who = sys.argv[1:]
book = LogBook(MongoClient(uri, retryWrites=False)[name])
def write(number):
    for turn in range(10):
        job = f"{number % 5:024x}" if number % 7 else None
        lines = [log_entry.make(job, None, "info", f"{who}-{number} {turn} {n}") for n in range(3)]
        book.append(lines, timeout=120)
list(eventlet.GreenPool(20).imap(write, range(20)))
"""


def test_three_processes_that_write_at_once_leave_no_gap_and_no_repeat(book, database, mongod):
    writers = [
        subprocess.Popen([sys.executable, "-W", "ignore", "-c", WRITER, mongod.uri, database.name, str(who)])
        for who in range(3)
    ]
    assert [writer.wait(240) for writer in writers] == [0, 0, 0]
    rows = assert_gapless(database)
    assert len(rows) == 3 * 20 * 30
    said = defaultdict(list)
    for row in rows:
        who, turn, n = row["message"].split()
        said[who].append((int(turn), int(n)))
    assert all(lines == [(turn, n) for turn in range(10) for n in range(3)] for lines in said.values())


@contextmanager
def failing(database, times, **data):
    """mongod's own fail point: it fails the next inserts, after doing them or before."""
    admin, point = database.client.admin, {"configureFailPoint": "failCommand"}
    admin.command({**point, "mode": {"times": times}, "data": {"failCommands": ["insert"], **data}})
    try:
        yield
    finally:
        admin.command({**point, "mode": "off"})


LOST = {"writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}}
NEVER_DONE = {"closeConnection": True}


@pytest.mark.parametrize("data", [LOST, NEVER_DONE], ids=["done and not confirmed", "not done"])
def test_a_lost_answer_is_looked_up_and_nothing_is_written_twice(book, database, data):
    with failing(database, 2, **data):
        written = book.append([*entries(3), *entries(2, JOBS[1])])
    assert [entry["position"] for entry in written] == [1, 2, 3, 4, 5]
    book.append(entries(1))
    assert len(assert_gapless(database)) == 6


def test_what_is_not_known_in_time_is_unavailable_and_may_be_given_again(book, database):
    lines = entries(3)
    with failing(database, 1000, **NEVER_DONE), pytest.raises(Unavailable):
        book.append(lines, timeout=0.3)
    book.append(lines)
    assert [row["message"] for row in assert_gapless(database)] == ["line 0", "line 1", "line 2"]


def test_an_entry_that_cannot_be_written_is_refused_and_holds_up_nobody(book, database):
    with pytest.raises(OperationFailure):
        database.command("collMod", "logs", validator={"level": {"$ne": "bad"}})
        book.append([log_entry.make(JOBS[0], None, "bad", "no")])
    book.append(entries(2))
    assert len(assert_gapless(database)) == 2


def test_heads_outlive_the_entries_that_retention_took(book, database):
    book.append([*entries(4), *entries(1, JOBS[1])])
    database.log_floors.insert_one({"_id": JOBS[0], "seq": 4})
    database.logs.delete_many({"job_id": JOBS[0]})
    assert logbook.heads(database, JOBS[:3]) == {JOBS[0]: 4, JOBS[1]: 1, JOBS[2]: 0}
    assert LogBook(database).append(entries(1))[0]["seq"] == 5
