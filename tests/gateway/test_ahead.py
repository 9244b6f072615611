"""Many questions to a real service on the bus: all answers in order, some of them asked again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from netraven_chassis.bus import rpc
from netraven_chassis.bus.client import Client
from netraven_contracts.errors import Conflict, Unavailable
from netraven_gateway import ahead
from tests.chassis.bus.hosting import calling, running


class Moody:
    """Doubles numbers, when it is in the mood."""

    name = "moody"
    asked: list[int] = []  # noqa: RUF012 - a service's instances come and go
    moods: dict[int, int] = {}  # noqa: RUF012 - {number: how often it is refused}

    @rpc
    def double(self, number: int) -> int:
        self.asked.append(number)
        if number < 0:
            raise Conflict("negative")
        self.moods[number] = self.moods.get(number, 0) - 1
        if self.moods[number] >= 0:
            raise Unavailable("not now")
        return number * 2


@pytest.fixture
def moody(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setattr(ahead, "PAUSE_SECONDS", 0.01)
    Moody.asked.clear()
    Moody.moods.clear()
    with running(Moody, "embedded://ahead"), calling("embedded://ahead") as caller:
        yield caller.client("moody")


def test_answers_come_in_order_and_the_next_question_is_asked_before_its_turn(moody: Client) -> None:
    answers = ahead.answers(moody, "double", ({"number": number} for number in range(5)))
    assert (next(answers), Moody.asked) == (0, [0, 1])
    assert list(answers) == [2, 4, 6, 8]
    assert list(ahead.answers(moody, "double", [])) == []


def test_what_was_not_answered_is_asked_again_and_in_the_end_given_up(moody: Client) -> None:
    Moody.moods = {1: 3, 3: ahead.TRIES}
    answers = ahead.answers(moody, "double", ({"number": number} for number in range(5)))
    assert [next(answers) for _ in range(3)] == [0, 2, 4]
    with pytest.raises(Unavailable):
        next(answers)
    assert Moody.asked.count(1) == 4 and Moody.asked.count(3) == ahead.TRIES


def test_a_refusal_is_told_at_once(moody: Client) -> None:
    with pytest.raises(Conflict):
        list(ahead.answers(moody, "double", [{"number": -1}]))
    assert Moody.asked == [-1]
