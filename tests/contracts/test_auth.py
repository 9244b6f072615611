"""Bodies of log-ins and users: what is taken, what is refused, and that no secret comes back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from marshmallow import Schema, ValidationError

from netraven_contracts import auth, users

SECRET = " s3cret with blanks "
TAKEN: dict[str, tuple[type[Schema], dict[str, Any], dict[str, Any]]] = {
    "a log-in": (
        auth.TokenRequest,
        {"username": " admin ", "password": SECRET},
        {"username": "admin", "password": SECRET},
    ),
    "a log-in as OAuth2 clients send it": (
        auth.TokenRequest,
        {
            "grant_type": "password",
            "username": "a",
            "password": "b",
            "scope": "",
            "client_id": "x",
            "client_secret": "y",
        },
        {"username": "a", "password": "b"},
    ),
    "a refresh": (auth.RefreshRequest, {"refresh_token": "t"}, {"refresh_token": "t"}),
    "a refresh as OAuth2 clients send it": (
        auth.RefreshRequest,
        {"refresh_token": "t", "grant_type": "refresh_token"},
        {"refresh_token": "t"},
    ),
    "a user of whom little is said": (
        users.UserBody,
        {"username": "Jörg.O+net@example", "password": SECRET},
        {"username": "Jörg.O+net@example", "password": SECRET, "role": "viewer", "enabled": True},
    ),
    "a user as a GET gave it": (
        users.UserChanges,
        {"id": "5", "username": "x", "role": "Admin", "enabled": False, "last_login": None, "version": 3},
        {"role": "admin", "enabled": False},
    ),
    "an API token": (users.ApiTokenBody, {"name": "x"}, {"name": "x", "read_only": False}),
    "an API token with an end": (
        users.ApiTokenBody,
        {"name": "x", "expires_at": "2026-01-02T03:04:05.678Z", "read_only": True},
        {"name": "x", "expires_at": 1767323045678, "read_only": True},
    ),
}


@pytest.mark.parametrize(("schema", "body", "loaded"), TAKEN.values(), ids=TAKEN)
def test_what_is_taken(schema: type[Schema], body: dict[str, Any], loaded: dict[str, Any]) -> None:
    assert schema().load(body) == loaded


REFUSED: dict[str, tuple[type[Schema], dict[str, Any], set[str]]] = {
    "nothing": (auth.TokenRequest, {}, {"username", "password"}),
    "another grant": (
        auth.TokenRequest,
        {"username": "a", "password": "b", "grant_type": "client_credentials"},
        {"grant_type"},
    ),
    "an unknown field": (auth.TokenRequest, {"username": "a", "password": "b", "otp": "1"}, {"otp"}),
    "a password of another kind": (auth.TokenRequest, {"username": "a", "password": 12}, {"password"}),
    "an empty password": (auth.TokenRequest, {"username": "a", "password": ""}, {"password"}),
    "an endless password": (auth.TokenRequest, {"username": "a", "password": "x" * 1025}, {"password"}),
    "no user name": (users.UserBody, {"username": " ", "password": "x"}, {"username"}),
    "a user name with a blank": (users.UserBody, {"username": "a b", "password": "x"}, {"username"}),
    "a user name that begins oddly": (users.UserBody, {"username": "_a", "password": "x"}, {"username"}),
    "a user name that is markup": (users.UserBody, {"username": "<b>", "password": "x"}, {"username"}),
    "a user name without end": (users.UserBody, {"username": "a" * 65, "password": "x"}, {"username"}),
    "a role that is none": (users.UserChanges, {"role": "root"}, {"role"}),
    "access that is no switch": (users.UserChanges, {"enabled": "false"}, {"enabled"}),
    "an end that is no time": (users.ApiTokenBody, {"name": "x", "expires_at": "soon"}, {"expires_at"}),
    "one password of two": (users.PasswordChange, {"current_password": "x"}, {"new_password"}),
}


@pytest.mark.parametrize(("schema", "body", "fields"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(schema: type[Schema], body: dict[str, Any], fields: set[str]) -> None:
    with pytest.raises(ValidationError) as error:
        schema().load(body)
    assert set(error.value.normalized_messages()) == fields


@given(some.text(min_size=6).filter(lambda text: text.strip()))
def test_no_error_repeats_a_secret(secret: str) -> None:
    canary = "canary" + secret
    for schema in (auth.TokenRequest, auth.RefreshRequest, users.UserBody, users.PasswordChange):
        for body in (
            {name: canary * 300 for name in schema().fields},
            {name: [canary] for name in schema().fields},
        ):
            with pytest.raises(ValidationError) as error:
                schema().load(body)
            assert canary not in str(error.value.normalized_messages())


def test_nothing_that_is_shown_has_a_place_for_a_secret() -> None:
    row = {
        "id": "a" * 24,
        "username": "x",
        "password": SECRET,
        "token": SECRET,
        "role": "viewer",
        "enabled": True,
    }
    assert SECRET not in str(users.User().dump(row))
    assert SECRET not in str(users.ApiToken().dump(row))
    assert users.NewApiToken().dump(row)["token"] == SECRET
