"""In which order a user's history and the membership are written, so that there always is an admin.

A promotion writes the user first and the membership then; a demotion the membership first, with the version
of the user that it has seen, and then the user at exactly this version. So whoever is counted is an admin in
truth, also after a crash between the two writes: that leaves an admin who is not counted; `recount` mends it.

No I/O: a flow says what to load and what to do and is sent the result, by `perform` in accounts.py.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

from netraven_auth.membership import MEMBERS, MEMBERSHIP, GrantAdmin, RevokeAdmin
from netraven_auth.user import USER, AskMembership, ChangeUser, ConfirmAdmin, CreateUser
from netraven_chassis.aggregate import Aggregate, Folded
from netraven_chassis.plan import Outcome
from netraven_contracts.errors import PreconditionFailed, Unavailable

TRIES = 8


@dataclass(frozen=True, slots=True)
class Load:
    """Fetch a thing; a Folded is sent back."""

    aggregate: Aggregate[Any]
    id: str


@dataclass(frozen=True, slots=True)
class Do:
    """Carry out a command; an Outcome is sent back, or its error thrown in.

    A flow does several things for one command: `step` tells their ids apart, and the same step again is the
    same command.
    """

    aggregate: Aggregate[Any]
    id: str
    command: Any
    if_match: int | None = None
    step: str = ""


Flow = Generator[Load | Do, Any, Outcome]


def create(user_id: str, command: CreateUser) -> Flow:
    """Make a user."""
    outcome: Outcome = yield Do(USER, user_id, command)
    yield from _count(outcome)
    return outcome


def change(user_id: str, command: ChangeUser, if_match: int | None = None) -> Flow:
    """Change a user. Conflict: it is the last admin; PreconditionFailed: `if_match` is not the version."""
    for _ in range(TRIES):
        outcome: Outcome | None
        try:
            outcome = yield Do(USER, user_id, command, if_match)
        except AskMembership:
            outcome = yield from _demote(user_id, command, if_match)
        if outcome is not None:
            yield from _count(outcome)
            return outcome
    raise Unavailable("this user is being changed by others; try again", {"retry_after": 1})


def recount(user_id: str) -> Generator[Load | Do, Any, None]:
    """Count a user who is an admin and is not counted, because somebody stopped half-way."""
    folded: Folded[Any] = yield Load(USER, user_id)
    if not folded.state.is_admin:
        return
    grant = GrantAdmin(user_id, folded.version)
    counted: Outcome = yield Do(MEMBERSHIP, MEMBERS, grant, step=f"+{folded.version}")
    if user_id not in counted.state.admins:
        # A demotion was prepared at this version. Another version voids it, should it still come.
        outcome: Outcome = yield Do(USER, user_id, ConfirmAdmin(), step=f"!{folded.version}")
        yield from _count(outcome)


def _demote(
    user_id: str, command: ChangeUser, if_match: int | None
) -> Generator[Load | Do, Any, Outcome | None]:
    """Change the user with the membership's leave; None when the user has changed meanwhile."""
    folded: Folded[Any] = yield Load(USER, user_id)
    if if_match not in (None, folded.version) or not folded.state.is_admin:
        return None
    revoke = RevokeAdmin(user_id, folded.version)
    yield Do(MEMBERSHIP, MEMBERS, revoke, step=f"-{folded.version}")
    try:
        outcome: Outcome = yield Do(USER, user_id, replace(command, unseated=True), folded.version)
    except PreconditionFailed:
        return None
    return outcome


def _count(outcome: Outcome) -> Generator[Load | Do, Any, None]:
    if outcome.state.is_admin:
        grant = GrantAdmin(outcome.id, outcome.version)
        yield Do(MEMBERSHIP, MEMBERS, grant, step=f"+{outcome.version}")
