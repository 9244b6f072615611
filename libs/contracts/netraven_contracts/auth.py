"""What is said about logging in: requests for tokens, their answers, tickets. No keys, no hashes, no rules.

A password or a token in a body is a secret: its field is never dumped, and no error repeats it.
"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from netraven_contracts.body import Body
from netraven_contracts.fields import Text

LONGEST_SECRET = 1024  # characters of a password or token that anybody looks at


class Secret(fields.String):
    """A password or a token: a text taken as it is, blanks and all; never shown again."""

    # marshmallow declares its message tables as instance variables, so that ClassVar would be wrong here.
    default_error_messages = {  # noqa: RUF012
        "required": "is required; add it",
        "null": "must not be null; give it as a text",
        "invalid": "must be a text",
        "invalid_utf8": "must be a text",
    }

    def __init__(self, **kwargs: Any) -> None:
        rule = validate.Length(1, LONGEST_SECRET, error=f"must have 1 to {LONGEST_SECRET} characters")
        super().__init__(load_only=True, validate=rule, **kwargs)
        self.metadata = {"format": "password", **self.metadata}


class TokenRequest(Body):
    """POST /auth/token, as JSON or as the form of OAuth2's password grant (RFC 6749, 4.3).

    The form's other fields are read and mean nothing here: a user's role decides what may be done.
    """

    username = Text(required=True, longest=256, metadata={"description": "In any case.", "example": "admin"})
    password = Secret(required=True, metadata={"description": "The user's password."})
    grant_type = fields.String(
        load_only=True,
        validate=validate.Equal("password", error="must be `password`; refreshing has its own path"),
        metadata={"description": "`password`, as OAuth2 clients send it."},
    )
    scope = fields.String(load_only=True, metadata={"description": "Ignored."})
    client_id = fields.String(load_only=True, metadata={"description": "Ignored."})
    client_secret = fields.String(load_only=True, metadata={"description": "Ignored."})

    @post_load
    def only_what_counts(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The name and the password."""
        return {key: data[key] for key in ("username", "password")}


class RefreshRequest(Body):
    """POST /auth/refresh. A refresh token serves once: the answer brings the next one."""

    refresh_token = Secret(required=True, metadata={"description": "The one that came last."})
    grant_type = fields.String(
        load_only=True,
        validate=validate.Equal("refresh_token", error="must be `refresh_token`"),
        metadata={"description": "`refresh_token`, as OAuth2 clients send it."},
    )

    @post_load
    def only_what_counts(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The token."""
        return {"refresh_token": data["refresh_token"]}


class LogoutRequest(Body):
    """POST /auth/logout."""

    refresh_token = Secret(required=True, metadata={"description": "Of the session that is to end."})


class TokenAnswer(Schema):
    """What a log-in or a refresh gives, at the top level of the answer."""

    access_token = fields.String(
        required=True, metadata={"description": "For `Authorization: Bearer`, signed with EdDSA."}
    )
    token_type = fields.Constant("Bearer", required=True, metadata={"description": "Always `Bearer`."})
    expires_in = fields.Integer(
        required=True, metadata={"description": "Seconds that the access token lives.", "example": 900}
    )
    refresh_token = fields.String(required=True, metadata={"description": "Good for one refresh."})


class StreamTicketAnswer(Schema):
    """POST /auth/stream-ticket: what an EventSource, which cannot send headers, puts behind `?ticket=`."""

    ticket = fields.String(required=True, metadata={"description": "Good for one stream."})
    expires_in = fields.Integer(
        required=True, metadata={"description": "Seconds until it is worthless.", "example": 30}
    )
