"""Reading the log: filters, words, order, pages, and that every page is a walk along an index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from netraven_contracts.errors import NotFound, ValidationFailed
from netraven_jobs import log_entry, log_queries
from netraven_jobs.logbook import LogBook, entries_of
from tests.jobs.office import device

A, B = "a" * 24, "b" * 24
D1, D2 = "1" * 24, "2" * 24
LEVELS = ("debug", "info", "warning", "error")
TYPES = ("job", "connection", "session")


@pytest.fixture(scope="module")
def filled(mongod):
    from pymongo import MongoClient

    client: MongoClient[dict[str, Any]] = MongoClient(mongod.uri, retryWrites=False)
    database = client["test_log_queries"]
    book = LogBook(database)
    book.prepare()
    made = [
        log_entry.make(
            (A, B, None)[n % 3],
            (D1, D2, None)[n % 5 % 3],
            LEVELS[n % 4],
            f"line {n} of {n % 7} to 10.0.0.{n % 9}: done",
            log_type=TYPES[n % 2],
            source=("worker", "jobs")[n % 11 == 0],
            timestamp=1000 + n // 2,
            meta={"n": n},
        )
        for n in range(600)
    ]
    book.append(made)
    yield database
    client.drop_database("test_log_queries")
    client.close()


def numbers(database, order="asc", page=1, size=1000, **filters):
    rows, total, _ = log_queries.page(database, filters, page, size, order)
    return [row["meta"]["n"] for row in rows], total


CASES: dict[str, tuple[dict[str, Any], Callable[[int], bool]]] = {
    "nothing": ({}, lambda n: True),
    "job": ({"job_id": A}, lambda n: n % 3 == 0),
    "device": ({"device_id": D2}, lambda n: n % 5 % 3 == 1),
    "level": ({"level": "error"}, lambda n: n % 4 == 3),
    "type": ({"log_type": "connection"}, lambda n: n % 2 == 1),
    "a type of which there is none": ({"log_type": "system"}, lambda n: False),
    "source": ({"source": "jobs"}, lambda n: n % 11 == 0),
    "type and level": ({"log_type": "connection", "level": "error"}, lambda n: n % 2 == 1 and n % 4 == 3),
    "job and level": ({"job_id": B, "level": "info"}, lambda n: n % 3 == 1 and n % 4 == 1),
    "job and device": ({"job_id": A, "device_id": D1}, lambda n: n % 3 == 0 and n % 5 % 3 == 0),
    "window": ({"start": 1100, "end": 1200}, lambda n: 200 <= n < 400),
    "device in a window": ({"device_id": D1, "end": 1050}, lambda n: n < 100 and n % 5 % 3 == 0),
    "a word": ({"q": "17"}, lambda n: n == 17),
    "an address": ({"q": "10.0.0.3"}, lambda n: n % 9 == 3),
    "words in any order and case": (
        {"q": "DONE 10.0.0.3  6"},
        lambda n: n % 9 == 3 and (n % 7 == 6 or n == 6),
    ),
    "a word and a level": ({"q": "10.0.0.3", "level": "info"}, lambda n: n % 9 == 3 and n % 4 == 1),
    "no word at all": ({"q": "::"}, lambda n: False),
    "a part of a word": ({"q": "lin"}, lambda n: False),
}


@pytest.mark.parametrize("name", CASES)
def test_filters_find_what_they_say_in_both_orders(filled, name):
    filters, matches = CASES[name]
    wanted = [n for n in range(600) if matches(n)]
    assert numbers(filled, **filters) == (wanted, len(wanted))
    assert numbers(filled, "desc", **filters)[0] == wanted[::-1]


@pytest.mark.parametrize("name", CASES)
def test_pages_part_a_list_without_overlap_and_count_all(filled, name):
    filters, matches = CASES[name]
    wanted = [n for n in range(600) if matches(n)]
    told: list[int] = []
    page = 1
    while len(told) < len(wanted):
        rows, total = numbers(filled, page=page, size=50, **filters)
        assert rows and total == len(wanted)
        told, page = told + rows, page + 1
    assert told == wanted
    assert numbers(filled, page=page, size=50, **filters) == ([], len(wanted))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("order", [1, -1])
def test_every_list_is_a_walk_along_an_index_in_its_order(filled, name, order):
    filters = CASES[name][0]
    query = log_queries._query(filters)
    if query is None:
        return
    names = ("seq",) if "job_id" in filters else ("timestamp", "position")
    found = entries_of(filled).find(query, sort=[(name, order) for name in names]).limit(5)
    plan = str(found.hint(log_queries._index(filters)).explain()["queryPlanner"]["winningPlan"])
    assert "'SORT'" not in plan and "COLLSCAN" not in plan


def test_a_total_is_bounded_and_no_page_reaches_too_far(filled, monkeypatch):
    monkeypatch.setattr(log_queries, "MOST_COUNTED", 100)
    monkeypatch.setattr(log_queries, "MOST_REACHED", 300)
    assert log_queries.page(filled, {}, 1, 25, "asc")[1:] == (100, True)
    assert log_queries.page(filled, {}, 6, 50, "asc")[1:] == (350, True)  # there is always a next page to see
    assert log_queries.page(filled, {"q": "17"}, 1, 25, "asc")[1:] == (1, False)
    assert log_queries.page(filled, {"source": "jobs"}, 1, 25, "asc")[1:] == (55, False)
    with pytest.raises(ValidationFailed) as refused:
        numbers(filled, page=7, size=50)
    assert "from, to" in refused.value.details["page"][0]


def test_an_entry_is_shown_as_the_contract_says(filled):
    (row,), *_ = log_queries.page(filled, {"q": "17"}, 1, 10, "desc")
    assert row == log_queries.one(filled, row["id"])
    assert row == {
        "id": row["id"],
        "position": 18,
        "seq": None,
        "timestamp": "1970-01-01T00:00:01.008Z",
        "log_type": "connection",
        "level": "info",
        "job_id": None,
        "device_id": None,
        "source": "worker",
        "message": "line 17 of 3 to 10.0.0.8: done",
        "meta": {"n": 17},
    }
    with pytest.raises(NotFound):
        log_queries.one(filled, "0" * 24)


def test_what_follows_a_place_comes_in_order_and_bounded(filled):
    assert [row["seq"] for row in log_queries.after(filled, A, 7, 3)] == [8, 9, 10]
    assert [row["position"] for row in log_queries.after(filled, None, 597, 10)] == [598, 599, 600]
    assert log_queries.after(filled, "f" * 24, 0, 10) == []


def test_levels_and_types_are_counted_within_a_window(filled):
    counted = log_queries.counts(filled, 1000, 1010)
    assert counted["by_level"] == {"debug": 5, "info": 5, "warning": 5, "error": 5, "critical": 0}
    assert counted["by_type"] == {"job": 10, "connection": 10, "session": 0, "system": 0}


def test_endings_are_counted_along_an_index_as_they_are_now(office):
    job_id = office.begun([device(1), device(2), device(3)])
    for number, status in ((1, "succeeded"), (2, "failed"), (3, "skipped")):
        ended = {"status": status, "finished_at": 1000 + number}
        office.tasks.rows.update_one({"job_id": job_id, "device.id": device(number)["id"]}, {"$set": ended})
    found = log_queries.endings(office.tasks.rows, 1001, 1003, {})
    assert found == {"succeeded": 1, "failed": 1, "other": 0}
    wanted = {"aggregate": "tasks", "pipeline": log_queries.by_status(1001, 1003, {}), "cursor": {}}
    plan = str(office.database.command("explain", wanted, verbosity="queryPlanner"))
    assert "'endings'" in plan and "COLLSCAN" not in plan


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "Connected to core-1 (10.0.0.1) as 'admin'.",
            {"connected", "core-1", "core", "10.0.0.1", "admin"},
        ),
        (
            "GigabitEthernet0/1 is down, error: TIMEOUT",
            {"gigabitethernet0/1", "gigabitethernet0", "error", "timeout"},
        ),
        ("fe80::1 … Größe", {"fe80::1", "größe"}),
    ],
)
def test_a_message_is_found_by_its_terms_and_their_parts(text, words):
    assert words <= set(log_entry.words(text))


def test_the_words_of_an_entry_are_bounded():
    found = log_entry.words(" ".join(f"word{n}" + "x" * 100 for n in range(1000)))
    assert len(found) <= log_entry.MOST_WORDS and max(map(len, found)) <= log_entry.LONGEST_WORD
