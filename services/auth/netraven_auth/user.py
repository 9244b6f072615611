"""A user: what may be asked of one and what then is true. No clock, no database, no password and no hash.

The name stays as it was given, so that a history goes on meaning the same person. Whether somebody may stop
being an admin is not for one user to decide: the membership is asked first (membership.py, seats.py).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from netraven_chassis.aggregate import Aggregate
from netraven_contracts.errors import Conflict, NotFound

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class UserCreated:
    """There is a new user; `password_id` names the row that keeps the hash of the password."""

    username: str
    role: str
    enabled: bool
    password_id: str


@dataclass(frozen=True, slots=True)
class UserRoleChanged:
    """The user may do other things from now on."""

    role: str


@dataclass(frozen=True, slots=True)
class UserEnabled:
    """The user may log in."""


@dataclass(frozen=True, slots=True)
class UserDisabled:
    """The user may not log in any more; the record and its history stay."""


@dataclass(frozen=True, slots=True)
class UserPasswordChanged:
    """The user has another password; `password_id` names the row that keeps its hash."""

    password_id: str


@dataclass(frozen=True, slots=True)
class AdminConfirmed:
    """The user is an admin as before. A demotion that was prepared before this is void (seats.py)."""


@dataclass(frozen=True, slots=True)
class User:
    """What the next decision asks. `epoch` grows with whatever ends the user's sessions."""

    username: str = ""
    role: str = ""
    enabled: bool = False
    password_id: str = ""
    epoch: int = 0

    @property
    def is_admin(self) -> bool:
        """Whether this user can do what only an admin can, now."""
        return self.enabled and self.role == ADMIN


@dataclass(frozen=True, slots=True)
class CreateUser:
    """Make a user."""

    username: str
    role: str
    enabled: bool
    password_id: str


@dataclass(frozen=True, slots=True)
class ChangeUser:
    """Change what is not None. `unseated`: the membership has agreed that this may unmake an admin."""

    role: str | None = None
    enabled: bool | None = None
    password_id: str | None = None
    unseated: bool = False


@dataclass(frozen=True, slots=True)
class ConfirmAdmin:
    """Say that an admin still is one, so that the membership can count on it."""


class AskMembership(Conflict):
    """The change unmakes an admin: ask the membership first."""


Command = CreateUser | ChangeUser | ConfirmAdmin
Event = UserCreated | UserRoleChanged | UserEnabled | UserDisabled | UserPasswordChanged | AdminConfirmed


def decide(user: User, command: Command) -> Sequence[Event]:
    """The events that follow from a command; Conflict, NotFound or AskMembership when it cannot be."""
    match command:
        case CreateUser() if user.username:
            raise Conflict("this user exists already")
        case CreateUser(username, role, enabled, password_id):
            return [UserCreated(username, role, enabled, password_id)]
        case _ if not user.username:
            raise NotFound("there is no such user")
        case ChangeUser():
            return _change(user, command)
        case ConfirmAdmin():
            return [AdminConfirmed()] if user.is_admin else []


def evolve(user: User, event: object) -> User:
    """The user after an event."""
    match event:
        case UserCreated(username, role, enabled, password_id):
            return replace(user, username=username, role=role, enabled=enabled, password_id=password_id)
        case UserRoleChanged(role):
            return replace(user, role=role)
        case UserEnabled():
            return replace(user, enabled=True)
        case UserDisabled():
            return replace(user, enabled=False, epoch=user.epoch + 1)
        case UserPasswordChanged(password_id):
            return replace(user, password_id=password_id, epoch=user.epoch + 1)
    return user  # a fact that we do not know yet never stops a replay


def name_key(username: str) -> str:
    """What makes two user names the same: neither case nor the way that a letter is composed counts."""
    return unicodedata.normalize("NFKC", username).casefold()


def _change(user: User, wanted: ChangeUser) -> Sequence[Event]:
    events: list[Event] = []
    if wanted.role not in (None, user.role):
        events.append(UserRoleChanged(str(wanted.role)))
    if wanted.enabled not in (None, user.enabled):
        events.append(UserEnabled() if wanted.enabled else UserDisabled())
    if wanted.password_id not in (None, user.password_id):
        events.append(UserPasswordChanged(str(wanted.password_id)))
    if user.is_admin and not reduce(evolve, events, user).is_admin and not wanted.unseated:
        raise AskMembership("whether this admin may go is decided by the membership")
    return events


def _unique(user: User) -> Mapping[str, str]:
    return {"username": name_key(user.username)} if user.username else {}


USER = Aggregate(
    name="user",
    initial=User(),
    decide=decide,
    evolve=evolve,
    events=(UserCreated, UserRoleChanged, UserEnabled, UserDisabled, UserPasswordChanged, AdminConfirmed),
    unique=_unique,
)
