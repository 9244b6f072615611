"""What is said about users and their API tokens: bodies, answers, filters. No hashes, no rules about them."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import fields

from netraven_contracts.auth import Secret
from netraven_contracts.body import Body, Filters
from netraven_contracts.fields import Choice, Moment, ObjectId, Switch, Text

ROLES = ("admin", "operator", "viewer")
USERNAME_LENGTH = 64
_USERNAME = re.compile(r"[^\W_][\w.@+-]*")
_MOMENT = "2026-01-02T03:04:05.678Z"


class Username(Text):
    """A user name: letters and digits of any script, and . _ @ + - after the first character."""

    # marshmallow declares its message tables as instance variables, so that ClassVar would be wrong here.
    default_error_messages = {  # noqa: RUF012
        "username": "may hold letters, digits and . _ @ + - only, the first a letter or digit"
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=USERNAME_LENGTH, **kwargs)
        self.metadata = {**self.metadata, "pattern": r"^[A-Za-z0-9][A-Za-z0-9.@_+-]*$"}

    def _form(self, text: str) -> str:
        name = super()._form(text)
        if not _USERNAME.fullmatch(name):
            raise self.make_error("username")
        return name


def _role(**kwargs: Any) -> Choice:
    told = "`admin` may do everything, `operator` everything but users, `viewer` reads and never secrets."
    return Choice(ROLES, metadata={"description": told, "example": "operator"}, **kwargs)


def _password(**kwargs: Any) -> Secret:
    told = "12 characters or more, not the user name, none of the commonest. Ends the user's sessions."
    return Secret(metadata={"description": told}, **kwargs)


class UserChanges(Body):
    """PATCH /users/{id}: any subset. A name stays, so that the history goes on meaning the same person."""

    role = _role()
    password = _password()
    enabled = Switch(metadata={"description": "False: no log-in, and every token of the user is dead."})
    id = ObjectId(dump_only=True, metadata={"description": "Given by the API."})
    username = fields.String(dump_only=True, metadata={"description": "Unique, whatever the case."})
    last_login = Moment(
        dump_only=True, allow_none=True, metadata={"description": "Null: never yet.", "example": _MOMENT}
    )
    version = fields.Integer(
        dump_only=True, metadata={"description": "Grows with each change.", "example": 1}
    )
    created_at = Moment(dump_only=True, metadata={"description": "When it was created.", "example": _MOMENT})
    updated_at = Moment(dump_only=True, metadata={"description": "When it last changed.", "example": _MOMENT})


class UserBody(UserChanges):
    """POST /users. Without a role the user may only read."""

    username = Username(
        required=True, metadata={"description": "Unique, whatever the case.", "example": "marie"}
    )
    role = _role(load_default="viewer")
    password = _password(required=True)
    enabled = Switch(load_default=True, metadata={"description": "False: may log in only later."})


class User(UserChanges):
    """A user as the API shows it. The password is nowhere to be read."""


class UserFilters(Filters):
    """GET /users."""

    username = Text(
        longest=USERNAME_LENGTH, metadata={"description": "Exactly this name, whatever the case."}
    )
    role = Choice(ROLES, metadata={"description": "Exactly this role."})
    enabled = Switch(text=True, metadata={"description": "Who may log in, or who may not."})
    q = Text(longest=USERNAME_LENGTH, metadata={"description": "Part of the name."})


USER_SORTS = ("username", "role", "enabled", "created_at", "updated_at")


class PasswordChange(Body):
    """POST /users/me/password. Ends all sessions of the user; the answer opens a new one."""

    current_password = Secret(required=True, metadata={"description": "The one in force until now."})
    new_password = _password(required=True)


class ApiTokenBody(Body):
    """POST /users/me/tokens: a long-lived token for a program."""

    name = Text(required=True, longest=100, metadata={"description": "What it is for.", "example": "backups"})
    expires_at = Moment(
        metadata={
            "description": "When it ends; else in a year.",
            "example": "2027-01-01T00:00:00Z",
        }
    )
    read_only = Switch(
        load_default=False, metadata={"description": "True: reads only, whatever the user's role."}
    )
    id = ObjectId(dump_only=True, metadata={"description": "Given by the API."})
    created_at = Moment(dump_only=True, metadata={"description": "When it was created.", "example": _MOMENT})
    last_used = Moment(
        dump_only=True,
        allow_none=True,
        metadata={"description": "Up to half an hour late; null: never yet.", "example": _MOMENT},
    )


class ApiToken(ApiTokenBody):
    """An API token as the API lists it."""


class NewApiToken(ApiToken):
    """The answer to its creation: the only time that the token itself is shown."""

    token = fields.String(
        dump_only=True,
        metadata={"description": "For `Authorization: Bearer`. It is not shown again."},
    )


class ApiTokenFilters(Filters):
    """GET /users/me/tokens."""

    name = Text(longest=100, metadata={"description": "Exactly this name."})


API_TOKEN_SORTS = ("name", "created_at", "expires_at")
