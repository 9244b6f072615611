"""Two gateways and two devices services at once: one truth, whichever door one comes through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import eventlet
import pytest

from tests.faults.conftest import Script, World, inventory, running
from tests.faults.log_checks import assert_logs_are_sound, devices_in_log
from tests.servers.mongod import Mongod
from tests.servers.netraven import Api
from tests.servers.rabbitmq import RabbitMQ


@pytest.fixture(scope="module")
def pairs(broker: RabbitMQ, database: Mongod) -> Iterator[World]:
    """A system with two of both."""
    with running(broker, broker.vhost(), database, {"gateway": 2, "devices": 2}) as made:
        yield made


def test_a_hundred_creates_of_one_address_make_one_device(pairs):
    doors = [Api(instance.url).log_in() for instance in pairs.system.of("gateway")]

    def create(number):
        body = {"name": f"d{number}", "ip_address": "127.99.0.1", "device_type": "router", "location": "lab"}
        return doors[number % 2].surely("POST", "/devices", body)

    answers = list(eventlet.GreenPool(100).imap(create, range(100)))
    statuses = [status for status, _ in answers]
    assert Counter(statuses) == {201: 1, 409: 99}
    assert {body["code"] for status, body in answers if status == 409} == {"DUPLICATE_IP"}
    assert list(inventory(doors[1]).values()).count("127.99.0.1") == 1


def test_two_of_each_lose_and_double_no_event(pairs):
    doors = [Api(instance.url).log_in() for instance in pairs.system.of("gateway")]
    before = inventory(doors[0])
    scripts = [Script(door, 300) for door in doors]
    # Both scripts send the same creates under the same keys: whoever comes second gets the first answer.
    threads = [eventlet.spawn(script.run) for script in scripts]
    for thread in threads:
        thread.wait()
    assert [script.failures for script in scripts] == [[], []]
    assert scripts[0].created == scripts[1].created
    after = before | scripts[0].created
    assert len(after) == len(before) + 300
    assert inventory(doors[0]) == inventory(doors[1]) == devices_in_log(pairs) == after
    assert_logs_are_sound(pairs)


def test_what_one_door_has_written_the_other_shows_at_once(pairs):
    doors = [Api(instance.url).log_in() for instance in pairs.system.of("gateway")]
    for door in doors:
        door.until(200, "GET", "/devices")
    for number in range(30):
        body = {
            "name": f"d{number}",
            "ip_address": f"127.98.1.{number}",
            "device_type": "other",
            "location": "x",
        }
        status, made = doors[number % 2].surely("POST", "/devices", body)
        assert status == 201, made
        status, seen = doors[(number + 1) % 2].surely("GET", f"/devices/{made['data']['id']}")
        assert (status, seen["data"]) == (200, made["data"])
