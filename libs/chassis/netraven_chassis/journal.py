"""The one write path: load, decide, reserve, append, project. The rules are the aggregates'.

All orders of one call go through together: one read, one batch of appends, one batch of view writes.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from bson import ObjectId

from netraven_chassis.aggregate import Aggregate, Folded, encode, followed
from netraven_chassis.clock import Clock
from netraven_chassis.combine import Combiner
from netraven_chassis.eventlog.appender import Appender, CommandSeen, Result, StreamMoved
from netraven_chassis.eventlog.commit import Commit, Context, Draft
from netraven_chassis.eventlog.log import EventLog
from netraven_chassis.histories import Histories
from netraven_chassis.plan import (
    Order,
    Outcome,
    Plan,
    answered_at,
    expected,
    final,
    first_answer,
    first_of_each_stream,
    outcome_of,
    taken,
)
from netraven_chassis.reservations import ClaimVoided, Reservations, Wish
from netraven_chassis.snapshots import Snapshots
from netraven_chassis.turns import Turns
from netraven_chassis.unchanged import Note, Unchanged, key
from netraven_contracts.errors import NetRavenError, NotFound, PreconditionFailed

PATIENCE = 3.0  # seconds that a command tries to get past those who want the same in other processes
TOGETHER = 200  # commands that share a round: more would make the first of them wait for the last


class Journal:
    """Carries out commands against the log of one service."""

    def __init__(
        self,
        log: EventLog,
        snapshots: Snapshots,
        appender: Appender,
        clock: Clock,
        project: Callable[[Sequence[tuple[Aggregate[Any], Folded[Any]]]], None],
        aggregates: Iterable[Aggregate[Any]] = (),
    ) -> None:
        self._log = log
        self._snapshots = snapshots
        self.histories = Histories(log, snapshots)
        self._appender = appender
        self._clock = clock
        self._project = project
        self._aggregates = {aggregate.name: aggregate for aggregate in aggregates}
        self._turns = Turns()
        self._combined: Combiner[Plan, Plan] = Combiner(self._once, TOGETHER)
        self.reservations: Reservations | None = None
        self.unchanged: Unchanged | None = None

    def load(self, aggregate: Aggregate[Any], ident: str) -> Folded[Any]:
        """The thing as it is now; version 0 when there is none."""
        return self.histories.now([(aggregate, ident)])[0]

    def handle(self, order: Order) -> Outcome:
        """Carry out one command; raises what `decide` raises, Conflict, PreconditionFailed or Unavailable.

        Commands that come at once go through together, and share their trips to the database.
        """
        plan = Plan(order)
        for _ in _tries():
            self._combined.do(plan)
            if plan.result is not None:
                break
        return outcome_of(final(plan))

    def handle_many(self, orders: Sequence[Order]) -> list[Outcome | NetRavenError]:
        """Carry out commands together; an outcome or an error for each, in the same order.

        Each stands alone: one that fails takes nothing with it. Several for one thing are done one after
        the other.
        """
        plans = [Plan(order) for order in orders]
        for _ in _tries():
            left = [plan for plan in plans if plan.result is None]
            if not left:
                break
            self._once(left)
        return [expected(final(plan)) for plan in plans]

    def _once(self, plans: Sequence[Plan]) -> Sequence[Plan]:
        """Try each plan once. Those that met another writer have no result yet."""
        left = list(plans)
        while left:
            now, left = first_of_each_stream(left)
            with self._turns.at(plan.order.stream for plan in now):
                self._round(now)
        return plans

    def _round(self, plans: list[Plan]) -> None:
        self._read(plans)
        self._decide_all(plans)
        drafted = [plan for plan in plans if plan.draft is not None and plan.result is None]
        self._reserve(drafted)
        drafted = [plan for plan in drafted if plan.result is None and plan.contested is None]
        results = self._appender.append([plan.draft for plan in drafted if plan.draft]) if drafted else []
        done = [plan for plan, result in zip(drafted, results, strict=True) if self._settle(plan, result)]
        if done:
            self._project([(plan.order.aggregate, plan.folded) for plan in done])
            self._release(done)
            self._snapshots.keep([(plan.order.aggregate, plan.folded) for plan in done])

    def _read(self, plans: Sequence[Plan]) -> None:
        """Every plan's thing as it is now; with all of its history where the command has come before."""
        found = self.histories.now([(plan.order.aggregate, plan.order.id) for plan in plans])
        for plan, folded in zip(plans, found, strict=True):
            plan.folded = folded
            if plan.seen and folded.since:
                self._read_whole(plan)

    def _read_whole(self, plan: Plan) -> None:
        plan.folded = self.histories.whole(plan.order.aggregate, plan.order.id)

    def _decide_all(self, plans: Sequence[Plan]) -> None:
        # A thing that is not there yet cannot have been left as it was.
        known = [plan.order for plan in plans if plan.folded.version]
        notes = self.unchanged.of(known) if self.unchanged is not None else {}
        for plan in plans:
            note = notes.get(key(plan.order))
            if note is not None and plan.folded.since:
                self._read_whole(plan)
            self._decide(plan, note)
        self._decide_again(plans, notes)
        results = [(plan.order, plan.result) for plan in plans if plan.folded.version]
        fresh = [(order, one) for order, one in results if isinstance(one, Outcome) and not one.repeated]
        if self.unchanged is not None:
            self.unchanged.note(fresh)

    def _decide_again(self, plans: Sequence[Plan], notes: Mapping[str, Note]) -> None:
        """A command with nothing to append may have come before, earlier than its history was read from. Of
        one with something the log's index tells when it is appended.
        """
        doubtful = {plan.order.stream: plan for plan in plans if plan.folded.since and plan.draft is None}
        commands = {stream: plan.order.context.command_id for stream, plan in doubtful.items()}
        for stream in self._log.commanded(commands):
            plan = doubtful[stream]
            self._read_whole(plan)
            self._decide(plan, notes.get(key(plan.order)))

    def _decide(self, plan: Plan, note: Note | None) -> None:
        order, folded = plan.order, plan.folded
        plan.draft, plan.contested = None, None
        try:
            plan.result = first_answer(order, folded) or _noted_answer(order, folded, note)
            if plan.result is not None:
                return
            plan.events = tuple(_decided(order, folded))
        except Exception as error:
            plan.result = error  # this command's alone: those who share the round go on
            return
        if not plan.events:
            plan.result = Outcome(order.id, folded.state, folded.version, folded.at)
            return
        self._draft(plan)

    def _draft(self, plan: Plan) -> None:
        order, folded = plan.order, plan.folded
        plan.state = folded.state
        for event in plan.events:
            plan.state = order.aggregate.evolve(plan.state, event)
        plan.draft = Draft(
            id=str(ObjectId()),
            stream=order.stream,
            first=folded.version + 1,
            events=tuple(encode(event) for event in plan.events),
            at=max(self._clock.now(), folded.at),
            context=order.context,
        )
        held, wanted = order.aggregate.unique(folded.state), order.aggregate.unique(plan.state)
        plan.claims = [(kind, value) for kind, value in wanted.items() if held.get(kind) != value]
        plan.freed = [(kind, value) for kind, value in held.items() if wanted.get(kind) != value]

    def _reserve(self, plans: Sequence[Plan]) -> None:
        wishes = {
            Wish(kind, value, plan.draft.stream, plan.draft.first, plan.draft.id): plan
            for plan in plans
            if plan.draft is not None
            for kind, value in plan.claims
        }
        if not wishes or self.reservations is None:
            return
        refused, undecided = self.reservations.take(list(wishes))
        for wish in undecided:
            wishes[wish].contested = wish
        for wish in refused:
            wishes[wish].result = taken(wishes[wish], wish)
        given_up = [wish for wish, plan in wishes.items() if plan.result is not None and wish not in refused]
        self.reservations.withdraw(given_up)

    def _settle(self, plan: Plan, result: Result) -> bool:
        """Note what the append came to; True when the plan's events are in the log now."""
        if isinstance(result, StreamMoved | CommandSeen):
            plan.seen = isinstance(result, CommandSeen)
            return False  # read again: the next round finds the other commit, or the first answer
        if isinstance(result, Exception):
            plan.result = result
            return False
        shown = plan.folded
        plan.folded = replace(followed(shown, plan.state, [result]), shown=shown)
        plan.result = Outcome(plan.order.id, plan.state, result.last, result.at, plan.events, result.position)
        return True

    def _release(self, done: Sequence[Plan]) -> None:
        freed = [
            Wish(kind, value, plan.order.stream, plan.folded.version, "")
            for plan in done
            for kind, value in plan.freed
        ]
        if freed and self.reservations is not None:
            self.reservations.release(freed)

    # What the reservations ask (reservations.Holders).

    def version_and_keys(self, stream: str) -> tuple[int, Mapping[str, str]]:
        """The stream's version and the unique keys that its state holds now."""
        name, ident = stream.split("-", 1)
        aggregate = self._aggregates[name]
        folded = self.load(aggregate, ident)
        return folded.version, aggregate.unique(folded.state)

    def void(self, stream: str, version: int, key: str) -> bool:
        """Append ClaimVoided after `version`; False when the stream has moved on."""
        context = Context({"id": "system", "name": "system"}, command_id=str(ObjectId()))
        draft = Draft(
            str(ObjectId()), stream, version + 1, (encode(ClaimVoided(key)),), self._clock.now(), context
        )
        result = self._appender.append([draft])[0]
        return isinstance(result, Commit)


def _noted_answer(order: Order, folded: Folded[Any], note: Note | None) -> Outcome | None:
    """The answer of a command that had nothing to change when it came first. Raises Conflict."""
    if note is None:
        return None
    then = answered_at(order, folded, note.body_hash, note.version)
    return Outcome(order.id, then.state, then.version, then.at, repeated=True)


def _decided(order: Order, folded: Folded[Any]) -> Sequence[Any]:
    """What the aggregate decides. What is not there comes before what has changed, and that before the
    rest.
    """
    seen = folded.version if order.if_match is None else order.if_match
    try:
        events: Sequence[Any] = order.aggregate.decide(folded.state, order.command)
    except NotFound:
        raise
    except NetRavenError:
        if seen == folded.version:
            raise
    if seen != folded.version:
        raise PreconditionFailed.stale(folded.version, seen)
    return events


def _tries() -> Iterator[int]:
    """Once, and then again and again with a pause in between. By time, not by number: whoever is in the
    way may have to wait for a busy machine.
    """
    until = time.monotonic() + PATIENCE
    for number in count(1):
        yield number
        if time.monotonic() >= until:
            return
        time.sleep(random.uniform(0, 0.005 * min(number, 20)))  # noqa: S311 - spreads retries
