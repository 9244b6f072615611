"""A command on its way through the journal: what was asked, read, decided and what came of it. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from netraven_chassis.aggregate import Aggregate, Folded, fold_stream
from netraven_chassis.eventlog.commit import Context, Draft
from netraven_chassis.reservations import Wish
from netraven_contracts.errors import Conflict, NetRavenError, Unavailable


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
class Plan:
    """An order on its way: what was read, what was decided, what came of it. `seen`: the log has a commit of
    this command already.
    """

    order: Order
    folded: Folded[Any] = None  # type: ignore[assignment]
    events: tuple[Any, ...] = ()
    state: Any = None
    draft: Draft | None = None
    result: Outcome | Exception | None = None
    claims: list[tuple[str, str]] = field(default_factory=list)
    freed: list[tuple[str, str]] = field(default_factory=list)
    contested: Wish | None = None
    seen: bool = False


def first_of_each_stream(plans: list[Plan]) -> tuple[list[Plan], list[Plan]]:
    """The first plan of each stream, and those that must wait for it."""
    first: dict[str, Plan] = {}
    later: list[Plan] = []
    for plan in plans:
        if plan.order.stream in first:
            later.append(plan)
        else:
            first[plan.order.stream] = plan
    return list(first.values()), later


def first_answer(order: Order, folded: Folded[Any]) -> Outcome | None:
    """The answer that this command got when it came first, or None when it is new.

    Raises Conflict when the same id stands for another command.
    """
    seen = [commit for commit in folded.commits if commit.command_id == order.context.command_id]
    if not seen:
        return None
    commit, aggregate = seen[0], order.aggregate
    then = answered_at(order, folded, commit.body_hash, commit.last)
    events = tuple(aggregate.decode(item) for item in commit.events)
    return Outcome(order.id, then.state, then.version, then.at, events, commit.position, repeated=True)


def answered_at(order: Order, folded: Folded[Any], body_hash: str | None, version: int) -> Folded[Any]:
    """The thing as it was at `version`, when the command came first with this hash of its body.

    Raises Conflict when it stands for another command now.
    """
    if body_hash != order.context.body_hash:
        raise Conflict("this Idempotency-Key was used for another request; take a new one")
    earlier = [commit for commit in folded.commits if commit.last <= version]
    return fold_stream(order.aggregate, order.id, earlier)


def taken(plan: Plan, wish: Wish) -> NetRavenError:
    """The error that says that another thing holds what the plan wanted."""
    reason = f"{wish.value} is taken"
    aggregate = plan.order.aggregate
    return aggregate.duplicate(wish.kind)(reason, {aggregate.held_in.get(wish.kind, wish.kind): [reason]})


def final(plan: Plan) -> Outcome | Exception:
    """The plan's result; for one that never came through, why."""
    if plan.result is not None:
        return plan.result
    if plan.contested is not None:
        return taken(plan, plan.contested)  # by a command that is still under way, and was first
    return Unavailable(f"too many changes at once to {plan.order.id}; try again", {"retry_after": 1})


def expected(result: Outcome | Exception) -> Outcome | NetRavenError:
    """A result that callers of many commands get; anything else is raised."""
    if isinstance(result, Outcome | NetRavenError):
        return result
    raise result


def outcome_of(result: Outcome | Exception) -> Outcome:
    """The outcome, or its exception raised."""
    if isinstance(result, Outcome):
        return result
    raise result
