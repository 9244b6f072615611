"""A small aggregate for the chassis' own tests: a counter that can be claimed a number plate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pymongo import IndexModel

from netraven_chassis.aggregate import Aggregate, Folded
from netraven_chassis.eventlog.commit import Commit, Context
from netraven_chassis.views import ViewSet, Writer
from netraven_contracts.errors import DuplicateName, NotFound, ValidationFailed


@dataclass(frozen=True, slots=True)
class Counter:
    """What the tests' decisions need."""

    total: int = 0
    plate: str | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Add:
    """Count further."""

    amount: int


@dataclass(frozen=True, slots=True)
class SetPlate:
    """Take a number plate that nobody else has, or give it back with None."""

    plate: str | None


@dataclass(frozen=True, slots=True)
class Remove:
    """End it."""


@dataclass(frozen=True, slots=True)
class Added:
    """It was counted."""

    amount: int


@dataclass(frozen=True, slots=True)
class PlateSet:
    """It has this plate now."""

    plate: str | None


@dataclass(frozen=True, slots=True)
class Removed:
    """It has ended."""


def decide(state: Counter, command: Any) -> Sequence[Any]:
    """Refuses what is gone and what is negative."""
    match command:
        case _ if state.gone:
            raise NotFound("this counter is gone")
        case Add(amount) if amount < 0:
            raise ValidationFailed("only upwards", {"amount": ["must not be negative"]})
        case Add(0):
            return []
        case Add(amount):
            return [Added(1)] * amount if amount <= 3 else [Added(amount)]
        case SetPlate(plate):
            return [] if plate == state.plate else [PlateSet(plate)]
        case Remove():
            return [Removed()]
    raise TypeError(f"a counter cannot {type(command).__name__}")


def evolve(state: Counter, event: Any) -> Counter:
    """Takes any event."""
    match event:
        case Added(amount):
            return replace(state, total=state.total + amount)
        case PlateSet(plate):
            return replace(state, plate=plate)
        case Removed():
            return replace(state, gone=True, plate=None)
    return state


COUNTER = Aggregate(
    name="counter",
    initial=Counter(),
    decide=decide,
    evolve=evolve,
    events=(Added, PlateSet, Removed),
    unique=lambda state: {"plate": state.plate} if state.plate else {},
    duplicates={"plate": DuplicateName},
)


def put_counter(writer: Writer, folded: Folded[Counter]) -> None:
    """The counter's document, or its tombstone."""
    if folded.state.gone:
        writer.drop("counters", folded.id, folded.version)
    else:
        fields = {"total": folded.state.total, "plate": folded.state.plate, "at": folded.at}
        writer.put("counters", folded.id, folded.version, fields)


def put_remarks(writer: Writer, commits: Sequence[Commit]) -> None:
    """What another service says of counters: the last word, by its position."""
    for commit in commits:
        remark = commit.events[-1].data
        writer.put(
            "counters", commit.subject, commit.position, {"remark": remark.get("amount")}, group="remark"
        )


VIEWS = ViewSet(
    collections={"counters": [IndexModel([("total", 1)])]},
    folds={"counter": put_counter},
    follows={"other": put_remarks},
)


def context(command_id: str, body_hash: str | None = None) -> Context:
    """Somebody asks under this id."""
    return Context({"id": "u1", "name": "ann"}, command_id, request_id="r1", body_hash=body_hash)
