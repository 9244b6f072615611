"""Which devices a job is for, asked of the real devices service."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from netraven_devices.service import DevicesService
from netraven_jobs import targets
from tests.devices.inventory import body
from tests.jobs.running import Json, Running, running
from tests.servers.mongod import Mongod
from tests.servers.services import memory


@pytest.fixture(scope="module")
def inventory(mongod: Mongod, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A devices service with 1,100 devices, every tenth tagged `ten`, every fourth `four`."""
    data = str(tmp_path_factory.mktemp("data"))
    with running(memory(), mongod.uri, {"NETRAVEN_DATA": data}) as started:
        started.start(DevicesService)
        devices = started.client("devices")
        for tag in ("ten", "four"):
            devices.create_tag(tag={"name": tag})
        rows = [[number, body(tags=tagged(number))] for number in range(1100)]
        for start in range(0, len(rows), 550):
            devices.register_many(rows=rows[start : start + 550])
        yield started


def tagged(number: int) -> list[str]:
    return [*(["ten"] if number % 10 == 0 else []), *(["four"] if number % 4 == 0 else [])]


def found(inventory: Running, target: Json) -> list[Json]:
    return [device for page in targets.of(inventory.client("devices"), target) for device in page]


def test_all_are_all_of_them_once(inventory: Running) -> None:
    devices = found(inventory, {"all": True})
    assert len({device["id"] for device in devices}) == len(devices) == 1100
    assert set(devices[0]) == set(targets.FIELDS)


def test_a_device_with_two_of_the_tags_comes_once(inventory: Running) -> None:
    devices = found(inventory, {"tags": ["ten", "four"]})
    assert len({device["id"] for device in devices}) == len(devices) == 330
    assert found(inventory, {"tags": ["nowhere"]}) == []


@pytest.mark.parametrize("count", [3, targets.ONE_BY_ONE + 10])
def test_those_that_are_named_and_gone_are_left_out(inventory: Running, count: int) -> None:
    wanted = [device["id"] for device in found(inventory, {"all": True})[:count]]
    devices = found(inventory, {"devices": [*wanted, "f" * 24]})
    assert sorted(device["id"] for device in devices) == sorted(wanted)
