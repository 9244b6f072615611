"""One backup: that it was taken, looked at in clear, given up at last. No clock, no database, no texts.

Its history is short and ends with it. What a backup says about its device stands in configuration.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from netraven_chassis.aggregate import Aggregate
from netraven_contracts.errors import NotFound


@dataclass(frozen=True, slots=True)
class BackupTaken:
    """A device's configuration was fetched (`taken_at`, UTC milliseconds) and lies under `sha256`.

    `changed`: it was another one than before. `version_id` and `version_since` name the configuration that it
    shows: the backup that showed it first, and when. `previous_id` is the backup to compare it with.
    """

    device_id: str
    job_id: str
    task_id: str
    taken_at: int
    sha256: str
    size: int
    lines: int
    platform: str | None
    changed: bool
    version_id: str
    version_since: int
    previous_id: str | None


@dataclass(frozen=True, slots=True)
class BackupQuarantined:
    """What a device answered is not its whole configuration, for this reason; it says nothing about it."""

    device_id: str
    job_id: str
    task_id: str
    taken_at: int
    sha256: str
    size: int
    lines: int
    platform: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class BackupShownRaw:
    """Somebody has seen its secrets: by `how`, download or diff."""

    how: str


@dataclass(frozen=True, slots=True)
class BackupDiscarded:
    """It is no longer kept."""


@dataclass(frozen=True, slots=True)
class TakeBackup:
    """Keep this; `taken` says all about it."""

    taken: BackupTaken | BackupQuarantined


@dataclass(frozen=True, slots=True)
class ShowRaw:
    """Show it with its secrets."""

    how: str


@dataclass(frozen=True, slots=True)
class DiscardBackup:
    """Keep it no longer."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What is true of a backup; `taken` is None before it was taken."""

    life: Literal["none", "kept", "discarded"] = "none"
    taken: BackupTaken | BackupQuarantined | None = None


def decide(backup: Backup, command: Any) -> Sequence[Any]:
    """The events that follow from the command. Raises NotFound."""
    match command, backup.life:
        case TakeBackup(taken), "none":
            return [taken]
        case TakeBackup(), _:
            return []
        case ShowRaw(how), "kept":
            return [BackupShownRaw(how)]
        case DiscardBackup(), "kept":
            return [BackupDiscarded()]
        case DiscardBackup(), "discarded":
            return []
        case ((ShowRaw() | DiscardBackup()), _):
            raise NotFound("there is no backup with this id; it may have been discarded")
    raise TypeError(f"a backup cannot {type(command).__name__}")


def evolve(backup: Backup, event: Any) -> Backup:
    """The backup after the event; one that it does not know changes nothing."""
    match event:
        case BackupTaken() | BackupQuarantined():
            return Backup("kept", event)
        case BackupDiscarded():
            return replace(backup, life="discarded")
    return backup


def told(taken: BackupTaken | BackupQuarantined) -> dict[str, Any]:
    """Its fields by name."""
    return {one.name: getattr(taken, one.name) for one in fields(taken)}


BACKUP: Aggregate[Backup] = Aggregate(
    name="backup",
    initial=Backup(),
    decide=decide,
    evolve=evolve,
    events=(BackupTaken, BackupQuarantined, BackupShownRaw, BackupDiscarded),
)
