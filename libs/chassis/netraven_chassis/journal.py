"""The one write path: load, decide, reserve, append, project. The rules are the aggregates'.

All orders of one call go through together: one read, one batch of appends, one batch of view writes.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId

from netraven_chassis.aggregate import Aggregate, Folded, encode, fold_stream
from netraven_chassis.clock import Clock
from netraven_chassis.eventlog.appender import Appender, CommandSeen, Result, StreamMoved
from netraven_chassis.eventlog.commit import Commit, Context, Draft
from netraven_chassis.eventlog.log import EventLog
from netraven_chassis.reservations import ClaimVoided, Reservations, Wish
from netraven_chassis.turns import Turns
from netraven_contracts.errors import Conflict, NetRavenError, PreconditionFailed, Unavailable

TRIES = 30  # of one command against writers of the same stream in other processes


@dataclass(frozen=True, slots=True)
class Order:
    """A command for one thing; `if_match` is the version that the caller has seen, or None."""

    aggregate: Aggregate[Any]
    id: str
    command: Any
    context: Context
    if_match: int | None = None

    @property
    def stream(self) -> str:
        """The stream that the command is for."""
        return self.aggregate.stream(self.id)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command.

    `state` and `version` are the thing's after it, `events` what it made (none: nothing to do), `position`
    where the log has them (0: nowhere). `repeated`: the command had been carried out before, this is its
    first answer.
    """

    id: str
    state: Any
    version: int
    at: int
    events: tuple[Any, ...] = ()
    position: int = 0
    repeated: bool = False


@dataclass(slots=True, eq=False)
class _Plan:
    """An order on its way: what was read, what was decided, what came of it."""

    order: Order
    folded: Folded[Any] = None  # type: ignore[assignment]
    events: tuple[Any, ...] = ()
    state: Any = None
    draft: Draft | None = None
    result: Outcome | NetRavenError | None = None
    claims: list[tuple[str, str]] = field(default_factory=list)
    freed: list[tuple[str, str]] = field(default_factory=list)
    commit: Commit | None = None


