"""When the log of a cancelled job is over: when all is said that is to be said of it."""

from __future__ import annotations

import pytest

from netraven_jobs import last_words, ordering
from netraven_jobs.job import JOB, RequestJob
from netraven_jobs.last_words import LONGEST_MS, awaited, mark, mark_again
from netraven_jobs.views import JOBS

NOW = 1_800_000_000_000


def over(job_id="j", status="cancelled", started=None, finished=NOW):
    return {"_id": job_id, "status": status, "started_at": started, "finished_at": finished}


@pytest.fixture(autouse=True)
def prepared(database):
    last_words.prepare(database)


def test_the_words_of_a_job_that_was_cancelled_before_it_began_are_awaited_until_its_mark(database):
    assert awaited(database, [over()], NOW + 5) == {"j"}
    mark(database, "j", NOW + 10)
    assert awaited(database, [over()], NOW + 20) == set()


def test_of_every_other_job_the_last_line_was_written_before_its_end(database):
    ended = [over("a", "succeeded", NOW - 9), over("b", "failed"), over("c", "cancelled", NOW - 9)]
    assert awaited(database, ended, NOW) == set()


def test_a_mark_of_an_earlier_cancel_does_not_count(database):
    mark(database, "j", NOW - 1)
    assert awaited(database, [over()], NOW) == {"j"}


def test_a_mark_that_is_not_there_after_a_while_will_never_be(database):
    assert awaited(database, [over()], NOW + LONGEST_MS - 1) == {"j"}
    assert awaited(database, [over()], NOW + LONGEST_MS) == set()


def test_what_is_said_later_moves_a_mark_and_makes_none(database):
    mark_again(database, "j", NOW)
    assert awaited(database, [over()], NOW) == {"j"}
    mark(database, "j", NOW)
    mark_again(database, "j", NOW + 7)
    assert awaited(database, [over(finished=NOW + 7)], NOW + 8) == set()


def test_a_cancel_leaves_its_mark_when_what_it_said_is_in_the_log_and_not_before(office, monkeypatch):
    database, lines = office.database, office.lines
    for job_id in ("slow", "quick"):
        office.bind(f"ask:{job_id}").handle(JOB, job_id, RequestJob("lazy", {"devices": ["d"]}))

    def cancel(job_id):
        ordering.cancel(office.bind(f"stop:{job_id}"), office.tasks, office.settler, lines, job_id, None)
        row = office.bind("look").collection(JOBS).find_one({"_id": job_id})
        assert row["status"] == "cancelled"
        return awaited(database, [row], office.clock.now())

    with monkeypatch.context() as busy:
        busy.setattr(lines, "flush", lambda _seconds: False)
        assert cancel("slow") == {"slow"}
    assert cancel("quick") == set()
    said = database.logs.find_one({"job_id": "quick", "message": {"$regex": "^Cancelled by "}})
    assert said is not None


def test_marks_go_by_themselves(database):
    indexes = database[last_words.COLLECTION].index_information()
    assert indexes["at_1"]["expireAfterSeconds"] > LONGEST_MS / 1000
