"""Samples are kept by group and time, found by device, and forgotten by the database."""

from __future__ import annotations

import pytest

from netraven_monitor.samples import Samples, Turn
from netraven_monitor.schedule import group_of
from tests.monitor.rig import Mongo, device_ids

NOON = 1_790_000_000_000
ONE, OTHER = device_ids(2)


@pytest.fixture
def samples(database: Mongo) -> Samples:
    made = Samples(database, 30)
    made.prepare()
    return made


def turn(at: int, **latencies: float | None) -> Turn:
    return Turn.of(at, group_of(ONE), {ONE: latencies["one"]} if "one" in latencies else {})


def test_what_was_added_is_found_oldest_first(samples: Samples) -> None:
    samples.add([turn(NOON + 2_000, one=None), turn(NOON, one=1.25)])
    assert samples.of(ONE, NOON, NOON + 10_000, 10) == [(NOON, 1.25), (NOON + 2_000, None)]


def test_devices_of_one_group_do_not_see_each_other(samples: Samples) -> None:
    neighbour = next(d for d in device_ids(5_000)[2:] if group_of(d) == group_of(ONE))
    samples.add([Turn.of(NOON, group_of(ONE), {ONE: 1.0, neighbour: 2.0})])
    samples.add([Turn.of(NOON + 1, group_of(ONE), {neighbour: 3.0})])
    assert samples.of(ONE, NOON, NOON + 10, 10) == [(NOON, 1.0)]
    assert samples.of(neighbour, NOON, NOON + 10, 10) == [(NOON, 2.0), (NOON + 1, 3.0)]
    assert samples.of(OTHER, NOON, NOON + 10, 10) == []


def test_bytes_that_look_like_an_id_across_two_others_are_not_it(samples: Samples) -> None:
    hidden = "0" * 22 + "ab"
    samples.add([Turn.of(NOON, group_of(hidden), {"0" * 24: 1.0, "ab" + "0" * 22: 2.0, hidden: 3.0})])
    assert samples.of(hidden, NOON, NOON + 1, 10) == [(NOON, 3.0)]
    across = "0" * 2 + "ab" + "0" * 20
    samples.add([Turn.of(NOON + 5, group_of(across), {"0" * 24: 1.0, "ab" + "0" * 22: 2.0})])
    assert samples.of(across, NOON + 5, NOON + 6, 10) == []


def test_latencies_keep_their_microseconds(samples: Samples) -> None:
    samples.add([turn(NOON, one=1234.567), turn(NOON + 1, one=0.001)])
    assert samples.of(ONE, NOON, NOON + 2, 2) == [(NOON, 1234.567), (NOON + 1, 0.001)]


def test_a_whole_sweep_is_a_few_documents(samples: Samples, database: Mongo) -> None:
    groups: dict[int, dict[str, float | None]] = {}
    for device in device_ids(2_000):
        groups.setdefault(group_of(device), {})[device] = 1.0
    samples.add([Turn.of(NOON, group, latencies) for group, latencies in groups.items()])
    assert database["samples"].count_documents({}) == 64
    assert all(samples.of(device, NOON, NOON + 1, 1) == [(NOON, 1.0)] for device in device_ids(2_000)[:20])


def test_the_start_is_part_of_the_span_and_the_end_is_not(samples: Samples) -> None:
    samples.add([turn(NOON + n, one=float(n)) for n in range(4)])
    assert [at - NOON for at, _ in samples.of(ONE, NOON + 1, NOON + 3, 10)] == [1, 2]


def test_of_too_many_the_newest_are_given(samples: Samples) -> None:
    samples.add([turn(NOON + n, one=float(n)) for n in range(10)])
    assert [at - NOON for at, _ in samples.of(ONE, NOON, NOON + 100, 3)] == [7, 8, 9]


def test_a_turn_in_which_nobody_could_be_asked_leaves_nothing(samples: Samples, database: Mongo) -> None:
    samples.add([turn(NOON)])
    assert database["samples"].count_documents({}) == 0


def test_the_collection_is_a_time_series_with_a_retention(samples: Samples, database: Mongo) -> None:
    options = database.command("listCollections", filter={"name": "samples"})["cursor"]["firstBatch"][0][
        "options"
    ]
    assert options["timeseries"]["metaField"] == "bundle"
    assert options["expireAfterSeconds"] == 30 * 86_400


def test_another_retention_holds_from_the_next_start_on(samples: Samples, database: Mongo) -> None:
    samples.add([turn(NOON, one=1.0)])
    Samples(database, 7).prepare()
    options = database.command("listCollections", filter={"name": "samples"})["cursor"]["firstBatch"][0][
        "options"
    ]
    assert options["expireAfterSeconds"] == 7 * 86_400
    assert samples.of(ONE, NOON, NOON + 1, 1) == [(NOON, 1.0)]
