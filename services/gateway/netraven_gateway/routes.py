"""The route table: everything that can be asked for, who may ask, what goes in and what comes out. One page.

The router, the checks, the API's description and the index are all made from these rows.
"""

from __future__ import annotations

from dataclasses import replace

from marshmallow import Schema

from netraven_contracts import auth, monitor
from netraven_contracts import credentials as credential
from netraven_contracts import devices as device
from netraven_contracts import status as system
from netraven_contracts import tags as tag
from netraven_contracts import users as user
from netraven_contracts.errors import (
    Conflict,
    CreateFailed,
    DeleteFailed,
    DuplicateIp,
    DuplicateName,
    InvalidDevice,
    ListFailed,
    NotFound,
    RateLimited,
    StatusCheckFailed,
    Unauthorized,
    UpdateFailed,
)
from netraven_contracts.history import HistoryEntry, UndoBody
from netraven_contracts.paging import PageQuery, page_of
from netraven_gateway import credentials, devices, docs, health, index, openapi, sessions, status, tags, users
from netraven_gateway.bodies import FORM, JSON
from netraven_gateway.route import ADMIN, ANYONE, OPERATOR, VIEWER, Gives, Reads, Route

BASE = "/api"

_TOKEN_BODY = 16_384
_DEVICES = Reads(query=page_of(device.DeviceFilters, device.DEVICE_SORTS))
_TAGS = Reads(query=page_of(tag.TagFilters, tag.TAG_SORTS))
_CHANGES = Reads(body=device.DeviceChanges)
_CHANGED = Gives(schema=device.Device, message="Device updated", etag=True)
_TOKENS = Gives(schema=auth.TokenAnswer, beside=auth.TokenAnswer)
_PAGES = Reads(query=PageQuery)
_HISTORY = Gives(schema=HistoryEntry, many=True)
_PAST = "Who changed what, when, from what to what, by which request; the newest first."
_SEALED = "A secret in clear is sealed at once and never shown again; `encrypted_secret` comes sealed by you."
_SUBSET = "Takes any subset. What the API only tells is ignored, so that an answer can be sent back."


def _created(schema: type[Schema], message: str) -> Gives:
    return Gives(schema=schema, status=201, message=message, etag=True)


_DEVICE_ROUTES = (
    Route("GET", "/devices", VIEWER, devices.index, "devices", "List devices",
          _DEVICES, Gives(schema=device.DeviceRow, many=True), ListFailed),
    Route("POST", "/devices", OPERATOR, devices.register, "devices", "Add a device",
          Reads(body=device.DeviceBody), _created(device.Device, "Device created"), CreateFailed,
          (DuplicateIp,)),
    Route("GET", "/devices/{device_id}", VIEWER, devices.show, "devices", "Show a device",
          Reads(query=device.DeviceMoment), Gives(schema=device.Device, etag=True), errors=(NotFound,),
          description="As it is, or as it was at a moment or a version."),
    Route("PUT", "/devices/{device_id}", OPERATOR, devices.change, "devices", "Change a device",
          _CHANGES, _CHANGED, UpdateFailed, (NotFound, Conflict, DuplicateIp), _SUBSET,
          operation="devices.replace"),
    Route("PATCH", "/devices/{device_id}", OPERATOR, devices.change, "devices", "Change a device in part",
          _CHANGES, _CHANGED, UpdateFailed, (NotFound, Conflict, DuplicateIp), _SUBSET),
    Route("DELETE", "/devices/{device_id}", OPERATOR, devices.remove, "devices", "Remove a device",
          gives=Gives(status=204, message="Removed"), failure=DeleteFailed, errors=(NotFound, Conflict)),
    Route("GET", "/devices/{device_id}/status", VIEWER, devices.check_status, "devices", "Ping a device now",
          gives=Gives(schema=device.DeviceStatus, message="Status checked"), failure=StatusCheckFailed,
          errors=(NotFound, InvalidDevice), description="A full burst that decides at once."),
    Route("GET", "/devices/{device_id}/samples", VIEWER, devices.samples, "devices", "List a device's pings",
          Reads(query=monitor.SamplesQuery), Gives(schema=monitor.Sample, listed=True), errors=(NotFound,)),
    Route("GET", "/devices/{device_id}/availability", VIEWER, devices.availability, "devices",
          "Show how long a device answered", Reads(query=monitor.AvailabilityQuery),
          Gives(schema=monitor.Availability), errors=(NotFound,)),
    Route("GET", "/devices/{device_id}/history", VIEWER, devices.history, "devices",
          "List what happened to a device", _PAGES, _HISTORY, ListFailed, (NotFound,), _PAST),
    Route("POST", "/devices/{device_id}/undo", OPERATOR, devices.undo, "devices", "Take back a change",
          Reads(body=UndoBody), _CHANGED, UpdateFailed, (NotFound, Conflict, DuplicateIp),
          "A change that puts back what the event changed, where nobody has changed it since."),
)  # fmt: skip

