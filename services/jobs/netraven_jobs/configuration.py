"""The configuration of one device: what counts as a change of it. No clock, no database, no texts.

A backup changes it when its text, without the lines that change by themselves, is another one than before.
One that was taken before the last change came in late: it is kept, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from netraven_chassis.aggregate import Aggregate


@dataclass(frozen=True, slots=True)
class ConfigurationChanged:
    """The device's configuration is another one since this backup was taken (`taken_at`, UTC milliseconds).

    `previous_id` is the backup that showed the one before, None for the first of the device.
    """

    backup_id: str
    taken_at: int
    normal_sha256: str
    sha256: str
    platform: str | None
    job_id: str
    previous_id: str | None


@dataclass(frozen=True, slots=True)
class SeeConfiguration:
    """A backup shows this text; `normal_sha256` is that of its lines that do not change by themselves."""

    backup_id: str
    taken_at: int
    normal_sha256: str
    sha256: str
    platform: str | None
    job_id: str


@dataclass(frozen=True, slots=True)
class Version:
    """A configuration: since when it holds (UTC milliseconds), and by which backup that is known."""

    backup_id: str
    since: int


@dataclass(frozen=True, slots=True)
class Configuration:
    """What holds now; `current` is None before the first backup."""

    current: Version | None = None
    normal_sha256: str | None = None


def decide(configuration: Configuration, command: Any) -> Sequence[Any]:
    """The events that follow from the command."""
    match command:
        case SeeConfiguration():
            return list(_seen(configuration, command))
    raise TypeError(f"a configuration cannot {type(command).__name__}")


def _seen(configuration: Configuration, seen: SeeConfiguration) -> Sequence[Any]:
    current = configuration.current
    if current is not None and (
        seen.normal_sha256 == configuration.normal_sha256 or seen.taken_at <= current.since
    ):
        return []
    previous = None if current is None else current.backup_id
    return [
        ConfigurationChanged(
            seen.backup_id,
            seen.taken_at,
            seen.normal_sha256,
            seen.sha256,
            seen.platform,
            seen.job_id,
            previous,
        )
    ]


def evolve(configuration: Configuration, event: Any) -> Configuration:
    """The configuration after the event; one that it does not know changes nothing."""
    match event:
        case ConfigurationChanged():
            return Configuration(Version(event.backup_id, event.taken_at), event.normal_sha256)
    return configuration


CONFIGURATION: Aggregate[Configuration] = Aggregate(
    name="configuration",
    initial=Configuration(),
    decide=decide,
    evolve=evolve,
    events=(ConfigurationChanged,),
)
