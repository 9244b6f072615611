"""A small kind of thing with two events, about as large as a device's, and the documents of its log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pymongo import IndexModel

from netraven_chassis.aggregate import Aggregate, Folded, encode
from netraven_chassis.eventlog.commit import Context, Draft, to_document
from netraven_chassis.ids import new_id
from netraven_chassis.views import ViewSet, Writer

LONG_HISTORY = 10_000  # commits of one thing
MOVES = 3  # commits of each thing in a made-up log, after the first
_START_MS = 1_767_225_600_000


@dataclass(frozen=True, slots=True)
class Thing:
    """What is true of it."""

    name: str = ""
    place: str = ""
    there: bool = False


@dataclass(frozen=True, slots=True)
class Registered:
    """It is there."""

    name: str
    ip_address: str
    kind: str
    place: str


@dataclass(frozen=True, slots=True)
class Moved:
    """It stands elsewhere now."""

    place: str


@dataclass(frozen=True, slots=True)
class Register:
    """Begin."""

    name: str


@dataclass(frozen=True, slots=True)
class Move:
    """Go elsewhere."""

    place: str


def decide(state: Thing, command: Any) -> Sequence[Any]:
    """One event for each command."""
    if isinstance(command, Register):
        return [Registered(command.name, "10.0.0.1", "switch", "Zurich, rack 4")]
    return [Moved(command.place)] if command.place != state.place else []


def evolve(state: Thing, event: Any) -> Thing:
    """Takes any event."""
    if isinstance(event, Registered):
        return Thing(event.name, event.place, True)
    return replace(state, place=event.place)


def put_thing(writer: Writer, folded: Folded[Thing]) -> None:
    """The thing's document."""
    state = folded.state
    fields = {
        "name": state.name,
        "place": state.place,
        "created_at": folded.first_at,
        "updated_at": folded.at,
    }
    writer.put("things", folded.id, folded.version, fields)


THING = Aggregate("thing", Thing(), decide, evolve, (Registered, Moved))
LASTING = replace(THING, name="lasting", snapshots=1)
"""The same, of a kind whose histories grow for ever."""
INDEXES = [IndexModel([("name", 1)]), IndexModel([("place", 1)])]
VIEWS = ViewSet(collections={"things": INDEXES}, folds={"thing": put_thing, "lasting": put_thing})


def context() -> Context:
    """Somebody asks for something new."""
    return Context({"id": "a" * 24, "name": "bench"}, new_id(), request_id="req-1", body_hash="b" * 64)


def draft(ident: str, first: int, event: Any, kind: Aggregate[Thing] = THING) -> Draft:
    """A commit of one event that asks for its place."""
    return Draft(new_id(), kind.stream(ident), first, (encode(event),), _START_MS + first, context())


def history(ident: str) -> Iterator[dict[str, Any]]:
    """A log with nothing but one lasting thing's long history."""
    for number in range(1, LONG_HISTORY + 1):
        yield to_document(draft(ident, number, Moved(f"rack {number}"), LASTING), number)


def documents(commits: int) -> Iterator[dict[str, Any]]:
    """A log of so many commits: things that are registered and then moved, all at the same pace."""
    things = [new_id() for _ in range(-(-commits // (MOVES + 1)))]
    for position in range(1, commits + 1):
        round_number, index = divmod(position - 1, len(things))
        event = (
            Moved(f"rack {round_number}")
            if round_number
            else Registered(f"thing {index}", "10.0.0.1", "switch", "Zurich, rack 4")
        )
        yield to_document(draft(things[index], round_number + 1, event), position)
