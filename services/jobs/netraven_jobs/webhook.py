"""A webhook: who is to be told what by HTTP, and whether just now. No clock, no database, no HTTP, no secret:
of that, only the names of the vault's rows are known here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from netraven_chassis.aggregate import Aggregate
from netraven_contracts.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class WebhookCreated:
    """`url` is to be told of these events; `secret` names the row of the vault that signs."""

    name: str
    url: str
    events: tuple[str, ...]
    description: str | None
    enabled: bool
    secret: str


@dataclass(frozen=True, slots=True)
class WebhookRenamed:
    """It has another name."""

    name: str


@dataclass(frozen=True, slots=True)
class WebhookRedirected:
    """Another address is told."""

    url: str


@dataclass(frozen=True, slots=True)
class WebhookEventsChosen:
    """It is told of these events, and of no others."""

    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WebhookDescribed:
    """Its description reads differently."""

    description: str | None


@dataclass(frozen=True, slots=True)
class WebhookSwitched:
    """It is told, or left alone for now."""

    enabled: bool


@dataclass(frozen=True, slots=True)
class WebhookSecretReplaced:
    """Another row of the vault signs."""

    secret: str


@dataclass(frozen=True, slots=True)
class WebhookRemoved:
    """It is told nothing more; its name is free."""


@dataclass(frozen=True, slots=True)
class CreateWebhook:
    """Tell this address of these events."""

    name: str
    url: str
    events: tuple[str, ...]
    secret: str
    description: str | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class ChangeWebhook:
    """Make these fields so: name, url, events, description, enabled, secret."""

    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RemoveWebhook:
    """Tell it nothing more."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """What is true of a webhook."""

    life: Literal["none", "active", "removed"] = "none"
    name: str = ""
    url: str = ""
    events: tuple[str, ...] = ()
    description: str | None = None
    enabled: bool = True
    secret: str = ""


# The event that sets a field of the same name, in the order within a commit.
SETS: Mapping[str, type] = {
    "name": WebhookRenamed,
    "url": WebhookRedirected,
    "events": WebhookEventsChosen,
    "description": WebhookDescribed,
    "enabled": WebhookSwitched,
    "secret": WebhookSecretReplaced,
}


def decide(webhook: Webhook, command: Any) -> Sequence[Any]:
    """The events that follow from the command. Raises NotFound, Conflict."""
    match command:
        case CreateWebhook():
            if webhook.life != "none":
                raise Conflict("a webhook with this id exists already, or has existed")
            given = (command.name, command.url, command.events, command.description, command.enabled)
            return [WebhookCreated(*given, command.secret)]
        case ChangeWebhook(changes):
            there = _there(webhook)
            return [
                event(changes[name])
                for name, event in SETS.items()
                if name in changes and changes[name] != getattr(there, name)
            ]
        case RemoveWebhook():
            _there(webhook)
            return [WebhookRemoved()]
    raise TypeError(f"a webhook cannot {type(command).__name__}")


def _there(webhook: Webhook) -> Webhook:
    if webhook.life != "active":
        raise NotFound("there is no webhook with this id; it may have been removed")
    return webhook


def evolve(webhook: Webhook, event: Any) -> Webhook:
    """The webhook after the event; one that it does not know changes nothing."""
    match event:
        case WebhookCreated(name, url, events, description, enabled, secret):
            return Webhook("active", name, url, events, description, enabled, secret)
        case WebhookRemoved():
            return replace(webhook, life="removed")
    field = next((name for name, kind in SETS.items() if isinstance(event, kind)), None)
    return webhook if field is None else replace(webhook, **{field: getattr(event, field)})


def unique(webhook: Webhook) -> Mapping[str, str]:
    """What no other webhook may have: the name, whatever the case."""
    return {"webhook_name": webhook.name.casefold()} if webhook.life == "active" else {}


WEBHOOK: Aggregate[Webhook] = Aggregate(
    name="webhook",
    initial=Webhook(),
    decide=decide,
    evolve=evolve,
    events=(WebhookCreated, *SETS.values(), WebhookRemoved),
    unique=unique,
    held_in={"webhook_name": "name"},
)
