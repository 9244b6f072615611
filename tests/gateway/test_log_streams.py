"""Streams of logs through a real gateway: history and live joined, each entry once and in order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateway.log_house import House, seqs, standing


@pytest.fixture(scope="module")
def house(rabbitmq, mongod) -> Iterator[House]:
    with standing(rabbitmq.vhost(), mongod.uri) as house:
        yield house


def test_history_comes_first_and_then_what_is_said_now(house: House) -> None:
    job = house.job()
    house.say(job, "one", "two")
    client = house.stream(f"/logs/stream?job_id={job}")
    assert client.status == 200 and client.headers["content-type"] == "text/event-stream"
    assert [data["message"] for _, _, data in client.events(2)] == ["one", "two"]
    house.say(job, "three")
    house.say(job, "four")
    assert seqs(client.events(2)) == [3, 4]
    house.cancel(job)
    events = client.rest()
    assert events[-1][0] == "end" and client.ended
