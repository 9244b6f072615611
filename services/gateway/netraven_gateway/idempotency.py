"""Idempotency-Key: a command that a client repeats because it does not know what became of it. Pure."""

from __future__ import annotations

import hashlib
import re
import secrets

from netraven_chassis.ids import derive_id
from netraven_contracts.errors import ValidationFailed

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def command_id(key: str | None, actor: str, method: str, path: str) -> str:
    """The command's id: the same for the same `key` of the same actor on the same route, else a new one.

    Raises ValidationFailed for a key that is empty, too long or not printable ASCII without blanks.
    """
    if key is None:
        return secrets.token_hex(12)
    if not _KEY.fullmatch(key):
        reason = "must be 1 to 255 printable ASCII characters without blanks"
        raise ValidationFailed(f"The {HEADER} header cannot be taken", {HEADER: [reason]})
    return derive_id("idempotency", actor, method, path, key)


def body_hash(body: bytes, query: str) -> str:
    """What tells two requests with the same key apart."""
    return hashlib.sha256(query.encode("latin-1", "replace") + b"\0" + body).hexdigest()[:32]


def echo(key: str) -> list[tuple[str, str]]:
    """The header that gives a usable key back; nothing for one that was refused."""
    return [(HEADER, key)] if _KEY.fullmatch(key) else []
