"""Rounds in real greenthreads: when they are gone, how they end, and what of their troubles is logged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import eventlet
import pytest
import structlog
from eventlet.event import Event
from pymongo.errors import AutoReconnect
from structlog.testing import capture_logs

from netraven_chassis import rounds
from netraven_chassis.rounds import Rounds, finish
from netraven_contracts.errors import NotFound, Unavailable
from tests.patience import patience

LONG = 3600.0
SHORT = 0.005


Lines = Sequence[Any]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """What the rounds log."""
    # A logger that was used before would go on as it was set up then.
    monkeypatch.setattr(rounds, "log", structlog.get_logger(rounds.__name__))
    with capture_logs() as captured:
        yield captured


class Days:
    """A step that does, one round after the other, what it is told to: raise an error, or return."""

    def __init__(self, *turns: object) -> None:
        self._turns = list(turns)
        self.over, self.gone = Event(), 0

    def __call__(self) -> bool | None:
        self.gone += 1
        turn = self._turns.pop(0)
        if not self._turns:
            self.over.send(None)
        if isinstance(turn, Exception):
            raise turn
        return bool(turn)


def spawn(step: Callable[[], None], identifier: str) -> Any:
    assert identifier == "test"
    return eventlet.spawn(step)


def gone(days: Days, seconds: float = SHORT, **how: Any) -> Rounds:
    """Rounds that were started, came to their last turn, and were stopped in it."""
    going = Rounds("test", days, seconds, **how)
    going.start(spawn)
    with eventlet.Timeout(patience(20)):
        days.over.wait()
    finish(going, within=patience(20))
    return going


def ours(lines: Lines) -> list[Any]:
    """Without what others log meanwhile."""
    return [line for line in lines if line.get("rounds") == "test"]


def told(lines: Lines) -> list[tuple[str, str]]:
    return [(line["log_level"], line["event"]) for line in ours(lines)]


def test_rounds_are_gone_again_and_again_with_the_wait_between() -> None:
    began = time.monotonic()
    gone(Days(None, None, None), 0.05, spread=0.2)
    assert time.monotonic() - began >= 2 * 0.05 * 0.8


def test_a_round_that_says_there_is_more_is_followed_at_once() -> None:
    days = Days(True, True, None)
    gone(days, LONG)
    assert days.gone == 3


def test_the_first_round_waits_when_it_is_told_to() -> None:
    days = Days(None)
    going = Rounds("test", days, SHORT, first=LONG)
    going.start(spawn)
    eventlet.sleep(0)
    assert days.gone == 0
    going.wake()
    with eventlet.Timeout(patience(20)):
        days.over.wait()
    finish(going, within=patience(20))


def test_a_stop_ends_a_wait_at_once() -> None:
    days = Days(None)
    going = Rounds("test", days, LONG)
    going.start(spawn)
    with eventlet.Timeout(patience(20)):
        days.over.wait()
    eventlet.sleep(0)
    with eventlet.Timeout(patience(20)):
        finish(going, within=LONG)
    assert going.stopped and days.gone == 1


def test_rounds_stopped_before_they_begin_are_not_gone() -> None:
    days = Days(None)
    going = Rounds("test", days, SHORT)
    going.stop()
    going.run()
    assert days.gone == 0


def test_who_wakes_the_rounds_in_the_middle_of_one_means_the_next() -> None:
    days = Days(None, None)

    def step() -> None:
        if days() is False and days.gone == 1:
            going.wake()

    going = Rounds("test", step, LONG)
    going.start(spawn)
    with eventlet.Timeout(patience(20)):
        days.over.wait()
    finish(going, within=patience(20))


def test_a_round_in_the_middle_comes_to_its_end_or_is_killed_when_that_takes_too_long() -> None:
    ended: list[str] = []

    def step(name: str, seconds: float) -> None:
        eventlet.sleep(seconds)
        ended.append(name)

    quick = Rounds("test", lambda: step("quick", 0.05), LONG)
    slow = Rounds("test", lambda: step("slow", LONG), LONG)
    for each in (quick, slow):
        each.start(spawn)
    eventlet.sleep(0)
    finish(quick, slow, within=0.2)
    eventlet.sleep(0)
    assert ended == ["quick"]
    assert slow._going.dead


def test_something_away_leaves_rounds_out_and_is_told_once_until_it_is_back(lines: Lines) -> None:
    away = (AutoReconnect("10:01"), Unavailable("nobody answers"), OSError("10:02"))
    assert gone(Days(*away, None, OSError("again"), None)).stopped
    left_out = ("warning", "rounds are left out, something is away")
    assert told(lines) == [left_out, ("info", "the rounds go on")] * 2
    assert "10:01" in ours(lines)[0]["error"]


def test_a_fault_ends_the_greenthread(lines: Lines) -> None:
    going = Rounds("test", Days(KeyError("ours")), SHORT)
    with pytest.raises(KeyError):
        going.run()
    assert ours(lines) == []


def test_a_fault_that_is_endured_is_told_once_with_its_traceback(lines: Lines) -> None:
    gone(Days(KeyError("a"), KeyError("a"), KeyError("b"), OSError("away"), KeyError("b"), None), endure=True)
    failed, left_out = ("error", "a round failed"), ("warning", "rounds are left out, something is away")
    assert told(lines) == [failed, failed, left_out, failed, ("info", "the rounds go on")]
    assert ours(lines)[0]["exc_info"].__traceback__ is not None


def test_what_counts_as_away_can_be_said(lines: Lines) -> None:
    gone(Days(NotFound("no such log"), None), away=lambda error: isinstance(error, NotFound))
    assert told(lines)[0][0] == "warning"
    with pytest.raises(OSError, match="not that kind"):
        Rounds("test", Days(OSError("not that kind")), SHORT, away=lambda _: False).run()
