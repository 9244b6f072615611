"""What must be true of the logs and views in the database after any fault. Reads MongoDB directly, changes
nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from netraven_chassis import mongo
from netraven_chassis.clock import SystemClock
from netraven_chassis.core import Core
from netraven_devices.device import DEVICE
from netraven_devices.tag import TAG
from netraven_devices.views import VIEWS
from tests.faults.conftest import World

SERVICES = ("devices", "monitor", "jobs", "auth")


def assert_logs_are_sound(world: World) -> None:
    """Every log is gapless, has each command once per stream, and versions that follow on each other."""
    client = mongo.connect(world.database.uri)
    try:
        for service in SERVICES:
            commits = list(client[f"{world.prefix}_{service}"]["commits"].find(sort=[("position", 1)]))
            assert [row["position"] for row in commits] == list(range(1, len(commits) + 1)), service
            versions: dict[str, int] = {}
            for row in commits:
                assert row["first"] == versions.get(row["stream"], 0) + 1, (service, row)
                versions[row["stream"]] = row["first"] + row["count"] - 1
    finally:
        client.close()


def devices_in_log(world: World) -> dict[str, str]:
    """{id: address} of every device that the log has and that was not removed."""
    client = mongo.connect(world.database.uri)
    try:
        found: dict[str, str] = {}
        for row in client[f"{world.prefix}_devices"]["commits"].find(sort=[("position", 1)]):
            ident = row["stream"].removeprefix("device-")
            for event in row["events"]:
                if event["t"] == "DeviceRegistered":
                    found[ident] = event["d"]["ip_address"]
                if event["t"] == "DeviceRemoved":
                    found.pop(ident)
        return found
    finally:
        client.close()


def assert_views_equal_a_rebuild(world: World) -> None:
    """Device documents as they are now, and as a rebuild makes them from the log (statuses come from the
    monitor).
    """
    client = mongo.connect(world.database.uri)
    try:
        database = client.get_database(f"{world.prefix}_devices", **mongo.log_options)
        own = replace(VIEWS, follows={})
        core = Core("devices", database, [DEVICE, TAG], own, SystemClock(), _nobody)
        before = _documents(core)
        core.rebuild()
        assert _documents(core) == before
    finally:
        client.close()


def _nobody(_source: str, _after: int) -> Any:
    raise AssertionError("no other log is needed")


def _documents(core: Core) -> dict[str, Any]:
    rows = core.generations.collection("devices").find({"live": True})
    return {
        row["_id"]: {
            name: value for name, value in row.items() if not name.startswith(("status", "versions"))
        }
        for row in rows
    }
