"""The order of writes that keeps an admin in the house, whoever is interrupted wherever."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from netraven_auth import seats
from netraven_auth.membership import MEMBERS, MEMBERSHIP
from netraven_auth.seats import Do, Load
from netraven_auth.user import USER, ChangeUser, CreateUser
from netraven_chassis.aggregate import Folded
from netraven_chassis.plan import Outcome
from netraven_contracts.errors import Conflict, NetRavenError, PreconditionFailed


@dataclass
class World:
    """Histories in memory, one write at a time: what the journal does with a command, and no more."""

    streams: dict[str, list[Any]] = field(default_factory=dict)
    seen: dict[tuple[str, str], Outcome] = field(default_factory=dict)

    def load(self, aggregate: Any, ident: str) -> Folded[Any]:
        events = self.streams.get(aggregate.stream(ident), [])
        state = aggregate.initial
        for event in events:
            state = aggregate.evolve(state, event)
        return Folded(ident, state, len(events), 0, 0, ())

    def do(self, ask: Do, command_id: str) -> Outcome:
        stream = ask.aggregate.stream(ask.id)
        if (command_id, stream) in self.seen:
            return self.seen[command_id, stream]
        folded = self.load(ask.aggregate, ask.id)
        if ask.if_match not in (None, folded.version):
            raise PreconditionFailed("moved")
        events = list(ask.aggregate.decide(folded.state, ask.command))
        if not events:
            return Outcome(ask.id, folded.state, folded.version, 0)
        self.streams.setdefault(stream, []).extend(events)
        after = self.load(ask.aggregate, ask.id)
        self.seen[command_id, stream] = Outcome(ask.id, after.state, after.version, 0, tuple(events), 1)
        return self.seen[command_id, stream]

    def steps(self, flow: Generator[Load | Do, Any, Any], command_id: str) -> Iterator[str]:
        """Run a flow, stopping after each thing it does; the last word is how it ended."""
        try:
            ask = next(flow)
            while True:
                try:
                    if isinstance(ask, Load):
                        answer: Any = self.load(ask.aggregate, ask.id)
                    else:
                        answer = self.do(ask, command_id + ask.step)
                except NetRavenError as error:
                    yield "went on"
                    ask = flow.throw(error)
                else:
                    yield "went on"
                    ask = flow.send(answer)
        except StopIteration:
            yield "done"
        except NetRavenError as error:
            yield type(error).__name__

    def run(self, flow: Generator[Load | Do, Any, Any], command_id: str) -> str:
        return list(self.steps(flow, command_id))[-1]

    @property
    def counted(self) -> set[str]:
        return set(self.load(MEMBERSHIP, MEMBERS).state.admins)

    @property
    def admins(self) -> set[str]:
        people = [stream.split("-", 1)[1] for stream in self.streams if stream.startswith("user-")]
        return {ident for ident in people if self.load(USER, ident).state.is_admin}


@pytest.fixture
def world() -> World:
    return populated()


def populated() -> World:
    """An admin a, an admin b, a viewer c."""
    made = World()
    for ident, role in (("a", "admin"), ("b", "admin"), ("c", "viewer")):
        assert made.run(seats.create(ident, CreateUser(ident, role, True, "p")), f"create {ident}") == "done"
    return made


def test_whoever_is_created_as_an_admin_counts(world: World) -> None:
    assert world.counted == world.admins == {"a", "b"}


def test_a_promotion_counts_and_a_demotion_does_not_any_more(world: World) -> None:
    assert world.run(seats.change("c", ChangeUser("admin")), "1") == "done"
    assert world.counted == world.admins == {"a", "b", "c"}
    assert world.run(seats.change("c", ChangeUser(enabled=False)), "2") == "done"
    assert world.run(seats.change("a", ChangeUser("operator")), "3") == "done"
    assert world.counted == world.admins == {"b"}


@pytest.mark.parametrize(
    "change", [ChangeUser("viewer"), ChangeUser(enabled=False), ChangeUser("viewer", False)]
)
def test_the_last_admin_can_be_neither_demoted_nor_disabled(world: World, change: ChangeUser) -> None:
    world.run(seats.change("b", ChangeUser("viewer")), "1")
    assert world.run(seats.change("a", change), "2") == "Conflict"
    assert world.counted == world.admins == {"a"}


def test_a_stale_version_demotes_nobody(world: World) -> None:
    assert world.run(seats.change("a", ChangeUser("viewer"), if_match=7), "1") == "PreconditionFailed"
    assert world.counted == world.admins == {"a", "b"}


def test_a_repeated_demotion_is_the_first_one_even_when_the_user_is_back(world: World) -> None:
    world.run(seats.change("a", ChangeUser("viewer")), "1")
    world.run(seats.change("a", ChangeUser("admin")), "2")
    assert world.run(seats.change("a", ChangeUser("viewer")), "1") == "done"
    assert world.counted == world.admins == {"a", "b"}


def test_an_interrupted_promotion_is_counted_later(world: World) -> None:
    next(world.steps(seats.change("c", ChangeUser("admin")), "1"))
    assert (world.admins, world.counted) == ({"a", "b", "c"}, {"a", "b"})
    assert world.run(seats.recount("c"), "2") == "done"
    assert world.counted == {"a", "b", "c"}


def test_an_interrupted_demotion_is_either_finished_or_undone(world: World) -> None:
    demotion = world.steps(seats.change("a", ChangeUser("viewer")), "1")
    while world.counted == {"a", "b"}:
        next(demotion)
    assert (world.admins, world.counted) == ({"a", "b"}, {"b"})
    assert world.run(seats.recount("a"), "2") == "done"
    assert world.counted == {"a", "b"}
    assert list(demotion)[-1] == "done"  # it only was slow: it sees the other version and asks again
    assert world.counted == world.admins == {"b"}


def test_recounting_who_is_no_admin_changes_nothing(world: World) -> None:
    assert world.run(seats.recount("c"), "1") == "done"
    assert world.counted == world.admins == {"a", "b"}


def test_two_demotions_of_the_last_two_admins_at_once_let_one_win(world: World) -> None:
    one = world.steps(seats.change("a", ChangeUser("viewer")), "1")
    other = world.steps(seats.change("b", ChangeUser("viewer")), "2")
    ends = [[*zip(one, other, strict=False)], list(one), list(other)]
    assert len(world.admins) == 1, ends


PEOPLE = some.sampled_from("abc")
CHANGES = some.builds(
    ChangeUser, some.sampled_from([None, "admin", "viewer"]), some.sampled_from([None, True, False])
)
FLOWS = some.tuples(PEOPLE, CHANGES) | some.tuples(PEOPLE, some.none())


@settings(max_examples=200, deadline=None)
@given(some.lists(FLOWS, min_size=2, max_size=6), some.data())
def test_in_any_order_and_with_any_crash_whoever_counts_is_an_admin(
    asked: list[tuple[str, ChangeUser | None]], data: some.DataObject
) -> None:
    world = populated()
    running = {
        number: world.steps(seats.recount(who) if what is None else seats.change(who, what), f"#{number}")
        for number, (who, what) in enumerate(asked)
    }
    while running:
        turn = data.draw(some.sampled_from(sorted(running)))
        if data.draw(some.integers(0, 9)) == 0 or next(running[turn], "over") != "went on":
            del running[turn]
        assert world.counted <= world.admins
        assert world.counted
    for ident in "abc":
        world.run(seats.recount(ident), f"mend {ident}")
    assert world.counted == world.admins


def test_somebody_who_is_changed_over_and_over_is_left_alone_after_a_while(world: World) -> None:
    flow = world.steps(seats.change("a", ChangeUser("viewer")), "1")
    ends = []
    for number, step in enumerate(flow):
        ends.append(step)
        world.do(Do(USER, "a", ChangeUser(password_id=f"p{number}")), f"other {number}")
    assert ends[-1] == "Unavailable"
    with pytest.raises(Conflict):  # and no step of it unmade an admin without leave
        USER.decide(world.load(USER, "a").state, ChangeUser("viewer"))