_TAG_ROUTES = (
    Route("GET", "/tags", VIEWER, tags.index, "tags", "List tags",
          _TAGS, Gives(schema=tag.Tag, many=True), ListFailed),
    Route("POST", "/tags", OPERATOR, tags.create, "tags", "Add a tag", Reads(body=tag.TagBody),
          _created(tag.Tag, "Tag created"), CreateFailed, (DuplicateName,)),
    Route("GET", "/tags/{tag_id}", VIEWER, tags.show, "tags", "Show a tag",
          gives=Gives(schema=tag.Tag, etag=True), errors=(NotFound,)),
    Route("PATCH", "/tags/{tag_id}", OPERATOR, tags.change, "tags", "Change a tag",
          Reads(body=tag.TagChanges), Gives(schema=tag.Tag, message="Tag updated", etag=True), UpdateFailed,
          (NotFound, DuplicateName), "A new name shows on all its devices at once."),
    Route("DELETE", "/tags/{tag_id}", OPERATOR, tags.delete, "tags", "Delete a tag",
          Reads(query=tag.TagRemoval), Gives(status=204, message="Deleted"), DeleteFailed,
          (NotFound, Conflict), "A tag in use is refused, unless it may be taken from its devices."),
    Route("GET", "/tags/{tag_id}/history", VIEWER, tags.history, "tags", "List what happened to a tag",
          _PAGES, _HISTORY, ListFailed, (NotFound,), _PAST),
)  # fmt: skip

_CREDENTIAL_ROUTES = (
    Route("GET", "/credentials", VIEWER, credentials.index, "credentials", "List credentials",
          Reads(query=page_of(credential.CredentialFilters, credential.CREDENTIAL_SORTS)),
          Gives(schema=credential.Credential, many=True), ListFailed),
    Route("POST", "/credentials", OPERATOR, credentials.create, "credentials", "Add a credential",
          Reads(body=credential.CredentialBody), _created(credential.Credential, "Credential created"),
          CreateFailed, (DuplicateName,), _SEALED),
    Route("GET", "/credentials/key", VIEWER, credentials.key, "credentials",
          "Get the key to seal secrets with", gives=Gives(schema=credential.PublicKey)),
    Route("GET", "/credentials/{credential_id}", VIEWER, credentials.show, "credentials",
          "Show a credential", Reads(query=credential.CredentialQuery),
          Gives(schema=credential.Credential, etag=True), errors=(NotFound,)),
    Route("PATCH", "/credentials/{credential_id}", OPERATOR, credentials.change, "credentials",
          "Change a credential", Reads(body=credential.CredentialChanges),
          Gives(schema=credential.Credential, message="Credential updated", etag=True), UpdateFailed,
          (NotFound, DuplicateName), _SEALED),
    Route("POST", "/credentials/{credential_id}/rollback", OPERATOR, credentials.roll_back, "credentials",
          "Put an earlier secret in force", Reads(body=credential.Rollback),
          Gives(schema=credential.Credential, message="Credential updated", etag=True), UpdateFailed,
          (NotFound, Conflict), "The version before, or the one that is named."),
    Route("DELETE", "/credentials/{credential_id}", OPERATOR, credentials.remove, "credentials",
          "Delete a credential", gives=Gives(status=204, message="Deleted"), failure=DeleteFailed,
          errors=(NotFound,), description="All versions of its secret are destroyed."),
    Route("GET", "/credentials/{credential_id}/history", VIEWER, credentials.history, "credentials",
          "List what happened to a credential", _PAGES, _HISTORY, ListFailed, (NotFound,), _PAST),
    Route("GET", "/devices/{device_id}/credentials", VIEWER, credentials.of_device, "credentials",
          "List the credentials that would be tried, in order",
          gives=Gives(schema=credential.Credential, listed=True), failure=ListFailed, errors=(NotFound,)),
)  # fmt: skip

