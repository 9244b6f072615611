"""A check of many devices at once, for a job: one sweep over all of them, which decides like a check of one.

Unlike there, what cannot be asked spoils nothing: it is told as unknown, and why.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from eventlet.greenpool import GreenPool

from netraven_chassis.bound import BoundStore
from netraven_contracts.errors import NetRavenError, StatusCheckFailed
from netraven_monitor.check import LONGEST_TIMEOUT
from netraven_monitor.engine import Answers
from netraven_monitor.icmp_socket import NoSocket
from netraven_monitor.monitoring import Monitoring
from netraven_monitor.record import BATCHES_AT_ONCE, VERDICTS_AT_ONCE
from netraven_monitor.samples import Turn
from netraven_monitor.schedule import group_of
from netraven_monitor.sweep import BURST
from netraven_monitor.watch import OFFLINE, ONLINE, UNKNOWN, WATCH, RecordVerdict

Found = dict[str, dict[str, Any]]


def check_many(monitoring: Monitoring, store: BoundStore, devices: Sequence[Sequence[str]]) -> Found:
    """Ask all of `devices`, [id, IPv4 address] each, and take down what comes of it.

    Returns {id: {"status": online, offline or unknown, "latency_ms": float or None, "timestamp": UTC
    milliseconds, "reason": why it is unknown, or None}}. Raises StatusCheckFailed when nothing can be asked
    from here.
    """
    at, ids = store.now(), [device[0] for device in devices]
    answers = _ask(monitoring, [device[1] for device in devices])
    found = {ident: _told(answers, index, at) for index, ident in enumerate(ids)}
    decided = {ident: told for ident, told in found.items() if told["status"] != UNKNOWN}
    for ident, error in _record(store, decided):
        found[ident] = {**found[ident], "reason": str(error)}
    monitoring.samples.add(_turns(decided, at))
    return found


def _ask(monitoring: Monitoring, addresses: Sequence[str]) -> Answers:
    plan = replace(monitoring.plan, timeout=min(monitoring.plan.timeout, LONGEST_TIMEOUT))
    try:
        return monitoring.engine.sweep(
            addresses, attempts=BURST, timeout=plan.timeout, spacing=plan.spacing, rate=plan.rate
        )
    except NoSocket as error:
        raise StatusCheckFailed(f"the devices could not be checked: {error}") from error
    except OSError as error:
        raise StatusCheckFailed(f"the devices could not be checked: {error.strerror}") from error


def _told(answers: Answers, index: int, at: int) -> dict[str, Any]:
    latency = answers.latencies[index]
    status, reason = (OFFLINE, None) if latency is None else (ONLINE, None)
    if index in answers.unsent:
        status, reason = UNKNOWN, f"it could not be asked from here: {os.strerror(answers.unsent[index])}"
    return {"status": status, "latency_ms": latency, "timestamp": at, "reason": reason}


def _record(store: BoundStore, found: Found) -> Iterator[tuple[str, NetRavenError]]:
    """Write the verdicts down, in batches; the devices whose verdict was not written, and why."""
    verdicts = [
        RecordVerdict(ident, told["status"], told["timestamp"], told["latency_ms"])
        for ident, told in found.items()
    ]
    batches = list(_batches(verdicts))
    # While the database works on one batch, the next is thought over.
    for batch, outcomes in zip(
        batches, GreenPool(BATCHES_AT_ONCE).imap(lambda one: _handle(store, one), batches), strict=True
    ):
        for verdict, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, NetRavenError):
                yield verdict.device_id, outcome


def _handle(store: BoundStore, batch: Sequence[RecordVerdict]) -> Sequence[Any]:
    return store.handle_many([(WATCH, verdict.device_id, verdict) for verdict in batch])


def _batches(verdicts: Sequence[RecordVerdict]) -> Iterator[list[RecordVerdict]]:
    left = iter(verdicts)
    while batch := list(islice(left, VERDICTS_AT_ONCE)):
        yield batch


def _turns(found: Found, at: int) -> list[Turn]:
    groups: dict[int, dict[str, float | None]] = {}
    for ident, told in found.items():
        groups.setdefault(group_of(ident), {})[ident] = told["latency_ms"]
    return [Turn.of(at, group, latencies) for group, latencies in groups.items()]
