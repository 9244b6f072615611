"""Pages of a long log beside those of a short one: the same questions, and how slow the slowest are."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator, Mapping
from typing import Any

from pymongo.database import Database

from netraven_jobs import log_entry, log_queries
from netraven_jobs.logbook import LogBook

Filters = Mapping[str, Any]

DEVICES, PER_JOB = 500, 1000
_SPACING_MS = 40
_WORDS = ("connected", "configuration", "timeout", "interface", "refused", "prompt", "saved", "retrying")


def device(number: int) -> str:
    """The id of a device."""
    return f"{number % DEVICES:024x}"


def job(number: int) -> str:
    """The id of the job that the entry belongs to."""
    return f"{number // PER_JOB:024x}"


def fill(database: Database[dict[str, Any]], entries: int) -> None:
    """Entries as jobs over many devices leave them: most of sessions and good, few of them failures."""
    book = LogBook(database)
    book.prepare()
    for start in range(0, entries, 1000):
        book.append([_entry(number) for number in range(start, min(start + 1000, entries))], timeout=60)


def _entry(number: int) -> dict[str, Any]:
    chance = random.Random(number)
    words = " ".join(chance.choices(_WORDS, k=6))
    return log_entry.make(
        job(number), device(chance.randrange(DEVICES)),
        chance.choices(("info", "debug", "warning", "error", "critical"), (70, 20, 6, 3.9, 0.1))[0],
        f"{words} 10.0.{chance.randrange(256)}.{chance.randrange(256)} step {number % 97}",
        log_type=chance.choices(("session", "connection", "job"), (70, 20, 10))[0],
        source=chance.choices(("worker", "jobs"), (95, 5))[0], timestamp=number * _SPACING_MS,
    )  # fmt: skip


def questions(entries: int) -> dict[str, Iterator[Filters]]:
    """What is asked: {name: filters, each time others}."""

    def jobs() -> str:
        return job(random.randrange(entries))

    def window() -> dict[str, int]:
        start = random.randrange(max(1, entries - 5000)) * _SPACING_MS
        return {"start": start, "end": start + 5000 * _SPACING_MS}

    return {
        "no filter": _endless(lambda: {}),
        "job_id": _endless(lambda: {"job_id": jobs()}),
        "job_id and level=error": _endless(lambda: {"job_id": jobs(), "level": "error"}),
        "device_id": _endless(lambda: {"device_id": device(random.randrange(DEVICES))}),
        "level=error": _endless(lambda: {"level": "error"}),
        "log_type=connection, level=critical": _endless(
            lambda: {"log_type": "connection", "level": "critical"}
        ),
        "source=jobs": _endless(lambda: {"source": "jobs"}),
        "from, to and level=warning": _endless(lambda: {**window(), "level": "warning"}),
        "q=refused saved": _endless(lambda: {"q": "refused saved"}),
        "q=an address": _endless(lambda: {"q": f"10.0.{random.randrange(256)}.{random.randrange(256)}"}),
    }


def _endless(make: Any) -> Iterator[Filters]:
    while True:
        yield make()


def p99(database: Database[dict[str, Any]], asked: Iterator[Filters], times: int) -> float:
    """Milliseconds that a page of 25 with its total takes in all but the slowest hundredth."""
    took: list[float] = []
    for number in range(times + times // 10):
        filters = next(asked)
        began = time.perf_counter()
        log_queries.page(database, filters, 1 + number % 3, 25, "desc")
        took.append((time.perf_counter() - began) * 1000)
    return statistics.quantiles(took[times // 10 :], n=100, method="inclusive")[98]
