"""The data of each event of a credential, for others to rely on. Never a secret: `secret` is only the name of
the vault's row. Who, when and why stand in the commit.
"""

from __future__ import annotations

from marshmallow import Schema, fields


class CredentialCreated(Schema):
    """A credential is there, with version 1 of its secret."""

    name = fields.String(required=True)
    username = fields.String(required=True)
    method = fields.String(required=True)
    priority = fields.Integer(required=True)
    tags = fields.List(fields.String(), required=True)
    description = fields.String(required=True, allow_none=True)
    secret = fields.String(required=True)


class CredentialRenamed(Schema):
    """It has another name."""

    name = fields.String(required=True)


class CredentialUsernameSet(Schema):
    """It logs in under another name."""

    username = fields.String(required=True)


class CredentialMethodSet(Schema):
    """It is for another method."""

    method = fields.String(required=True)


class CredentialPrioritySet(Schema):
    """It is tried earlier or later."""

    priority = fields.Integer(required=True)


class CredentialTagsSet(Schema):
    """It is for devices with one of these tags, named by their ids; none: for any."""

    tags = fields.List(fields.String(), required=True)


class CredentialDescribed(Schema):
    """It has another description."""

    description = fields.String(required=True, allow_none=True)


class CredentialSecretReplaced(Schema):
    """It has a new secret, and this is its version."""

    number = fields.Integer(required=True)
    secret = fields.String(required=True)


class CredentialRolledBack(Schema):
    """An earlier version of its secret is in force again."""

    number = fields.Integer(required=True)


class CredentialRemoved(Schema):
    """It is gone, and all versions of its secret with it."""


EVENTS: dict[str, type[Schema]] = {
    schema.__name__: schema
    for schema in (
        CredentialCreated,
        CredentialRenamed,
        CredentialUsernameSet,
        CredentialMethodSet,
        CredentialPrioritySet,
        CredentialTagsSet,
        CredentialDescribed,
        CredentialSecretReplaced,
        CredentialRolledBack,
        CredentialRemoved,
    )
}
