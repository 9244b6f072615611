"""What is shown of credentials: a document for each, without its secret. No decisions."""

from __future__ import annotations

from typing import Any

from pymongo import IndexModel

from netraven_chassis.aggregate import Folded
from netraven_chassis.views import Writer
from netraven_devices.credential import Credential

VIEW = "credentials"
INDEXES = (IndexModel([("live", 1), ("key", 1)]),)


def put_credential(writer: Writer, folded: Folded[Credential]) -> None:
    """The credential as its history makes it, or hidden when it is removed."""
    if folded.state.life == "removed":
        writer.drop(VIEW, folded.id, folded.version)
    elif folded.state.life == "active":
        writer.put(VIEW, folded.id, folded.version, credential_fields(folded))


def credential_fields(folded: Folded[Credential]) -> dict[str, Any]:
    """The fields of a credential's document; `rows` names its versions' rows in the vault."""
    credential = folded.state
    return {
        "name": credential.name,
        "key": credential.name.casefold(),
        "username": credential.username,
        "method": credential.method,
        "priority": credential.priority,
        "tags": list(credential.tags),
        "description": credential.description,
        "rows": list(credential.secrets),
        "secret_version": credential.number,
        "created_at": folded.first_at,
        "updated_at": folded.at,
        "version": folded.version,
    }
