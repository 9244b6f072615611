"""The log under many writers: no gap, no repeat, each commit once, whatever happens in between."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import eventlet
import pytest
from bson import ObjectId

from netraven_chassis.eventlog.appender import Appender, CommandSeen, StreamMoved
from netraven_chassis.eventlog.commit import Commit, Draft, Recorded
from netraven_chassis.eventlog.log import EventLog, GapInLog
from netraven_contracts.errors import Unavailable
from tests.chassis.counter import context
from tests.patience import until
from tests.servers.mongod import Mongod


@pytest.fixture
def event_log(database):
    made = EventLog(database)
    made.prepare()
    return made


def draft(stream="counter-a", first=1, events=1, command_id=None):
    recorded = tuple(Recorded("Added", 1, {"amount": n}) for n in range(events))
    return Draft(str(ObjectId()), stream, first, recorded, 1000, context(command_id or str(ObjectId())))


def positions(event_log):
    return [commit.position for commit in event_log.range(0, 100_000)]


def test_a_commit_is_found_again_as_it_was_written(event_log):
    written = Appender(event_log).append([draft(events=3)])[0]
    assert isinstance(written, Commit)
    assert event_log.stream("counter-a") == [written]
    assert (written.first, written.last, written.position) == (1, 3, 1)
    assert event_log.range(0, 10) == [written]
    assert event_log.head() == 1


def test_preparing_twice_keeps_the_logs_id(event_log, database):
    again = EventLog(database)
    again.prepare()
    assert again.log_id == event_log.log_id


def test_of_two_drafts_for_one_version_one_loses(event_log):
    appender = Appender(event_log)
    results = appender.append([draft(first=1)]) + appender.append([draft(first=1)])
    assert isinstance(results[0], Commit)
    assert isinstance(results[1], StreamMoved)
    assert positions(event_log) == [1]


def test_a_command_gets_into_a_stream_only_once(event_log):
    appender = Appender(event_log)
    appender.append([draft(first=1, command_id="c1")])
    again = appender.append([draft(first=2, command_id="c1")])[0]
    assert isinstance(again, CommandSeen)
    elsewhere = appender.append([draft(stream="counter-b", command_id="c1")])[0]
    assert isinstance(elsewhere, Commit)


def test_a_loser_in_the_middle_of_a_batch_leaves_no_hole(event_log):
    appender = Appender(event_log)
    appender.append([draft("counter-x")])
    results = appender.append(
        [draft("counter-a"), draft("counter-x"), draft("counter-b"), draft("counter-c")]
    )
    assert [type(result) for result in results] == [Commit, StreamMoved, Commit, Commit]
    assert positions(event_log) == [1, 2, 3, 4]


def test_a_taken_position_is_stepped_over(event_log):
    mine, other = Appender(event_log), Appender(event_log)
    mine.append([draft("counter-a")])  # from here on `mine` believes that 2 is next
    other.append([draft("counter-b"), draft("counter-c")])
    result = mine.append([draft("counter-d")])[0]
    assert isinstance(result, Commit)
    assert result.position == 4


def test_my_own_document_found_in_the_log_counts_as_written(event_log):
    wanted = draft("counter-a")
    first = Appender(event_log).append([wanted])[0]
    # The answer to the first attempt was lost: the same draft is tried again by somebody who does not know.
    again = Appender(event_log).append([draft("counter-b"), wanted])
    assert again[1] == first
    assert positions(event_log) == [1, 2]


def test_a_missing_position_is_never_read_past(event_log):
    Appender(event_log).append([draft(f"counter-{n}") for n in range(3)])
    event_log.commits.delete_one({"position": 2})
    with pytest.raises(GapInLog):
        event_log.range(0, 10)


def test_fifty_writers_on_fifty_streams_make_one_gapless_log(event_log):
    appenders = [Appender(event_log) for _ in range(2)]

    def write(number):
        for version in range(1, 21):
            result = appenders[number % 2].append([draft(f"counter-{number}", version)], timeout=60)[0]
            assert isinstance(result, Commit)

    list(eventlet.GreenPool(50).imap(write, range(50)))
    assert positions(event_log) == list(range(1, 1001))


def test_fifty_writers_on_one_stream_each_get_in_once(event_log):
    appender = Appender(event_log)

    def write(_number):
        while True:
            head = event_log.stream("counter-a")
            first = head[-1].last + 1 if head else 1
            result = appender.append([draft("counter-a", first)], timeout=60)[0]
            if isinstance(result, Commit):
                return result.first

    versions = sorted(eventlet.GreenPool(50).imap(write, range(50)))
    assert versions == list(range(1, 51))
    assert positions(event_log) == list(range(1, 51))


WRITER = """
import netraven_chassis.patch
import sys, eventlet
from pymongo import MongoClient
from bson import ObjectId
from netraven_chassis.eventlog.appender import Appender
from netraven_chassis.eventlog.commit import Commit, Context, Draft, Recorded
from netraven_chassis.eventlog.log import EventLog
uri, name, who, shared, times = sys.argv[1:]
log = EventLog(MongoClient(uri, retryWrites=False)[name])
appender = Appender(log)
def draft(stream, first, number):
    events = (Recorded("Added", 1, {"who": who, "number": number}),) * (number % 3 + 1)
    return Draft(str(ObjectId()), stream, first, events, 1, Context({"id": "u", "name": "u"},
    f"{who}-{number}"))
