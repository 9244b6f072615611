"""What happened to a job or schedule, page by page, however long it has been going on."""

from __future__ import annotations

from typing import Any

import pytest

from netraven_chassis import snapshots
from netraven_contracts.errors import NotFound
from netraven_jobs.job_history import page
from netraven_jobs.schedule import SCHEDULE, PauseSchedule, ResumeSchedule, RunSchedule, TakeMoment
from tests.jobs.office import Office

HOUR = 3_600_000
RUNS = 6


@pytest.fixture
def busy(office: Office, monkeypatch: pytest.MonkeyPatch) -> str:
    """A schedule that has run for a long time, paused for a while in between."""
    monkeypatch.setattr(snapshots, "LONG", 4)
    ident = office.scheduled({"every": 3600})
    now = office.clock.now()
    for number in range(RUNS):
        moment, job_id = now + (number + 1) * HOUR, f"{number:024x}"
        commands: list[Any] = [TakeMoment(moment, job_id), RunSchedule(moment, job_id)]
        if number == RUNS // 2:
            commands += [PauseSchedule(), ResumeSchedule(moment)]
        for step, command in enumerate(commands):
            office.bind(f"{number}.{step}").handle(SCHEDULE, ident, command)
    return ident


def test_pages_of_any_size_joined_are_the_whole_history_the_newest_first(office: Office, busy: str) -> None:
    store = office.bind("look")
    whole, total = page(store, SCHEDULE, busy, 1, 1000)
    assert [one["version"] for one in whole] == list(range(total, 0, -1))
    assert (total, whole[-1]["event"], whole[0]["event"]) == (3 + 2 * RUNS, "ScheduleCreated", "ScheduleRan")
    for size in (1, 2, 7, total, total + 1):
        pages = [page(store, SCHEDULE, busy, number, size)[0] for number in range(1, total // size + 3)]
        assert [one for some in pages for one in some] == whole, size


def test_what_a_long_history_came_to_is_the_same_as_when_it_is_read_whole(office: Office, busy: str) -> None:
    store = office.bind("look")
    resumed, whole = store.load(SCHEDULE, busy), store.whole(SCHEDULE, busy)
    assert resumed.since > 0 == whole.since
    assert resumed.state == whole.state
    assert (resumed.state.runs, resumed.first_at, resumed.creator) == (RUNS, whole.first_at, whole.creator)


def test_what_never_was_has_no_history(office: Office) -> None:
    with pytest.raises(NotFound):
        page(office.bind("look"), SCHEDULE, "0" * 24, 1, 25)
