"""Lists by the last ping, and exports: whole and without gaps, whoever was never pinged before all others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from netraven_chassis.bound import BoundStore
from netraven_chassis.core import Core
from netraven_devices import fleet, pulse, queries
from netraven_devices.device import DEVICE, RemoveDevice
from netraven_devices.finder import Finder
from tests.devices.inventory import registered, tagged

Asked = Callable[..., BoundStore]


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize("wanted", [{}, {"tag": ["core"]}, {"q": "sw-"}])
def test_pages_by_the_last_ping_are_the_whole_order(
    asked: Asked, core: Core, monkeypatch: pytest.MonkeyPatch, few: bool, wanted: dict[str, Any]
) -> None:
    monkeypatch.setattr(pulse, "FEW", 2000 if few else 0)
    pulse.prepare(core.database)
    tagged(asked(), "core")
    devices = [registered(asked(), tags=["core"] if number % 2 else []) for number in range(24)]
    samples = [(one["id"], 5000 - number // 3 * 100, 1.0) for number, one in enumerate(devices[4:])]
    pulse.keep(core.database, samples)
    gone = devices.pop(10)
    asked().handle(DEVICE, gone["id"], RemoveDevice())
    pings = {device_id: at for device_id, at, _ in samples}
    here = [one["id"] for one in devices if "tag" not in wanted or one["tags"]]
    finder = Finder()
    for sort, backwards in (("last_ping", False), ("-last_ping", True)):
        expected = sorted(here, key=lambda device_id: (pings.get(device_id, 0), device_id), reverse=backwards)
        pages = [queries.devices(asked(), finder, wanted, page, 5, [sort]) for page in range(1, 7)]
        assert [row["id"] for rows, _ in pages for row in rows] == expected
        assert {total for _, total in pages} == {len(here)}
        assert fleet.ids(asked(), finder, wanted, [sort]) == expected
    # Pinged for the first time: the order is another one at once.
    pulse.keep(core.database, [(devices[0]["id"], 9000, 1.0)])
    rows, _ = queries.devices(asked(), finder, {}, 1, 1, ["-last_ping"])
    assert rows[0]["id"] == devices[0]["id"]


@pytest.mark.parametrize(
    "sort", [[], ["-name"], ["ip_address"], ["location", "-name"], ["model"], ["-created_at"]]
)
def test_an_export_is_in_the_order_of_the_pages(asked: Asked, core: Core, sort: list[str]) -> None:
    for number in range(9):
        registered(asked(), location=f"Place {number % 2}", model=f"m{number % 3}")
    rows, _ = queries.devices(asked(), Finder(), {}, 1, 100, sort)
    wanted = [row["id"] for row in rows]
    assert fleet.ids(asked(), Finder(), {}, sort) == wanted
    assert [row["id"] for row in fleet.rows(asked(), wanted, None)] == wanted
    assert "interfaces" in fleet.rows(asked(), wanted[:1], None)[0]