def write(number):
    stream = "counter-shared" if shared == "1" else f"counter-{who}-{number}"
    while True:
        head = log.commits.find_one({"stream": stream}, sort=[("first", -1)])
        first = head["first"] + head["count"] if head else 1
        if isinstance(appender.append([draft(stream, first, number)], timeout=280)[0], Commit):
            return
for _ in eventlet.GreenPool(25).imap(write, range(int(times))): pass
"""


@contextmanager
def writing(
    mongod: Mongod, database: Any, who: str, shared: str, times: int
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that writes until it is done, or killed: what it left behind would meet the next test."""
    argv = [sys.executable, "-W", "ignore", "-c", WRITER, mongod.uri, database.name, who, shared, str(times)]
    with subprocess.Popen(argv) as child:
        try:
            yield child
        finally:
            child.kill()


@pytest.mark.parametrize(
    ("shared", "times"), [("0", 150), ("1", 50)], ids=["different streams", "one stream"]
)
def test_fifty_writers_in_two_processes_lose_and_repeat_nothing(event_log, mongod, database, shared, times):
    with ExitStack() as ends:
        writers = [writing(mongod, database, who, shared, times) for who in ("one", "two")]
        children = [ends.enter_context(writer) for writer in writers]
        assert [child.wait(280) for child in children] == [0, 0]
    commits = event_log.range(0, 10_000)
    assert [commit.position for commit in commits] == list(range(1, 2 * times + 1))
    assert len({commit.command_id for commit in commits}) == 2 * times
    by_stream: dict[str, int] = {}
    for commit in commits:
        assert commit.first == by_stream.get(commit.stream, 0) + 1, (
            "versions go on where the last commit ended"
        )
        by_stream[commit.stream] = commit.last


def test_a_killed_writer_leaves_a_log_without_a_hole(event_log, mongod, database):
    with writing(mongod, database, "victim", "0", 1_000_000):
        until(lambda: event_log.head() >= 40)
    seen = event_log.head()
    result = Appender(event_log).append([draft("counter-after")])[0]
    assert isinstance(result, Commit)
    assert positions(event_log) == list(range(1, event_log.head() + 1))
    assert result.position >= seen + 1


def test_a_database_that_is_away_means_unknown_and_comes_to_be_known(tmp_path: Path):
    from pymongo import MongoClient

    with Mongod() as server:
        client: MongoClient[dict[str, Any]] = MongoClient(
            server.uri, serverSelectionTimeoutMS=400, socketTimeoutMS=1000, retryWrites=False
        )
        event_log = EventLog(client["away"])
        event_log.prepare()
        appender = Appender(event_log)
        wanted = draft("counter-a")
        server.pause()
        try:
            assert isinstance(appender.append([wanted], timeout=1.5)[0], Unavailable)
        finally:
            server.resume()
        again = appender.append([wanted], timeout=60)[0]
        assert isinstance(again, Commit)
        assert positions(event_log) == [1]
        client.close()
