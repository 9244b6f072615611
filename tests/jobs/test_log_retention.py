"""What is kept of the log: by age and by number, by type, cut from the old end only."""

from __future__ import annotations

import pytest

from netraven_chassis import settings
from netraven_chassis.lease import Lease
from netraven_jobs import log_entry, log_queries, log_retention, logbook
from netraven_jobs.log_retention import Keeping, cut
from netraven_jobs.log_writer import LogWriter
from netraven_jobs.logbook import LogBook

DAY = 86_400_000
NOW = 400 * DAY
A, B = "a" * 24, "b" * 24
FOR_EVER = Keeping(1000 * DAY, 10**9)
ALL = dict.fromkeys(("job", "connection", "session", "system"), FOR_EVER)


@pytest.fixture
def book(database):
    made = LogBook(database)
    made.prepare()
    return made


def say(book, log_type, *days, job=A):
    """An entry said so many days ago, for each."""
    book.append([
        log_entry.make(job, None, "info", f"{log_type} {ago}", log_type=log_type, timestamp=NOW - ago * DAY)
        for ago in days
    ])  # fmt: skip


def left(database):
    return [row["message"] for row in database.logs.find({}, sort=[("position", 1)])]


def test_old_entries_go_by_the_age_of_their_type(book, database):
    say(book, "job", 100, 50, 10)
    say(book, "session", 100, 50, 10)
    assert cut(database, ALL | {"session": Keeping(30 * DAY, 10**9)}, NOW) == 2
    assert left(database) == ["job 100", "job 50", "job 10", "session 10"]


def test_the_oldest_go_when_there_are_too_many_of_a_type(book, database):
    say(book, "job", 9, 8)
    say(book, "session", 5, 4, 3, 2, 1)
    say(book, "job", 0)
    assert cut(database, ALL | {"session": Keeping(1000 * DAY, 2)}, NOW) == 3
    assert left(database) == ["job 9", "job 8", "session 2", "session 1", "job 0"]
    assert cut(database, ALL | {"session": Keeping(1000 * DAY, 2)}, NOW) == 0


def test_an_old_entry_behind_a_young_one_stays_until_that_one_goes(book, database):
    say(book, "job", 5, 100, 1)
    kept = ALL | {"job": Keeping(30 * DAY, 10**9)}
    assert cut(database, kept, NOW) == 0
    assert cut(database, kept, NOW + 26 * DAY) == 2
    assert left(database) == ["job 1"]


def test_places_go_on_where_they_were_whatever_was_removed(book, database):
    say(book, "session", 100, 100, 100)
    say(book, "session", 100, job=B)
    say(book, "session", 100, job=None)
    assert cut(database, ALL | {"session": Keeping(30 * DAY, 10**9)}, NOW) == 4  # the last of all stays
    assert logbook.heads(database, [A, B]) == {A: 3, B: 1}
    say(LogBook(database), "session", 0)
    say(book, "session", 0, job=B)
    rows = list(database.logs.find({}, sort=[("position", 1)]))
    assert [(row["position"], row["job_id"], row.get("seq")) for row in rows] == [
        (5, None, None), (6, A, 4), (7, B, 2),
    ]  # fmt: skip
    assert [row["seq"] for row in log_queries.after(database, A, 0, 10)] == [4]


def test_more_than_fits_one_piece_is_removed_all_the_same(book, database):
    say(book, "session", *[100] * 2500, 1)
    assert cut(database, ALL | {"session": Keeping(30 * DAY, 10**9)}, NOW) == 2500
    assert left(database) == ["session 1"]


def test_whoever_lost_the_lease_stops(book, database):
    class Lost:
        def hold(self):
            return False

    say(book, "session", 100, 1)
    assert cut(database, ALL | {"session": Keeping(30 * DAY, 10**9)}, NOW, Lost()) == 0
    assert len(left(database)) == 2


def test_the_log_says_what_was_cut_off_it(book, database):
    say(book, "session", 500)
    say(book, "job", 0)
    lines = LogWriter(book, "jobs")
    lines.start()
    lease = Lease(database["leases"], "log-keeping", "me")
    assert lease.hold()
    for _ in range(2):
        log_retention.keep(database, ALL | {"session": Keeping(0, 10**9)}, lines, lease)
    lines.stop()
    assert left(database)[1:] == ["Old log entries are removed: 1, by the settings NETRAVEN_LOG_RETENTION_*"]


def test_the_settings_say_what_is_kept():
    wanted = settings.load({"NETRAVEN_LOG_RETENTION_DAYS": "60,session=7"})
    kept = log_retention.policy(wanted)
    assert kept["job"] == Keeping(60 * DAY, 1_000_000) and kept["session"].age_ms == 7 * DAY
