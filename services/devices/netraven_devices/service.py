"""The devices service: what may be asked of the inventory over the bus. Each method parses, calls and
returns.

Rules stand in device.py and tag.py, questions in queries.py, forms in present.py, bodies in commands.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from netraven_chassis.bus import Reply, RpcClient, rpc
from netraven_chassis.log_rpc import LogRpc
from netraven_chassis.store import Store
from netraven_devices import (
    bulk,
    check,
    commands,
    past_pulse,
    present,
    pulse,
    queries,
    record,
    tag_queries,
    tagging,
)
from netraven_devices.credential import CREDENTIAL
from netraven_devices.credential_rpc import CredentialRpc, SealingKey
from netraven_devices.device import DEVICE, RemoveDevice
from netraven_devices.finder import Finder
from netraven_devices.fleet_rpc import FleetRpc
from netraven_devices.learning import learn_facts
from netraven_devices.reader import Reader
from netraven_devices.tag import TAG
from netraven_devices.views import VIEWS


class DevicesService(LogRpc, FleetRpc, CredentialRpc):
    """Registers, changes and removes devices and tags; answers questions about them."""

    name = "devices"
    store = Store(DEVICE, TAG, CREDENTIAL, views=VIEWS, reactions={"jobs": learn_facts})
    finder = Finder()
    reader = Reader()
    sealing_key = SealingKey()
    monitor = RpcClient("monitor", timeout=4.0)

    @rpc
    def register(self, device: dict[str, Any]) -> Reply:
        """A new device from a body of POST /devices; the device, with etag, version and location.

        Raises DuplicateIp; ValidationFailed for tags that do not exist.
        """
        return commands.register(self.store, device)

    @rpc
    def register_many(self, rows: Sequence[bulk.Row], dry_run: bool = False) -> dict[str, Any]:
        """Devices of many rows, [[number, body], …]: {created: [{row, id}], duplicates, errors: [{row, field,
        message}]}. With `dry_run` nothing is done, only told. Raises Unavailable: then repeat the call.
        """
        report = bulk.register_many(self.store, rows, dry_run)
        return {"created": report.created, "duplicates": report.duplicates, "errors": report.errors}

    @rpc
    def change(self, device_id: str, changes: Mapping[str, Any], if_match: int | None = None) -> Reply:
        """Make these fields so; the device as it is then. `if_match`: the version that the caller has seen.

        Raises NotFound, DuplicateIp, PreconditionFailed; ValidationFailed for tags that do not exist.
        """
        commands.change(self.store, device_id, changes, if_match)
        return present.single(queries.device(self.store, device_id))

    @rpc
    def remove(self, device_id: str, if_match: int | None = None) -> None:
        """Look after a device no longer. Raises NotFound, PreconditionFailed."""
        self.store.handle(DEVICE, device_id, RemoveDevice(), if_match)
        pulse.forget(self.store.database, device_id)

    @rpc
    def show(self, device_id: str, at: int | None = None, version: int | None = None) -> Reply:
        """One device, with etag and version; as it was at `at` (UTC milliseconds) or at `version`, if given.

        Raises NotFound.
        """
        shown = self.reader.device(self.store, device_id, at, version)
        return present.single(shown if at is None else past_pulse.with_pulse(self.monitor, shown, at))

    @rpc
    def index(self, filters: Mapping[str, Any], page: int, size: int, sort: Sequence[str]) -> Reply:
        """A page of devices without their interfaces, with the total in meta; with the filter `at`, of the
        fleet as it was then.
        """
        rows, total = queries.devices(self.store, self.finder, filters, page, size, sort)
        return Reply(orjson.dumps(rows), {"total": total})

    @rpc
    def history(self, device_id: str, page: int, size: int) -> Reply:
        """A page of what happened to a device, the newest first: who, when, from what to what. Raises
        NotFound.
        """
        entries, total = record.of_device(self.store, device_id, page, size)
        return Reply(orjson.dumps(entries), {"total": total})

    @rpc
    def undo(self, device_id: str, version: int, if_match: int | None = None) -> Reply:
        """Take back the event `version` of a device; the device as it is then.

        Raises NotFound, PreconditionFailed; Conflict where it cannot be taken back.
        """
        record.undo(self.store, device_id, version, if_match)
        return present.single(queries.device(self.store, device_id))

    @rpc
    def check_status(self, device_id: str) -> Reply:
        """Ping a device now: {"device": as it is then, "ping": {status, latency_ms, timestamp}}.

        Raises NotFound; InvalidDevice for an address that no machine can have; Unavailable without a monitor.
        """
        return check.check(self.store, self.monitor, device_id)

    @rpc
    def pulse(self, samples: Sequence[pulse.Sample], through: int | None = None) -> None:
        """Keep when devices were last pinged: [[device id, ms, round trip in ms or None], …].

        `through`: the position of the monitor's log up to which the views should show its verdicts as well.
        """
        pulse.keep(self.store.database, samples)
        if through is not None:
            self.store.catch_up("monitor", through)

    @rpc
    def create_tag(self, tag: Mapping[str, Any]) -> Reply:
        """A new tag from a body of POST /tags. Raises DuplicateName."""
        return tagging.create(self.store, tag)

    @rpc
    def show_tag(self, tag_id: str) -> Reply:
        """One tag, with etag and version. Raises NotFound."""
        return present.single(tag_queries.tag(self.store, tag_id, self.finder))

    @rpc
    def change_tag(self, tag_id: str, changes: Mapping[str, Any], if_match: int | None = None) -> Reply:
        """Make these fields so; the tag as it is then. Raises NotFound, DuplicateName, PreconditionFailed."""
        return tagging.change(self.store, tag_id, changes, if_match)

    @rpc
    def delete_tag(self, tag_id: str, cascade: bool = False, if_match: int | None = None) -> None:
        """Delete a tag that is not in use; with `cascade`, take it from its devices and credentials first.

        Raises NotFound, Conflict, PreconditionFailed; Unavailable when there is more to do: repeat it.
        """
        tagging.delete(self.store, tag_id, cascade, if_match)

    @rpc
    def tag_history(self, tag_id: str, page: int, size: int) -> Reply:
        """A page of what happened to a tag, the newest first. Raises NotFound."""
        entries, total = record.of_tag(self.store, tag_id, page, size)
        return Reply(orjson.dumps(entries), {"total": total})

    @rpc
    def index_tags(self, filters: Mapping[str, Any], page: int, size: int, sort: Sequence[str]) -> Reply:
        """A page of tags, with the total in meta."""
        rows, total = tag_queries.tags(self.store, filters, page, size, sort, self.finder)
        return Reply(orjson.dumps(rows), {"total": total})
