"""How a commit is told: to whoever audits, and to dashboards that follow jobs. Pure.

No event holds a secret; names that would betray one are covered all the same, so that a mistake elsewhere
does not become a leak here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from netraven_chassis.clock import iso
from netraven_chassis.eventlog.commit import Commit
from netraven_contracts.events import SERVICES
from netraven_gateway.cursors import Vector, encode

COVERED = frozenset(
    {
        "secret", "encrypted_secret", "password", "new_password", "passphrase", "private_key", "enable",
        "token", "refresh_token", "ciphertext", "digest", "hash", "password_hash",
    }
)  # fmt: skip

# What a job is after each of its events; JobFinished says it itself.
_STATUS_AFTER = {
    "JobRequested": "queued",
    "JobStarted": "running",
    "JobCancelRequested": "cancelling",
    "JobCancelled": "cancelled",
    "JobRetried": "queued",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which commits: with an event of one of `types`, of the `stream` or kind of stream, of the `service`."""

    types: frozenset[str] = frozenset()
    stream: str = ""
    service: str = ""

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> Wanted:
        """As loaded AuditFilters say it."""
        types = (name.strip() for word in query.get("types", ()) for name in word.split(","))
        return cls(frozenset(filter(None, types)), query.get("stream", ""), query.get("service", ""))

    @property
    def services(self) -> tuple[str, ...]:
        """In whose logs there may be any."""
        return (self.service,) if self.service else SERVICES

    @property
    def everything(self) -> bool:
        """Whether every change in those logs is wanted."""
        return not (self.types or self.stream)

    def takes(self, service: str, commit: Commit) -> bool:
        """Whether the commit is wanted."""
        if self.service and self.service != service:
            return False
        if self.stream and self.stream not in (commit.stream, commit.aggregate):
            return False
        return not self.types or any(event.type in self.types for event in commit.events)


def entry(service: str, commit: Commit, place: Vector) -> dict[str, Any]:
    """An AuditEntry; `place` is where a reader is after it."""
    return {
        "cursor": encode(place),
        "service": service,
        "position": commit.position,
        "stream": commit.stream,
        "at": iso(commit.at),
        "actor": commit.actor,
        "request_id": commit.request_id,
        "causation_id": commit.causation_id,
        "events": _events(commit),
    }


def job_change(commit: Commit) -> dict[str, Any] | None:
    """What a commit changed in the state of a job; None when it is about something else."""
    if commit.aggregate != "job":
        return None
    return {
        "job_id": commit.subject,
        "status": status_after(commit),
        "position": commit.position,
        "at": iso(commit.at),
        "actor": commit.actor,
        "request_id": commit.request_id,
        "events": _events(commit),
    }


def status_after(commit: Commit) -> str | None:
    """The status that a job has after the commit; None when that did not change it."""
    status = None
    for event in commit.events:
        status = (
            event.data.get("status") if event.type == "JobFinished" else _STATUS_AFTER.get(event.type, status)
        )
    return status


def _events(commit: Commit) -> list[dict[str, Any]]:
    return [
        {"type": event.type, "version": version, "data": _covered(event.data)}
        for version, event in enumerate(commit.events, commit.first)
    ]


def _covered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: "***" if name in COVERED else _covered(one) for name, one in value.items()}
    return [_covered(one) for one in value] if isinstance(value, list | tuple) else value
