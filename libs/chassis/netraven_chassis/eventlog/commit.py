"""A commit: the events that one command made, as one document. No I/O and no decisions.

One document per commit makes an append atomic on any mongod, without transactions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event as it lies in the log: its stable name, the version of its fields, and the fields."""

    type: str
    schema: int
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Context:
    """Who asked for a command, why, and under which id.

    `actor` is {"id", "name"}; `command_id` makes the command idempotent, and `body_hash` tells two different
    commands under one id apart; `request_id` and `causation_id` say where it came from.
    """

    actor: Mapping[str, str]
    command_id: str
    request_id: str | None = None
    causation_id: str | None = None
    body_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """Events that ask for a place in the log: `first` is the version that the first of them will have."""

    id: str
    stream: str
    first: int
    events: tuple[Recorded, ...]
    at: int
    context: Context


@dataclass(frozen=True, slots=True)
class Commit:
    """Events that have their place: versions `first` to `last` of `stream`, number `position` of the log."""

    stream: str
    first: int
    events: tuple[Recorded, ...]
    position: int
    at: int
    actor: Mapping[str, str]
    request_id: str | None
    causation_id: str | None
    command_id: str | None
    body_hash: str | None

    @property
    def last(self) -> int:
        """The version of the last event."""
        return self.first + len(self.events) - 1

    @property
    def aggregate(self) -> str:
        """The aggregate's name, the part of the stream's name before the first dash."""
        return self.stream.split("-", 1)[0]

    @property
    def subject(self) -> str:
        """The id of the thing that this is about, the part of the stream's name after the first dash."""
        return self.stream.split("-", 1)[1]


def to_document(draft: Draft, position: int) -> dict[str, Any]:
    """The document that claims `position` for the draft."""
    context = draft.context
    return {
        "_id": draft.id,
        "stream": draft.stream,
        "first": draft.first,
        "count": len(draft.events),
        "events": [{"t": event.type, "v": event.schema, "d": event.data} for event in draft.events],
        "position": position,
        "at": draft.at,
        "actor": dict(context.actor),
        "request_id": context.request_id,
        "causation_id": context.causation_id,
        "command_id": context.command_id,
        "body_hash": context.body_hash,
    }


def from_document(document: Mapping[str, Any]) -> Commit:
    """The commit that a document, or its form on the wire, holds."""
    return Commit(
        document["stream"],
        document["first"],
        tuple(Recorded(event["t"], event["v"], event["d"]) for event in document["events"]),
        document["position"],
        document["at"],
        document["actor"],
        document["request_id"],
        document["causation_id"],
        document["command_id"],
        document["body_hash"],
    )


# A follower has no use for the document's own id; all else goes over the wire as it lies in the log.
WIRE = {"_id": 0}


def committed(draft: Draft, position: int) -> Commit:
    """The commit that the draft has become."""
    context = draft.context
    return Commit(
        draft.stream,
        draft.first,
        draft.events,
        position,
        draft.at,
        context.actor,
        context.request_id,
        context.causation_id,
        context.command_id,
        context.body_hash,
    )


def contiguous(commits: Sequence[Commit], after: int) -> bool:
    """Whether the commits are exactly those that follow position `after`, one by one."""
    return all(commit.position == after + number for number, commit in enumerate(commits, 1))