class Journal:
    """Carries out commands against the log of one service."""

    def __init__(
        self,
        log: EventLog,
        appender: Appender,
        clock: Clock,
        project: Callable[[Sequence[tuple[Aggregate[Any], Folded[Any]]]], None],
        aggregates: Iterable[Aggregate[Any]] = (),
    ) -> None:
        self._log = log
        self._appender = appender
        self._clock = clock
        self._project = project
        self._aggregates = {aggregate.name: aggregate for aggregate in aggregates}
        self._turns = Turns()
        self.reservations: Reservations | None = None

    def load(self, aggregate: Aggregate[Any], ident: str) -> Folded[Any]:
        """The thing as its whole history makes it; version 0 when there is none."""
        return fold_stream(aggregate, ident, self._log.stream(aggregate.stream(ident)))

    def handle(self, order: Order) -> Outcome:
        """Carry out one command; raises what `decide` raises, Conflict, PreconditionFailed or Unavailable."""
        result = self.handle_many([order])[0]
        if isinstance(result, NetRavenError):
            raise result
        return result

    def handle_many(self, orders: Sequence[Order]) -> list[Outcome | NetRavenError]:
        """Carry out commands together; an outcome or an error for each, in the same order.

        Each stands alone: one that fails takes nothing with it. Several for one thing are done one after
        the other.
        """
        plans = [_Plan(order) for order in orders]
        for attempt in range(TRIES):
            left = [plan for plan in plans if plan.result is None]
            if not left:
                break
            if attempt:
                time.sleep(random.uniform(0, 0.005 * min(attempt, 10)))  # noqa: S311 - spreads retries
            while left:
                now, left = _first_of_each_stream(left)
                with self._turns.at(plan.order.stream for plan in now):
                    self._round(now)
        return [plan.result if plan.result is not None else _too_busy(plan.order) for plan in plans]

    def _round(self, plans: list[_Plan]) -> None:
        streams = self._log.streams([plan.order.stream for plan in plans])
        for plan in plans:
            plan.folded = fold_stream(plan.order.aggregate, plan.order.id, streams[plan.order.stream])
            self._decide(plan)
        drafted = [plan for plan in plans if plan.draft is not None and plan.result is None]
        self._reserve(drafted)
        drafted = [plan for plan in drafted if plan.result is None]
        results = self._appender.append([plan.draft for plan in drafted if plan.draft]) if drafted else []
        done = [plan for plan, result in zip(drafted, results, strict=True) if self._settle(plan, result)]
        if done:
            self._project([(plan.order.aggregate, plan.folded) for plan in done])
            self._release(done)

    def _decide(self, plan: _Plan) -> None:
        order, folded = plan.order, plan.folded
        plan.draft = None
        try:
            plan.result = _first_answer(order, folded)
            if plan.result is not None:
                return
            if order.if_match is not None and order.if_match != folded.version:
                raise PreconditionFailed(
                    f"this is version {folded.version} now, not {order.if_match}; read it again"
                )
            plan.events = tuple(order.aggregate.decide(folded.state, order.command))
        except NetRavenError as error:
            plan.result = error
            return
        if not plan.events:
            plan.result = Outcome(order.id, folded.state, folded.version, folded.at)
            return
        self._draft(plan)

    def _draft(self, plan: _Plan) -> None:
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

    def _reserve(self, plans: Sequence[_Plan]) -> None:
        wishes = {
            Wish(kind, value, plan.draft.stream, plan.draft.first, plan.draft.id): plan
            for plan in plans
            if plan.draft is not None
            for kind, value in plan.claims
        }
        if not wishes or self.reservations is None:
            return
        refused = self.reservations.take(list(wishes))
        for wish in refused:
            duplicate = wishes[wish].order.aggregate.duplicate(wish.kind)
            wishes[wish].result = duplicate(f"{wish.value} is taken", {wish.kind: [f"{wish.value} is taken"]})
        given_up = [wish for wish, plan in wishes.items() if plan.result is not None and wish not in refused]
        self.reservations.withdraw(given_up)

    def _settle(self, plan: _Plan, result: Result) -> bool:
        """Note what the append came to; True when the plan's events are in the log now."""
        if isinstance(result, StreamMoved | CommandSeen):
            return False  # read again: the next round finds the other commit, or the first answer
        if isinstance(result, NetRavenError):
            plan.result = result
            return False
        if isinstance(result, Exception):
            raise result
        commits = (*plan.folded.commits, result)
        plan.folded = Folded(plan.order.id, plan.state, result.last, result.at, commits[0].at, commits)
        plan.result = Outcome(plan.order.id, plan.state, result.last, result.at, plan.events, result.position)
        return True

    def _release(self, done: Sequence[_Plan]) -> None:
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
        folded = fold_stream(aggregate, ident, self._log.stream(stream))
        return folded.version, aggregate.unique(folded.state)

    def void(self, stream: str, version: int, key: str) -> bool:
        """Append ClaimVoided after `version`; False when the stream has moved on."""
        context = Context({"id": "system", "name": "system"}, command_id=str(ObjectId()))
        draft = Draft(
            str(ObjectId()), stream, version + 1, (encode(ClaimVoided(key)),), self._clock.now(), context
        )
        result = self._appender.append([draft])[0]
        return isinstance(result, Commit)


def _first_of_each_stream(plans: list[_Plan]) -> tuple[list[_Plan], list[_Plan]]:
    first: dict[str, _Plan] = {}
    later: list[_Plan] = []
    for plan in plans:
        if plan.order.stream in first:
            later.append(plan)
        else:
            first[plan.order.stream] = plan
    return list(first.values()), later


def _first_answer(order: Order, folded: Folded[Any]) -> Outcome | None:
    """The answer that this command got when it came first, or None when it is new.

    Raises Conflict when the same id stands for another command.
    """
    seen = [commit for commit in folded.commits if commit.command_id == order.context.command_id]
    if not seen:
        return None
    commit, aggregate = seen[0], order.aggregate
    if commit.body_hash != order.context.body_hash:
        raise Conflict("this Idempotency-Key was used for another request; take a new one")
    then = fold_stream(
        aggregate, order.id, [earlier for earlier in folded.commits if earlier.last <= commit.last]
    )
    events = tuple(aggregate.decode(item) for item in commit.events)
    return Outcome(order.id, then.state, then.version, then.at, events, commit.position, repeated=True)


def _too_busy(order: Order) -> NetRavenError:
    return Unavailable(f"too many changes at once to {order.id}; try again", {"retry_after": 1})
