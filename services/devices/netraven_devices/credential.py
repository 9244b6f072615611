"""A credential: what may be asked of it and what then is true. No secret, no clock, no database, no queue.

The secret lies sealed in the vault, a row for each version; here a version is only the name of its row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from netraven_chassis.aggregate import Aggregate
from netraven_contracts.errors import Conflict, DuplicateName, NotFound


@dataclass(frozen=True, slots=True)
class CredentialCreated:
    """A credential is there; `secret` names the vault's row with version 1."""

    name: str
    username: str
    method: str
    priority: int
    tags: tuple[str, ...]
    description: str | None
    secret: str


@dataclass(frozen=True, slots=True)
class CredentialRenamed:
    """It has another name."""

    name: str


@dataclass(frozen=True, slots=True)
class CredentialUsernameSet:
    """It logs in under another name."""

    username: str


@dataclass(frozen=True, slots=True)
class CredentialMethodSet:
    """It is for another method."""

    method: str


@dataclass(frozen=True, slots=True)
class CredentialPrioritySet:
    """It is tried earlier or later."""

    priority: int


@dataclass(frozen=True, slots=True)
class CredentialTagsSet:
    """It is for devices with these tags; none: for any."""

    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CredentialDescribed:
    """It has another description."""

    description: str | None


@dataclass(frozen=True, slots=True)
class CredentialSecretReplaced:
    """It has a new secret, version `number`; `secret` names the vault's row."""

    number: int
    secret: str


@dataclass(frozen=True, slots=True)
class CredentialRolledBack:
    """An earlier version of its secret is in force again."""

    number: int


@dataclass(frozen=True, slots=True)
class CredentialRemoved:
    """It is gone, and all versions of its secret with it."""


@dataclass(frozen=True, slots=True)
class CreateCredential:
    """Make a credential whose sealed secret lies in the row `secret`."""

    name: str
    username: str
    method: str
    secret: str
    priority: int = 100
    tags: tuple[str, ...] = ()
    description: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeCredential:
    """Make these fields so; `secret`, when there is one, names the row of a new version."""

    changes: Mapping[str, Any]
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class UntagCredential:
    """Take this tag away from it, unless it has no other: without any it would be for every device."""

    tag_id: str


@dataclass(frozen=True, slots=True)
class RollBackCredential:
    """Go back to version `number`; to the one before when none is named."""

    number: int | None = None


@dataclass(frozen=True, slots=True)
class RemoveCredential:
    """Delete it."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What is true of a credential. `secrets` are the rows of its versions, the first one first; `number` is
    the version in force, from 1.
    """

    life: Literal["none", "active", "removed"] = "none"
    name: str = ""
    username: str = ""
    method: str = ""
    priority: int = 100
    tags: tuple[str, ...] = ()
    description: str | None = None
    secrets: tuple[str, ...] = ()
    number: int = 0


SETS: Mapping[str, type] = {
    "name": CredentialRenamed,
    "username": CredentialUsernameSet,
    "method": CredentialMethodSet,
    "priority": CredentialPrioritySet,
    "tags": CredentialTagsSet,
    "description": CredentialDescribed,
}


def decide(credential: Credential, command: Any) -> Sequence[Any]:
    """The events that follow from the command. Raises NotFound, Conflict, or TypeError for a stranger."""
    match command:
        case CreateCredential():
            return _create(credential, command)
        case ChangeCredential():
            return _change(_there(credential), command)
        case UntagCredential(tag_id):
            return _untag(_there(credential), tag_id)
        case RollBackCredential(number):
            return _roll_back(_there(credential), number)
        case RemoveCredential():
            _there(credential)
            return [CredentialRemoved()]
    raise TypeError(f"a credential cannot {type(command).__name__}")


def _there(credential: Credential) -> Credential:
    if credential.life != "active":
        raise NotFound("there is no credential with this id; it may have been deleted")
    return credential


def _create(credential: Credential, new: CreateCredential) -> Sequence[Any]:
    if credential.life != "none":
        raise Conflict("a credential with this id exists already, or has existed")
    return [
        CredentialCreated(
            new.name, new.username, new.method, new.priority, new.tags, new.description, new.secret
        )
    ]


def _change(credential: Credential, command: ChangeCredential) -> Sequence[Any]:
    events: list[Any] = []
    for name, event in SETS.items():
        if name not in command.changes:
            continue
        wanted = command.changes[name]
        value = tuple(wanted) if name == "tags" else wanted
        if value != getattr(credential, name):
            events.append(event(value))
    if command.secret is not None:
        events.append(CredentialSecretReplaced(len(credential.secrets) + 1, command.secret))
    return events


def _untag(credential: Credential, tag_id: str) -> Sequence[Any]:
    left = tuple(tag for tag in credential.tags if tag != tag_id)
    if not left and credential.tags:
        raise Conflict(
            f"the credential {credential.name} has no other tag, and without any it would be tried on every "
            "device; give it another tag, or delete it"
        )
    return [] if left == credential.tags else [CredentialTagsSet(left)]


def _roll_back(credential: Credential, number: int | None) -> Sequence[Any]:
    wanted = credential.number - 1 if number is None else number
    if not 1 <= wanted <= len(credential.secrets):
        known = f"versions 1 to {len(credential.secrets)} are kept"
        raise Conflict(f"there is no such version of the secret; {known}")
    return [] if wanted == credential.number else [CredentialRolledBack(wanted)]


def evolve(credential: Credential, event: Any) -> Credential:
    """The credential after the event; one that it does not know changes nothing."""
    match event:
        case CredentialCreated(name, username, method, priority, tags, description, secret):
            return Credential(
                "active", name, username, method, priority, tags, description, (secret,), number=1
            )
        case CredentialSecretReplaced(number, secret):
            return replace(credential, secrets=(*credential.secrets, secret), number=number)
        case CredentialRolledBack(number):
            return replace(credential, number=number)
        case CredentialRemoved():
            return replace(credential, life="removed")
    for name, kind in SETS.items():
        if isinstance(event, kind):
            return replace(credential, **{name: getattr(event, name)})
    return credential


def unique(credential: Credential) -> Mapping[str, str]:
    """What no other credential may have: the name, whatever its case. Tags have names too, hence the kind."""
    return {"credential_name": credential.name.casefold()} if credential.life == "active" else {}


CREDENTIAL: Aggregate[Credential] = Aggregate(
    name="credential",
    initial=Credential(),
    decide=decide,
    evolve=evolve,
    events=(
        CredentialCreated,
        *SETS.values(),
        CredentialSecretReplaced,
        CredentialRolledBack,
        CredentialRemoved,
    ),
    unique=unique,
    duplicates={"credential_name": DuplicateName},
    held_in={"credential_name": "name"},
)
