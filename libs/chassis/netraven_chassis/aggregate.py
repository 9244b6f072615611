"""What an aggregate is to the chassis: four pure functions and the names of its events.

Here events become plain data and back, and a history becomes a state. No storage, no clock, no bus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Generic, TypeVar

from netraven_chassis.eventlog.commit import Commit, Recorded
from netraven_contracts.errors import DuplicateName, NetRavenError

S = TypeVar("S")

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


def no_keys(_state: Any) -> Mapping[str, str]:
    """The unique keys of an aggregate that has none."""
    return {}


@dataclass(frozen=True, slots=True)
class Aggregate(Generic[S]):
    """A kind of thing with a history of its own.

    `name` makes the stream's name, `device-<id>`. `decide(state, command)` gives the events that follow
    from a command or raises an error of netraven_contracts; `evolve(state, event)` gives the next state
    and never raises. `events` are frozen dataclasses of JSON-able fields; the class name is the stored
    name, and a class attribute `schema` (1 if missing) the version of its fields. `unique(state)` tells
    what this thing holds to itself, {kind: value}; `duplicates` the error for each kind, `held_in` the field
    that clients know it by, where that is called otherwise. `upcasters[(name, schema)]` lifts the data of an
    old event by one schema version. `snapshots`: for things whose history grows for ever, the number of the
    rules by which their state follows from it, to be raised when `evolve` changes; 0: none are made.
    """

    name: str
    initial: S
    decide: Callable[[S, Any], Sequence[Any]]
    evolve: Callable[[S, Any], S]
    events: tuple[type, ...]
    unique: Callable[[S], Mapping[str, str]] = no_keys
    duplicates: Mapping[str, type[NetRavenError]] = field(default_factory=dict)
    held_in: Mapping[str, str] = field(default_factory=dict)
    upcasters: Mapping[tuple[str, int], Upcaster] = field(default_factory=dict)
    snapshots: int = 0

    def stream(self, ident: str) -> str:
        """The name of the stream of the thing `ident`."""
        return f"{self.name}-{ident}"

    def duplicate(self, kind: str) -> type[NetRavenError]:
        """The error that says that a unique value of this kind is taken."""
        return self.duplicates.get(kind, DuplicateName)

    def decode(self, recorded: Recorded) -> Any:
        """The event as its class, or None when this version of the program does not know it.

        Old data is lifted by the upcasters; a fact that we do not know yet never stops a replay.
        """
        known = _by_name(self.events).get(recorded.type)
        if known is None:
            return None
        data = dict(recorded.data)
        for schema in range(recorded.schema, getattr(known, "schema", 1)):
            data = self.upcasters[(recorded.type, schema)](data)
        return made(known, data)

    def fold(self, state: S, recorded: Sequence[Recorded]) -> S:
        """The state after these events, in their order."""
        for item in recorded:
            event = self.decode(item)
            if event is not None:
                state = self.evolve(state, event)
        return state


@dataclass(frozen=True, slots=True)
class Folded(Generic[S]):
    """A thing as its history makes it.

    `version` is the number of events so far (0: no history), `at` and `first_at` the UTC milliseconds of the
    last and the first commit, `creator` the first one's actor. `commits` is the history in order: the whole
    of it, or what came after the version `since`. `shown` is the thing as views have it already, or None:
    what followed from that need not be written again.
    """

    id: str
    state: S
    version: int
    at: int
    first_at: int
    commits: tuple[Commit, ...]
    shown: Folded[S] | None = None
    creator: Mapping[str, str] = field(default_factory=dict)
    since: int = 0


def fold_stream(aggregate: Aggregate[S], ident: str, commits: Iterable[Commit]) -> Folded[S]:
    """The thing `ident` as its commits (all of them, in order) make it."""
    state, whole = aggregate.initial, tuple(commits)
    for commit in whole:
        state = aggregate.fold(state, commit.events)
    if not whole:
        return Folded(ident, state, 0, 0, 0, ())
    first, last = whole[0], whole[-1]
    return Folded(ident, state, last.last, last.at, first.at, whole, creator=first.actor)


def fold_on(aggregate: Aggregate[S], known: Folded[S], commits: Iterable[Commit]) -> Folded[S]:
    """The thing as these commits, which follow next, make it."""
    state, more = known.state, tuple(commits)
    for commit in more:
        state = aggregate.fold(state, commit.events)
    return followed(known, state, more) if more else known


def followed(known: Folded[S], state: S, commits: Sequence[Commit]) -> Folded[S]:
    """The thing in the state that these commits, at least one, have brought it to."""
    first, last = commits[0], commits[-1]
    first_at, creator = (known.first_at, known.creator) if known.version else (first.at, first.actor)
    return replace(
        known,
        state=state,
        version=last.last,
        at=last.at,
        first_at=first_at,
        creator=creator,
        commits=(*known.commits, *commits),
    )


def encode(event: Any) -> Recorded:
    """An event as the log keeps it."""
    kind = type(event)
    return Recorded(kind.__name__, getattr(kind, "schema", 1), plain(event))


def plain(thing: Any) -> dict[str, Any]:
    """The fields of an event or state as plain data."""
    return {name: _thawed(getattr(thing, name)) for name in _field_names(type(thing))}


def made(kind: type[S], data: Mapping[str, Any]) -> S:
    """The event or state of this kind with these fields; those that are missing have their defaults."""
    return kind(**{name: _frozen(data[name]) for name in _field_names(kind) if name in data})


_NAMES: dict[type, tuple[str, ...]] = {}
_INDEX: dict[tuple[type, ...], dict[str, type]] = {}


def _field_names(kind: type) -> tuple[str, ...]:
    names = _NAMES.get(kind)
    if names is None:
        names = _NAMES[kind] = tuple(item.name for item in fields(kind))
    return names


def _by_name(events: tuple[type, ...]) -> dict[str, type]:
    index = _INDEX.get(events)
    if index is None:
        index = _INDEX[events] = {kind.__name__: kind for kind in events}
    return index


def _thawed(value: Any) -> Any:
    return [_thawed(item) for item in value] if isinstance(value, tuple) else value


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
