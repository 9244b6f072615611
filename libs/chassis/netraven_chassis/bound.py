"""The store as one request sees it: every command carries who asked, why and under which id. No I/O of its
own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bson import ObjectId
from pymongo.collection import Collection
from pymongo.database import Database

from netraven_chassis.aggregate import Aggregate, Folded
from netraven_chassis.core import Core
from netraven_chassis.eventlog.commit import Context
from netraven_chassis.ids import derive_id
from netraven_chassis.plan import Order, Outcome, first_answer
from netraven_chassis.rebuilding import Rebuilding
from netraven_contracts.errors import NetRavenError

Command = tuple[Aggregate[Any], str, Any]


class BoundStore:
    """What a service's methods use: `self.store`."""

    def __init__(self, core: Core, context: Context, rebuilding: Rebuilding | None = None) -> None:
        self.core = core
        self.context = context
        self._rebuilding = rebuilding

    def handle(
        self, aggregate: Aggregate[Any], ident: str, command: Any, if_match: int | None = None
    ) -> Outcome:
        """Carry out a command for the thing `ident`.

        `if_match`: the version that the caller has seen, or None. Raises what the aggregate decides, its
        duplicate errors, Conflict, PreconditionFailed, and Unavailable when the outcome is not known in time.
        """
        return self.core.journal.handle(Order(aggregate, ident, command, self.context, if_match))

    def handle_many(self, commands: Sequence[Command]) -> list[Outcome | NetRavenError]:
        """Carry out commands together, each on its own; an outcome or an error for each, in the same
        order.
        """
        orders = [Order(aggregate, ident, command, self.context) for aggregate, ident, command in commands]
        return self.core.journal.handle_many(orders)

    def first_answer(self, aggregate: Aggregate[Any], ident: str) -> Outcome | None:
        """What this very command came to when it was carried out for `ident` before, None when it is new.

        For what has to be looked up before a command can be made, and may have changed since. Raises Conflict
        when the command id stands for another command.
        """
        return first_answer(Order(aggregate, ident, None, self.context), self.whole(aggregate, ident))

    def load(self, aggregate: Aggregate[Any], ident: str) -> Folded[Any]:
        """The thing as it is now; version 0 when there is none. Of a long history `commits` is the end."""
        return self.core.journal.load(aggregate, ident)

    def whole(self, aggregate: Aggregate[Any], ident: str) -> Folded[Any]:
        """The same with all commits of its history."""
        return self.core.journal.histories.whole(aggregate, ident)

    def collection(self, view: str) -> Collection[dict[str, Any]]:
        """The live generation of a view, to query."""
        return self.core.generations.collection(view)

    @property
    def database(self) -> Database[dict[str, Any]]:
        """The service's database, for what is neither log nor view."""
        return self.core.database

    def catch_up(self, source: str, through: int) -> None:
        """Take in another service's log until `through`, so that the views show what it has just done."""
        self.core.followers()[source].catch_up(through)

    @property
    def rebuilding(self) -> Rebuilding:
        """The rebuilds of this process."""
        if self._rebuilding is None:
            raise LookupError("a reaction does not rebuild")
        return self._rebuilding

    def new_id(self, salt: str = "") -> str:
        """The id of a thing that this command makes: the same again when the command is repeated.

        `salt` tells several things of one command apart.
        """
        return derive_id(self.core.service, self.context.command_id, salt)

    def now(self) -> int:
        """UTC milliseconds."""
        return self.core.clock.now()


def context_of(data: dict[str, Any]) -> Context:
    """The context in a request's headers; a command without an id gets one of its own."""
    actor = data.get("actor") or {"id": "system", "name": "system"}
    return Context(
        actor={"id": str(actor["id"]), "name": str(actor["name"])},
        command_id=data.get("command_id") or str(ObjectId()),
        request_id=data.get("request_id"),
        causation_id=data.get("causation_id"),
        body_hash=data.get("body_hash"),
    )


def reaction_context(
    service: str, source: str, log_id: str, position: int, request_id: str | None
) -> Context:
    """The context of a reaction to another service's event: repeated, it is the same command."""
    cause = f"{source}:{position}"
    return Context(
        actor={"id": service, "name": service},
        command_id=f"{source}:{log_id}:{position}:{service}",
        request_id=request_id,
        causation_id=cause,
    )
