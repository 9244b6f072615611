"""Documents from histories: whatever the order, however often, and the same again after a rebuild."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import bson
import pytest
from pymongo.database import Database

from netraven_chassis.aggregate import fold_stream
from netraven_chassis.bound import BoundStore
from netraven_chassis.core import Core
from netraven_chassis.eventlog.commit import Commit
from netraven_chassis.views import LIVE, ViewSet
from netraven_devices import commands, pulse, queries
from netraven_devices.device import DEVICE, ChangeDevice, Device, RemoveDevice
from netraven_devices.documents import ip_number, past_of_device, search_text, spoken
from netraven_devices.finder import Finder
from netraven_devices.tag import TAG
from netraven_devices.views import VIEWS, put_device, put_tag, put_verdicts
from tests.devices.conftest import START, MonitorLog, Ticks, asker
from tests.devices.inventory import registered, tagged

Asked = Callable[..., BoundStore]


def documents(core: Core, view: str) -> list[dict[str, Any]]:
    return list(core.generations.collection(view).find(LIVE).sort("_id", 1))


def follow(core: Core) -> None:
    core.followers()["monitor"].catch_up()


def test_addresses_sort_as_numbers() -> None:
    ordered = ["9.255.255.255", "10.0.0.2", "10.0.0.10", "223.255.255.255"]
    assert sorted(reversed(ordered), key=ip_number) == ordered


def test_the_search_text_has_no_upper_case_and_keeps_the_four_apart() -> None:
    device = Device(name="Core", ip_address="10.0.0.1", serial=None, location="STRASSE ß")
    assert search_text(device) == "core\n10.0.0.1\n\nstrasse ss"


def test_the_later_word_stands_and_the_monitors_at_the_same_moment() -> None:
    words = [spoken(5), spoken(5, 1), spoken(5, 2), spoken(6), spoken(6, 2**20 + 7), spoken(7)]
    assert words == sorted(set(words))
    assert spoken(2**43 - 1, 2**20) < 2**63, "it must fit the database's numbers for as long as anybody lives"


def test_a_verdict_is_shown_with_the_moment_that_it_is_from(
    asked: Asked, core: Core, monitor_log: MonitorLog
) -> None:
    device = registered(asked())
    for kind, status in (("DeviceWentOnline", "online"), ("DeviceWentOffline", "offline")):
        commit = monitor_log.say(kind, device["id"], device_time(device) + len(monitor_log.commits))
        follow(core)
        shown = queries.device(asked(), device["id"])
        assert (shown["status"], shown["version"]) == (status, 1)
        assert shown["status_since"].endswith(f".{commit.at % 1000:03d}Z")


def device_time(_device: dict[str, Any]) -> int:
    return START + 100_000


@pytest.mark.parametrize("statement_first", [True, False])
def test_of_a_statement_and_a_verdict_the_later_stands(
    asked: Asked, core: Core, monitor_log: MonitorLog, statement_first: bool
) -> None:
    device = registered(asked())
    monitor_log.say("DeviceWentOnline", device["id"], START + (900_000 if statement_first else 1_500))
    if not statement_first:
        follow(core)
    commands.change(asked(), device["id"], {"status": "offline"}, None)
    follow(core)
    assert queries.device(asked(), device["id"])["status"] == ("online" if statement_first else "offline")


def test_an_adopted_statement_and_an_unknown_are_shown(
    asked: Asked, core: Core, monitor_log: MonitorLog
) -> None:
    device = registered(asked())
    monitor_log.say("DeviceStatusAdopted", device["id"], START + 90_000, status="offline")
    follow(core)
    assert queries.device(asked(), device["id"])["status"] == "offline"
    monitor_log.say("DeviceWentUnknown", device["id"], START + 90_000, reason="nobody looked")
    follow(core)
    assert queries.device(asked(), device["id"])["status"] == "unknown", "the same moment, a later word"


def test_a_late_verdict_does_not_bring_a_removed_device_back(
    asked: Asked, core: Core, monitor_log: MonitorLog
) -> None:
    device = registered(asked())
    asked().handle(DEVICE, device["id"], RemoveDevice())
    monitor_log.say("DeviceWentOnline", device["id"], START + 90_000)
    follow(core)
    assert queries.devices(asked(), Finder(), {}, 1, 25, []) == ([], 0)


def test_an_event_of_the_monitor_that_nobody_knows_changes_nothing(
    asked: Asked, core: Core, monitor_log: MonitorLog
) -> None:
    device = registered(asked())
    monitor_log.say("DeviceWentFishing", device["id"], START + 90_000)
    follow(core)
    assert queries.device(asked(), device["id"]) == device


KEPT = ("devices", "past_devices", "tags", "past_tags", "words")
KINDS = ["DeviceWentOnline", "DeviceWentOffline", "DeviceWentUnknown"]
CHANGES: list[dict[str, Any]] = [
    *({"name": name, "notes": notes} for name in "ab" for notes in (None, "x")),
    *({"status": status} for status in ("online", "offline", "unknown")),
    *({"tags": tags} for tags in ([], ["red"], ["red", "blue"])),
]


@pytest.mark.parametrize("seed", range(3))
def test_views_are_the_same_in_any_order_and_after_a_rebuild(
    asked: Asked, core: Core, monitor_log: MonitorLog, clock: Any, seed: int
) -> None:
    dice = random.Random(seed)
    for number in range(12):
        device = registered(asked())
        for _ in range(dice.randint(0, 8)):
            if dice.random() < 0.4:
                monitor_log.say(dice.choice(KINDS), device["id"], clock.now() - dice.randint(0, 1500))
            else:
                changes = {**dice.choice(CHANGES), "create_missing_tags": True}
                commands.change(asked(), device["id"], changes, None)
        if number % 4 == 0:
            asked().handle(DEVICE, device["id"], RemoveDevice())
    follow(core)
    live = {view: documents(core, view) for view in KEPT}
    assert len(live["devices"]) == 9
    assert len(live["past_devices"]) > 9
    shuffled(core, monitor_log, dice)
    assert {view: documents(core, view) for view in live} == live, "twice, late or in another order"
    core.rebuild()
    assert {view: documents(core, view) for view in live} == live, "made anew"


def test_a_change_writes_the_state_that_it_ended_and_no_other(
    asked: Asked, core: Core, database: Database[dict[str, Any]], clock: Ticks
) -> None:
    device, told = registered(asked()), []
    folds = {"device": lambda _writer, folded: told.append(list(past_of_device(folded)))}
    other = Core("devices", database, [DEVICE], ViewSet(VIEWS.collections, folds), clock, MonitorLog().pull)
    other.prepare()
    for name in ("a", "b", "c"):
        asker(other)().handle(DEVICE, device["id"], ChangeDevice({"name": name}))
    assert [[state["name"] for state in states] for states in told] == [[device["name"]], ["a"], ["b"]]
    told.clear()
    core.followers()["own"].catch_up()
    past = documents(core, "past_devices")
    assert [state["name"] for state in past] == [device["name"], "a", "b"], "what another process left out"


def test_a_document_does_not_grow_with_its_history(asked: Asked, core: Core) -> None:
    device, sizes = registered(asked()), []
    for number in range(10, 20):
        commands.change(asked(), device["id"], {"notes": f"change {number}"}, None)
        sizes += [len(bson.encode(one)) for one in documents(core, "devices")]
    assert len(set(sizes)) == 1


def shuffled(core: Core, monitor_log: MonitorLog, dice: random.Random) -> None:
    """Everything that was ever written, again, in another order, from every stage of each history."""
    writes: list[Any] = [(put_verdicts, [commit]) for commit in monitor_log.commits]
    for commits in map(list, core.log.every_stream()):
        for end in range(1, len(commits) + 1):
            writes.append(_stage(commits[:end]))
    dice.shuffle(writes)
    for put, what in writes:
        writer = core.generations.writer()
        put(writer, what)
        writer.flush()


def _stage(commits: list[Commit]) -> tuple[Any, Any]:
    ident = commits[0].subject
    if commits[0].aggregate == "tag":
        return put_tag, fold_stream(TAG, ident, commits)
    return put_device, fold_stream(DEVICE, ident, commits)


def test_the_pulse_is_shown_and_never_goes_back(asked: Asked) -> None:
    device = registered(asked())
    store = asked()
    pulse.keep(store.database, [(device["id"], START + 7, 1.5), (device["id"], START + 5, 9.0)])
    pulse.keep(store.database, [(device["id"], START + 6, 9.0)])
    shown = queries.device(store, device["id"])
    assert (shown["last_ping"], shown["latency_ms"]) == ("2026-01-02T03:04:05.007Z", 1.5)
    pulse.keep(store.database, [(device["id"], START + 8, None)])
    shown = queries.device(store, device["id"])
    assert (shown["last_ping"], shown["latency_ms"]) == ("2026-01-02T03:04:05.008Z", None)
    assert shown["version"] == 1, "a ping is no change of the device"


def test_thousands_of_pulses_fit_one_call(asked: Asked) -> None:
    store = asked()
    pulse.keep(store.database, [(f"{number:024x}", START + number, 0.5) for number in range(5000)])
    assert store.database["pulse"].count_documents({}) == 5000


def test_a_rebuild_leaves_the_pulse_alone(asked: Asked, core: Core) -> None:
    tagged(asked(), "core")
    device = registered(asked(), tags=["core"])
    pulse.keep(asked().database, [(device["id"], START, 1.0)])
    before = queries.device(asked(), device["id"])
    core.rebuild()
    assert queries.device(asked(), device["id"]) == before
