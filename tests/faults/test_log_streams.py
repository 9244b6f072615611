"""The gateway or the jobs service is killed, the broker restarts: a client that comes back has the log as it
is stored, in order and without repeats.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import eventlet
import pytest

from tests.gateway.log_house import House, standing
from tests.servers.mongod import Mongod
from tests.servers.rabbitmq import RabbitMQ

LINES = 600


@pytest.fixture(scope="module")
def house(broker: RabbitMQ, database: Mongod) -> Iterator[House]:
    """A house on a broker that the test may stop."""
    with standing(broker.vhost(), database.uri) as house:
        house.broker = broker
        yield house


def faithful(house: House, job: str) -> list[tuple[int, str]]:
    """What a client sees that comes back after every break until it is told the end: (seq, message)."""
    seen: list[tuple[int, str]] = []
    while True:
        with contextlib.suppress(OSError, EOFError):
            client = house.stream(f"/logs/stream?job_id={job}", seen[-1][0] if seen else None, timeout=20)
            if client.status != 200:
                assert client.status == 503, client.body()
            else:
                while (event := client.next()) is not None:
                    if event[0] == "log":
                        seen.append((event[2]["seq"], event[2]["message"]))
                    elif event[0] == "end":
                        return seen
        eventlet.sleep(0.1)


def kill_gateway(house: House) -> None:
    gateway = house.instances["gateway"]
    gateway.kill()
    eventlet.sleep(0.5)
    gateway.start()


def kill_jobs(house: House) -> None:
    jobs = house.instances["jobs"]
    jobs.kill()
    eventlet.sleep(0.5)
    jobs.start()


def restart_broker(house: House) -> None:
    house.broker.stop()
    eventlet.sleep(1)
    house.broker.start()


@pytest.mark.broker
@pytest.mark.parametrize("break_it", [kill_gateway, kill_jobs, restart_broker])
def test_a_client_that_comes_back_has_the_log_as_it_is_stored(house: House, break_it) -> None:
    job = house.job()
    broken = eventlet.event.Event()

    def write() -> None:
        for number in range(LINES):
            house.say(job, f"line {number}")
            if number == LINES // 3:
                broken.send(None)
            eventlet.sleep(0.004)

    reader, writer = eventlet.spawn(faithful, house, job), eventlet.spawn(write)
    broken.wait()
    break_it(house)
    writer.wait()
    house.api.until(200, "PATCH", f"/jobs/{job}", {"action": "cancel"})
    seen = reader.wait()
    stored = house.database.logs.find({"job_id": job}, sort=[("seq", 1)])
    assert seen == [(row["seq"], row["message"]) for row in stored]
    assert len(seen) >= LINES
