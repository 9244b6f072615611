"""Pinging one device at once: the monitor's verdict, taken in before the answer. No pinging is done here."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

import orjson

from netraven_chassis.bound import BoundStore
from netraven_chassis.bus import Reply
from netraven_chassis.clock import iso
from netraven_contracts.errors import InvalidDevice
from netraven_contracts.fields import homeless
from netraven_devices import pulse, queries


def check(store: BoundStore, monitor: Any, device_id: str) -> Reply:
    """The device and what a burst of pings brought. Raises NotFound, InvalidDevice, Unavailable.

    `monitor`: the client of the monitor, whose `check` decides at once and tells where its log has the
    verdict.
    """
    address = queries.address(store, device_id)
    _must_be_somebody(address)
    verdict = monitor.check(device_id=device_id, ip_address=address)
    at = verdict["timestamp"]
    pulse.keep(store.database, [(device_id, at, verdict["latency_ms"])])
    ping = {"status": verdict["status"], "latency_ms": verdict["latency_ms"], "timestamp": iso(at)}
    return Reply(orjson.dumps({"device": _as_decided(store, device_id, verdict), "ping": ping}))


def _as_decided(store: BoundStore, device_id: str, verdict: Mapping[str, Any]) -> dict[str, Any]:
    if verdict["position"]:
        store.catch_up("monitor", verdict["position"])
    device = queries.device(store, device_id)
    if device["status"] == verdict["status"]:
        return device
    # No news to the monitor, and yet to us: what it said before is still on its way.
    store.core.followers()["monitor"].catch_up()
    return queries.device(store, device_id)


def _must_be_somebody(address: str) -> None:
    try:
        reason = homeless(ipaddress.IPv4Address(address))
    except ValueError:
        reason = "unreadable"
    if reason:
        message = f"{address} cannot be pinged; give the device the address of one machine"
        raise InvalidDevice(message, {"ip_address": [f"is {reason}"]})
