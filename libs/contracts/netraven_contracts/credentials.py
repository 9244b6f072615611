"""What is said about credentials: bodies, answers, filters. The secret comes in and never goes out.

No rules about them, and no sealing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from netraven_contracts.auth import LONGEST_SECRET, Secret
from netraven_contracts.body import Body, Filters
from netraven_contracts.fields import Choice, Moment, ObjectId, Text, Whole
from netraven_contracts.secret_bodies import OneSecret, SomeSecret
from netraven_contracts.tags import TagWord

METHODS = ("ssh", "snmp", "api")
ATTEMPTS_KEPT_DAYS = 90  # log-ins; rates and windows count those of this long
_MOMENT = "2026-01-02T03:04:05.678Z"
_LONGEST_SEALED = 65_536
# What a secret may consist of, and how many characters of each.
PARTS = {"password": LONGEST_SECRET, "enable": LONGEST_SECRET, "private_key": 16_384, "passphrase": 1024}
# Which parts go with which.
_PAIRS = (("password", "enable"), ("private_key", "passphrase"))
# Its public half, or a PuTTY key, is what people paste by mistake; it would show with the first job only.
KEY_FILE = re.compile(r"\s*-----BEGIN [A-Z ]*PRIVATE KEY-----")
_UNITS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}


class SecretParts(Secret):
    """A password as a text, or an object: {password, enable} or {private_key, passphrase}.

    Loads to the object. No error repeats anything of it.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = []
        self.metadata = {**self.metadata, "type": ["string", "object"]}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        parts = {"password": value} if isinstance(value, str) else value
        if not isinstance(parts, Mapping) or not parts:
            raise ValidationError("must be a text, or an object with password or private_key")
        if set(parts) - set(PARTS):
            raise ValidationError(f"may have {', '.join(PARTS)} and nothing else")
        if any(not isinstance(part, str) or not part for part in parts.values()):
            raise ValidationError("must have texts that are not empty")
        if any(len(part) > PARTS[name] for name, part in parts.items()):
            raise ValidationError("is too long")
        if not any(needed in parts and set(parts) <= {needed, extra} for needed, extra in _PAIRS):
            raise ValidationError("must be password with or without enable, or private_key and passphrase")
        if not KEY_FILE.match(parts.get("private_key", "-----BEGIN PRIVATE KEY-----")):
            raise ValidationError(
                "private_key must be the text of its file, from -----BEGIN … PRIVATE KEY on"
            )
        return dict(parts)


class Sealed(Secret):
    """A secret as a compact JWE for the key of GET /credentials/key; sealed is the JSON of its parts."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = [
            validate.Length(1, error="is empty; leave it out otherwise"),
            validate.Length(max=_LONGEST_SEALED, error="is too long"),
        ]
        self.metadata = {**self.metadata, "maxLength": _LONGEST_SEALED}


class Window(Text):
    """A time span as people write it, 24h; loads to milliseconds."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        match = re.fullmatch(r"([1-9][0-9]{0,4})([mhd])", text)
        if match is None:
            raise ValidationError("must be a number of minutes, hours or days such as 30m, 24h or 7d")
        return int(match[1]) * _UNITS[match[2]]


def _told(description: str, example: Any = None) -> dict[str, Any]:
    return {"description": description, **({} if example is None else {"example": example})}


class CredentialChanges(OneSecret, Body):
    """PATCH /credentials/{id}: any subset. A new secret becomes the next version."""

    name = Text(longest=100, metadata=_told("Unique, whatever the case.", "core-ro"))
    username = Text(longest=100, metadata=_told("Logs in under this name.", "netops"))
    method = Choice(METHODS, metadata=_told("What it is for. Jobs log in with `ssh` alone.", "ssh"))
    priority = Whole(1, 1000, metadata=_told("Lower is tried first.", 100))
    tags = fields.List(
        TagWord(), metadata=_told("For devices with one of these tags; none: for any.", ["core"])
    )
    description = Text(longest=500, allow_none=True, metadata=_told("For people."))
    secret = SecretParts(metadata=_told("In clear, over TLS only; sealed at once."))
    encrypted_secret = Sealed(metadata=_told("Sealed by the client: never in clear on the way."))
    id = ObjectId(dump_only=True, metadata=_told("Given by the API."))
    secret_version = fields.Integer(dump_only=True, metadata=_told("In force now.", 1))
    secret_versions = fields.Integer(dump_only=True, metadata=_told("How many are kept.", 1))
    success_rate = fields.Float(
        dump_only=True,
        allow_none=True,
        metadata=_told(f"Percent of the attempts of {ATTEMPTS_KEPT_DAYS} days; null without any.", 98.5),
    )
    attempts = fields.Integer(dump_only=True, metadata=_told("How many of them there were.", 200))
    last_used = Moment(dump_only=True, allow_none=True, metadata=_told("The last attempt.", _MOMENT))
    version = fields.Integer(dump_only=True, metadata=_told("Grows with every change.", 1))
    created_at = Moment(dump_only=True, metadata=_told("When it was created.", _MOMENT))
    updated_at = Moment(dump_only=True, metadata=_told("When it last changed.", _MOMENT))


class CredentialBody(SomeSecret, CredentialChanges):
    """POST /credentials."""

    needed = frozenset({"name", "username", "method"})
    priority = Whole(1, 1000, load_default=100, metadata=_told("Lower is tried first.", 100))


class Credential(CredentialChanges):
    """A credential as the API shows it: without its secret."""


class Rollback(Body):
    """POST /credentials/{id}/rollback."""

    secret_version = Whole(1, 1_000_000, metadata=_told("Which version; else the one before."))


class PublicKey(Schema):
    """GET /credentials/key: a JWK (RFC 7517) to seal secrets with, ECDH-ES+A256KW and A256GCM."""

    kty = fields.String(metadata={"example": "EC"})
    crv = fields.String(metadata={"example": "P-256"})
    x = fields.String()
    y = fields.String()
    kid = fields.String(metadata=_told("The key's thumbprint (RFC 7638)."))
    use = fields.String(metadata={"example": "enc"})
    alg = fields.String(metadata={"example": "ECDH-ES+A256KW"})


class CredentialFilters(Filters):
    """GET /credentials."""

    method = Choice(METHODS, metadata=_told("Exactly this method."))
    min_success = Whole(0, 100, text=True, metadata=_told("This success rate or a better one."))
    tag = Text(longest=50, metadata=_told("For devices with this tag, by name or id."))
    q = Text(longest=100, metadata=_told("Part of the name, user name or description."))


class CredentialQuery(Filters):
    """GET /credentials/{id}."""

    window = Window(
        metadata=_told(
            f"Counts only attempts of this long: 30m, 24h, 7d. They are kept for {ATTEMPTS_KEPT_DAYS} days.",
            "24h",
        )
    )

    @post_load
    def _named(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"window_ms": data["window"]} if "window" in data else {}


CREDENTIAL_SORTS = ("name", "username", "method", "priority", "created_at", "updated_at", "success_rate")