_SESSION_ROUTES = (
    Route("POST", "/auth/token", ANYONE, sessions.log_in, "sessions", "Log in",
          Reads(body=auth.TokenRequest, accepts=(JSON, FORM), limit=_TOKEN_BODY), _TOKENS, CreateFailed,
          (Unauthorized, RateLimited), "Five failures in a minute for one name or address: 429."),
    Route("POST", "/auth/refresh", ANYONE, sessions.refresh, "sessions", "Get new tokens",
          Reads(body=auth.RefreshRequest, accepts=(JSON, FORM), limit=_TOKEN_BODY), _TOKENS, CreateFailed,
          (Unauthorized, RateLimited), "A refresh token serves once; it is the credential here."),
    Route("POST", "/auth/logout", ANYONE, sessions.log_out, "sessions", "Log out",
          Reads(body=auth.LogoutRequest, limit=_TOKEN_BODY), Gives(status=204, message="Logged out"),
          UpdateFailed, (Unauthorized,), "The refresh token is the credential here: one can leave late."),
    Route("POST", "/auth/stream-ticket", VIEWER, sessions.ticket, "sessions", "Get a ticket for a stream",
          gives=Gives(schema=auth.StreamTicketAnswer), failure=CreateFailed, writes=False,
          description="For EventSource, which cannot send headers: put it behind `?ticket=` once, at once."),
    Route("GET", "/users/me", VIEWER, sessions.me, "sessions", "Show who you are",
          gives=Gives(schema=user.User), errors=(NotFound,)),
)  # fmt: skip

_USER_ROUTES = (
    Route("GET", "/users", ADMIN, users.index, "users", "List users",
          Reads(query=page_of(user.UserFilters, user.USER_SORTS)), Gives(schema=user.User, many=True),
          ListFailed),
    Route("POST", "/users", ADMIN, users.create, "users", "Add a user", Reads(body=user.UserBody),
          _created(user.User, "User created"), CreateFailed, (DuplicateName,)),
    Route("GET", "/users/{user_id}", ADMIN, users.show, "users", "Show a user",
          gives=Gives(schema=user.User, etag=True), errors=(NotFound,)),
    Route("PATCH", "/users/{user_id}", ADMIN, users.change, "users", "Change a user's role or password",
          Reads(body=user.UserChanges), Gives(schema=user.User, message="User updated", etag=True),
          UpdateFailed, (NotFound, Conflict), "The last admin keeps the role."),
    Route("DELETE", "/users/{user_id}", ADMIN, users.disable, "users", "Disable a user",
          gives=Gives(status=204, message="Disabled"), failure=DeleteFailed, errors=(NotFound, Conflict),
          description="The record and its history stay; the last admin cannot be disabled."),
    Route("POST", "/users/me/password", VIEWER, users.change_own_password, "users", "Change your password",
          Reads(body=user.PasswordChange, limit=_TOKEN_BODY),
          Gives(schema=auth.TokenAnswer, message="Password changed"), UpdateFailed, (RateLimited, Conflict),
          "Ends all your sessions; the answer opens a new one."),
    Route("GET", "/users/me/tokens", VIEWER, users.own_tokens, "users", "List your API tokens",
          Reads(query=page_of(user.ApiTokenFilters, user.API_TOKEN_SORTS)),
          Gives(schema=user.ApiToken, many=True), ListFailed),
    Route("POST", "/users/me/tokens", VIEWER, users.create_own_token, "users", "Make an API token",
          Reads(body=user.ApiTokenBody), Gives(schema=user.NewApiToken, status=201,
          message="Token created"), CreateFailed, (Conflict,), "It is shown this once."),
    Route("DELETE", "/users/me/tokens/{token_id}", VIEWER, users.revoke_own_token, "users",
          "Revoke an API token", gives=Gives(status=204, message="Revoked"), failure=DeleteFailed,
          errors=(NotFound,)),
)  # fmt: skip

_SYSTEM_ROUTES = (
    Route("GET", "/health", ANYONE, health.show, "system", "Show whether the API lives",
          gives=Gives(schema=system.Health)),
    Route("GET", "/status", VIEWER, status.show, "system", "Show every part of the system",
          gives=Gives(schema=system.SystemStatus)),
    Route("GET", "", ANYONE, index.show, "system", "List the routes",
          gives=Gives(schema={"type": "array", "items": {"type": "object"}})),
    Route("GET", "/openapi.json", ANYONE, openapi.show, "system", "Describe the API",
          gives=Gives(schema={"type": "object"}, media=JSON)),
    Route("GET", "/docs", ANYONE, docs.page, "system", "Read the documentation",
          gives=Gives(media="text/html")),
    Route("GET", "/docs/{file}", ANYONE, docs.part, "system", "Part of the page", hidden=True),
)  # fmt: skip

_TABLES = (
    _DEVICE_ROUTES,
    _TAG_ROUTES,
    _CREDENTIAL_ROUTES,
    _SESSION_ROUTES,
    _USER_ROUTES,
    _SYSTEM_ROUTES,
)

ROUTES: tuple[Route, ...] = (
    *(
        replace(row, path=f"{BASE}{row.path}")
        for table in (
            _DEVICE_ROUTES,
            _TAG_ROUTES,
            _CREDENTIAL_ROUTES,
            _SESSION_ROUTES,
            _USER_ROUTES,
            _SYSTEM_ROUTES,
        )
        for row in table
    ),
    Route("GET", "/", ANYONE, docs.home, "system", "Go to the documentation", hidden=True),
)
