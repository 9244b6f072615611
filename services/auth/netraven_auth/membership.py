"""Who counts as an admin: one history for all, so that of two demotions of the last two admins one must lose.

No clock, no database. Whoever is in here is an admin by their own history too, at any time, and never is
nobody in here: seats.py keeps to the order of writes that makes this true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from netraven_chassis.aggregate import Aggregate
from netraven_contracts.errors import Conflict

MEMBERS = "admins"
"""The one stream's id."""


@dataclass(frozen=True, slots=True)
class AdminGranted:
    """The user counts as an admin, being one at this version of their history."""

    user_id: str
    version: int


@dataclass(frozen=True, slots=True)
class AdminRevoked:
    """The user does not count any more, whatever their history said up to this version."""

    user_id: str
    version: int


@dataclass(frozen=True, slots=True)
class Membership:
    """The admins, and for each user who ever was to go the version up to which nothing counts."""

    admins: frozenset[str] = frozenset()
    fences: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class GrantAdmin:
    """Count the user, who is an admin at this version of their history."""

    user_id: str
    version: int


@dataclass(frozen=True, slots=True)
class RevokeAdmin:
    """Count the user no more, because this version of their history is to be followed by a demotion."""

    user_id: str
    version: int


Command = GrantAdmin | RevokeAdmin
Event = AdminGranted | AdminRevoked


def decide(members: Membership, command: Command) -> Sequence[Event]:
    """The events that follow; Conflict when nobody would be left."""
    counted = command.user_id in members.admins
    overtaken = command.version <= members.fences.get(command.user_id, 0)
    match command:
        case GrantAdmin(user_id, version):
            return [] if counted or overtaken else [AdminGranted(user_id, version)]
        case RevokeAdmin(user_id) if not members.admins - {user_id}:
            raise Conflict("this is the last admin; make another user an admin first")
        case RevokeAdmin(user_id, version):
            return [] if overtaken and not counted else [AdminRevoked(user_id, version)]


def evolve(members: Membership, event: object) -> Membership:
    """The membership after an event."""
    match event:
        case AdminGranted(user_id):
            return Membership(members.admins | {user_id}, members.fences)
        case AdminRevoked(user_id, version):
            fence = max(version, members.fences.get(user_id, 0))
            return Membership(members.admins - {user_id}, {**members.fences, user_id: fence})
    return members


MEMBERSHIP = Aggregate(
    name="membership",
    initial=Membership(),
    decide=decide,
    evolve=evolve,
    events=(AdminGranted, AdminRevoked),
)
