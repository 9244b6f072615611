"""A check by hand: a whole burst at one device, which decides at once. No rounds, no Nameko."""

from __future__ import annotations

import os
from dataclasses import replace
from ipaddress import AddressValueError, IPv4Address
from typing import Any

import structlog

from netraven_chassis.bound import BoundStore
from netraven_chassis.faults import infrastructure
from netraven_contracts.errors import InvalidDevice, StatusCheckFailed, Unavailable
from netraven_monitor.engine import Answers, Engine
from netraven_monitor.icmp_socket import NoSocket
from netraven_monitor.monitoring import Monitoring
from netraven_monitor.samples import Turn
from netraven_monitor.schedule import group_of
from netraven_monitor.sweep import Plan, burst
from netraven_monitor.watch import OFFLINE, ONLINE, WATCH, RecordVerdict

log = structlog.get_logger(__name__)

# Somebody waits for the answer: no probe gets more time than this (seconds).
LONGEST_TIMEOUT = 2.5


def check(monitoring: Monitoring, store: BoundStore, device_id: str, ip_address: str) -> dict[str, Any]:
    """Ask the device now and take down what comes of it.

    Returns {"status": online or offline, "latency_ms": float or None, "timestamp": UTC milliseconds,
    "position": of the news in our log, 0 when there was none}. Raises InvalidDevice for a device whose
    address cannot be asked, and StatusCheckFailed when asking is not possible from here, which says nothing
    about the device.
    """
    _hear_statements(store)
    at, plan = store.now(), monitoring.plan
    patient = replace(plan, timeout=min(plan.timeout, LONGEST_TIMEOUT))
    latency = _ask(monitoring.engine, patient, ip_address)
    status = OFFLINE if latency is None else ONLINE
    outcome = store.handle(WATCH, device_id, RecordVerdict(device_id, status, at, latency))
    monitoring.samples.add([Turn.of(at, group_of(device_id), {device_id: latency})])
    return {"status": status, "latency_ms": latency, "timestamp": at, "position": outcome.position}


def _hear_statements(store: BoundStore) -> None:
    """What people have stated until now comes first, so that the verdict is one upon it."""
    statements = store.core.reactions.get("devices")
    try:
        if statements is not None:
            statements.catch_up()
    except Exception as error:
        if not isinstance(error, Unavailable) and not infrastructure(error):
            raise
        log.info("checked without what was stated last", error=repr(error))


def _ask(engine: Engine, plan: Plan, address: str) -> float | None:
    try:
        IPv4Address(address)
        answers = burst(engine, address, plan)
    except AddressValueError:
        raise InvalidDevice(f"{address} is not an IPv4 address; correct the device's ip_address") from None
    except NoSocket as error:
        raise StatusCheckFailed(f"the status could not be checked: {error}") from error
    except OSError as error:
        raise StatusCheckFailed(f"the status could not be checked: {error.strerror}") from error
    return _latency(answers)


def _latency(answers: Answers) -> float | None:
    if answers.unsent:
        reason = os.strerror(answers.unsent[0])
        raise StatusCheckFailed(f"the status could not be checked from here: {reason}")
    return answers.latencies[0]
