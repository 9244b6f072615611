"""The watch over one device: what is said of it and what then is true. No clock, no database, no socket.

One stream for each device, `watch-<device_id>`. How many misses make a verdict is weighed in verdict.py;
here a verdict is only taken down. Every event says `as_of` when it holds true, in UTC milliseconds: the
moment of the look that it comes from, which may lie before the commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from netraven_chassis.aggregate import Aggregate

ONLINE = "online"
OFFLINE = "offline"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DeviceWentOnline:
    """It answers; `latency_ms` as of the deciding answer."""

    device_id: str
    as_of: int
    latency_ms: float | None


@dataclass(frozen=True, slots=True)
class DeviceWentOffline:
    """It does not answer, although it was asked often enough."""

    device_id: str
    as_of: int


@dataclass(frozen=True, slots=True)
class DeviceWentUnknown:
    """Nobody has been able to look since `as_of`; `reason` says why."""

    device_id: str
    as_of: int
    reason: str


@dataclass(frozen=True, slots=True)
class DeviceStatusAdopted:
    """Somebody stated its status; it stands until the next verdict."""

    device_id: str
    as_of: int
    status: str


@dataclass(frozen=True, slots=True)
class RecordVerdict:
    """Take down what a look at the device came to.

    `as_of`: when the look was, UTC milliseconds; for `unknown`, when the last one was. `latency_ms` belongs
    to online, `reason` to unknown.
    """

    device_id: str
    status: str
    as_of: int
    latency_ms: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AdoptStatement:
    """Take over what somebody stated about the device at `as_of`."""

    device_id: str
    status: str
    as_of: int


@dataclass(frozen=True, slots=True)
class Watch:
    """The status that stands, and the moment it is from."""

    status: str = UNKNOWN
    as_of: int = 0


def decide(watch: Watch, command: Any) -> Sequence[Any]:
    """The news in the command: none when it says what is known, or comes from an older look than what is
    known.

    Raises TypeError for a stranger.
    """
    if not isinstance(command, RecordVerdict | AdoptStatement):
        raise TypeError(f"a watch cannot {type(command).__name__}")
    if command.status == watch.status or command.as_of < watch.as_of:
        return []
    return [_news(command)]


def _news(command: RecordVerdict | AdoptStatement) -> Any:
    device_id, as_of = command.device_id, command.as_of
    if isinstance(command, AdoptStatement):
        return DeviceStatusAdopted(device_id, as_of, command.status)
    if command.status == ONLINE:
        return DeviceWentOnline(device_id, as_of, command.latency_ms)
    if command.status == OFFLINE:
        return DeviceWentOffline(device_id, as_of)
    return DeviceWentUnknown(device_id, as_of, command.reason)


def evolve(watch: Watch, event: Any) -> Watch:
    """The watch after the event; one that it does not know changes nothing."""
    match event:
        case DeviceWentOnline(as_of=as_of):
            return Watch(ONLINE, as_of)
        case DeviceWentOffline(as_of=as_of):
            return Watch(OFFLINE, as_of)
        case DeviceWentUnknown(as_of=as_of):
            return Watch(UNKNOWN, as_of)
        case DeviceStatusAdopted(as_of=as_of, status=status):
            return Watch(status, as_of)
    return watch


WATCH: Aggregate[Watch] = Aggregate(
    name="watch",
    initial=Watch(),
    decide=decide,
    evolve=evolve,
    events=(DeviceWentOnline, DeviceWentOffline, DeviceWentUnknown, DeviceStatusAdopted),
    snapshots=1,
)
