"""The rows of the route table about people and their API tokens."""

from __future__ import annotations

from netraven_contracts import auth
from netraven_contracts import users as user
from netraven_contracts.errors import (
    Conflict,
    CreateFailed,
    DeleteFailed,
    DuplicateName,
    ListFailed,
    NotFound,
    RateLimited,
    UpdateFailed,
)
from netraven_contracts.history import HistoryEntry
from netraven_contracts.paging import PageQuery, page_of
from netraven_gateway import users
from netraven_gateway.route import ADMIN, SMALL_BODY, VIEWER, Gives, Reads, Route, created

ROWS = (
    Route("GET", "/users", ADMIN, users.index, "users", "List users",
          Reads(query=page_of(user.UserFilters, user.USER_SORTS)), Gives(schema=user.User, many=True),
          ListFailed),
    Route("POST", "/users", ADMIN, users.create, "users", "Add a user", Reads(body=user.UserBody),
          created(user.User, "User created"), CreateFailed, (DuplicateName,)),
    Route("GET", "/users/{user_id}", ADMIN, users.show, "users", "Show a user",
          gives=Gives(schema=user.User, etag=True), errors=(NotFound,)),
    Route("PATCH", "/users/{user_id}", ADMIN, users.change, "users", "Change a user's role or password",
          Reads(body=user.UserChanges), Gives(schema=user.User, message="User updated", etag=True),
          UpdateFailed, (NotFound, Conflict),
          "The last admin keeps the role. A new role counts at once, for API tokens too; a new password ends "
          "sessions and no API tokens."),
    Route("DELETE", "/users/{user_id}", ADMIN, users.disable, "users", "Disable a user",
          gives=Gives(status=204, message="Disabled"), failure=DeleteFailed, errors=(NotFound, Conflict),
          description="The record and its history stay; the last admin cannot be disabled."),
    Route("GET", "/users/{user_id}/history", ADMIN, users.history, "users", "List what happened to a user",
          Reads(query=PageQuery), Gives(schema=HistoryEntry, many=True), ListFailed, (NotFound,),
          "Who changed what, when, from what to what, by which request; the newest first."),
    Route("POST", "/users/me/password", VIEWER, users.change_own_password, "users", "Change your password",
          Reads(body=user.PasswordChange, limit=SMALL_BODY),
          Gives(schema=auth.TokenAnswer, message="Password changed"), UpdateFailed,
          (RateLimited, Conflict, NotFound),
          "Ends all your sessions; the answer opens a new one. API tokens go on.",
          keyed=False),
    Route("GET", "/users/me/tokens", VIEWER, users.own_tokens, "users", "List your API tokens",
          Reads(query=page_of(user.ApiTokenFilters, user.API_TOKEN_SORTS)),
          Gives(schema=user.ApiToken, many=True), ListFailed),
    Route("POST", "/users/me/tokens", VIEWER, users.create_own_token, "users", "Make an API token",
          Reads(body=user.ApiTokenBody), Gives(schema=user.NewApiToken, status=201,
          message="Token created"), CreateFailed, (Conflict, NotFound),
          "Needs a log-in: an API token makes no other. It is shown this once. The same request under the "
          "same Idempotency-Key is answered with the same token under another text; both are good."),
    Route("DELETE", "/users/me/tokens/{token_id}", VIEWER, users.revoke_own_token, "users",
          "Revoke an API token", gives=Gives(status=204, message="Revoked"), failure=DeleteFailed,
          errors=(NotFound,)),
)  # fmt: skip
