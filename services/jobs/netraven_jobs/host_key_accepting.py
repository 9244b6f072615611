"""Accepting another host key of a device: first it is taken down who did it, then the device is known by it.
A crash between the two leaves it to be accepted once more, which is the same acceptance.
"""

from __future__ import annotations

from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.ids import derive_id
from netraven_chassis.views import LIVE
from netraven_contracts.errors import Conflict
from netraven_jobs import host_keys, system_log
from netraven_jobs.backup_views import FLEET
from netraven_jobs.host_key import HOST_KEY, AcceptHostKey
from netraven_jobs.host_keys import Offer
from netraven_jobs.log_writer import LogWriter


def accept(store: BoundStore, lines: LogWriter, device_id: str, fingerprint: str | None) -> dict[str, Any]:
    """Know the device by the other key that it has shown; the key as the API shows it.

    `fingerprint`: of the key that was looked at, None for the one that waits. Raises NotFound when none has
    been seen yet, Conflict when no other key waits, or another one than was looked at.
    """
    offer = host_keys.offered(store.database, device_id)
    if offer.fingerprint is None and (fingerprint == offer.known or _was_done(store, device_id)):
        return host_keys.show(store.database, device_id)
    _check(offer, fingerprint)
    command = AcceptHostKey(device_id, offer.algorithm, str(offer.fingerprint), offer.known)
    outcome = store.handle(HOST_KEY, device_id, command)
    if outcome.state.fingerprint != offer.fingerprint:  # the same request as before, and not the same key
        raise Conflict("the device has shown yet another key since; look at it again")
    shown = host_keys.accept(store.database, device_id, offer, str(store.context.actor["name"]))
    _say(store, lines, device_id, offer, outcome.version)
    return shown


def _was_done(store: BoundStore, device_id: str) -> bool:
    """Whether this very request was carried out before."""
    commits = store.load(HOST_KEY, device_id).commits
    return any(commit.command_id == store.context.command_id for commit in commits)


def _check(offer: Offer, fingerprint: str | None) -> None:
    if offer.fingerprint is None:
        raise Conflict("no other key waits to be accepted: the device has shown none since this one")
    if fingerprint not in (None, offer.fingerprint):
        raise Conflict(f"the device shows another key by now, {offer.fingerprint}; look at that one")


def _say(store: BoundStore, lines: LogWriter, device_id: str, offer: Offer, version: int) -> None:
    row = store.collection(FLEET).find_one({"_id": device_id, **LIVE}, {"name": 1}) or {}
    name, who = row.get("name", device_id), store.context.actor["name"]
    told = f"Host key of {name} accepted by {who}: {offer.fingerprint}, before {offer.known}"
    said = derive_id("host key", device_id, str(version))
    named = {"fingerprint": offer.fingerprint, "replaced": offer.known}
    system_log.say(lines, told, "warning", device_id=device_id, ident=said, **named)
