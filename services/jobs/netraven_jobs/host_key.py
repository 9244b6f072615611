"""A device's host key as far as somebody decided about it: that another one than the known is accepted. No
clock, no database, no SSH. Which keys a device has shown stands in host_keys.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from netraven_chassis.aggregate import Aggregate


@dataclass(frozen=True, slots=True)
class HostKeyAccepted:
    """The device is known by the key with this fingerprint from now on, and by the one before no more."""

    device_id: str
    algorithm: str
    fingerprint: str
    replaced: str


@dataclass(frozen=True, slots=True)
class AcceptHostKey:
    """Know the device by this key instead of the one with the fingerprint `replaced`."""

    device_id: str
    algorithm: str
    fingerprint: str
    replaced: str


@dataclass(frozen=True, slots=True)
class HostKey:
    """The fingerprint that was accepted last, and the one that it replaced; None before any was: the first
    key is trusted unasked.
    """

    fingerprint: str | None = None
    replaced: str | None = None


def decide(key: HostKey, command: Any) -> Sequence[Any]:
    """The events that follow from the command: none when it is so already. TypeError for a stranger."""
    if not isinstance(command, AcceptHostKey):
        raise TypeError(f"a host key cannot {type(command).__name__}")
    if (key.fingerprint, key.replaced) == (command.fingerprint, command.replaced):
        return []
    return [HostKeyAccepted(command.device_id, command.algorithm, command.fingerprint, command.replaced)]


def evolve(key: HostKey, event: Any) -> HostKey:
    """The key after the event; one that it does not know changes nothing."""
    return HostKey(event.fingerprint, event.replaced) if isinstance(event, HostKeyAccepted) else key


HOST_KEY: Aggregate[HostKey] = Aggregate(
    name="host_key",
    initial=HostKey(),
    decide=decide,
    evolve=evolve,
    events=(HostKeyAccepted,),
)
