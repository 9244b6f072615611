"""What is known of a device before a session with it, from all who take something down."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from netraven_jobs import dossier, host_keys, sizes
from netraven_jobs.bearing import Bearing
from netraven_jobs.guard import Guard
from netraven_jobs.lockout import Limits

ONE, OTHER = "1" * 24, "2" * 24
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHZ"
NOW = 1_800_000_000_000


def test_all_that_is_known_of_one_device_comes_together(database: Database[dict[str, Any]]) -> None:
    guard = Guard(database, Limits(3, 60_000))
    for device in (ONE, OTHER):
        host_keys.seen(database, device, f"{KEY}{device[0]}", NOW)
        sizes.keep(database, device, "cisco_ios", int(device[0]) * 1000)
        Bearing(database, device).accepts("right", 3, NOW, {})
        Bearing(database, device).refuses("wrong", 1, NOW)
        guard.tried(device, "wrong", "authentication", NOW)
    found = dossier.read(database, ONE)
    assert found.key == f"{KEY}1"
    assert (found.size_on("cisco_ios"), found.size_on("arista_eos")) == (1000, None)
    assert found.has_accepted("right", 3)
    assert not found.has_accepted("right", 4) and not found.has_accepted("wrong", 1)
    assert found.refused_at({"wrong": 1, "right": 3}) == {"wrong": NOW}
    assert found.refused_at({"wrong": 2}) == {}
    assert found.tried("wrong", NOW - 1) == [(NOW, "authentication")]
    assert found.tried("wrong", NOW) == [] and found.refusals() == [NOW]


def test_of_a_device_that_nobody_has_met_nothing_is_known(database: Database[dict[str, Any]]) -> None:
    found = dossier.read(database, ONE)
    assert (found.key, found.size_on("cisco_ios"), found.refusals(), found.met) == (None, None, [], {})


def test_an_acceptance_is_written_anew_only_when_it_grows_old(database: Database[dict[str, Any]]) -> None:
    bearing, month = Bearing(database, ONE), 31 * 86_400_000
    bearing.accepts("c", 1, NOW, {})
    met = dossier.read(database, ONE).met["c"]
    database["accepted"].delete_many({})
    bearing.accepts("c", 1, NOW + 1000, met)
    assert dossier.read(database, ONE).met == {}
    bearing.accepts("c", 1, NOW + month, met)
    assert dossier.read(database, ONE).has_accepted("c", 1)
