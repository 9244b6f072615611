"""The rows of the route table about credentials."""

from __future__ import annotations

from netraven_contracts import credentials as credential
from netraven_contracts.errors import (
    Conflict,
    CreateFailed,
    DeleteFailed,
    DuplicateName,
    ListFailed,
    NotFound,
    UpdateFailed,
)
from netraven_contracts.history import HistoryEntry
from netraven_contracts.paging import PageQuery, page_of
from netraven_gateway import credentials
from netraven_gateway.route import OPERATOR, VIEWER, Gives, Reads, Route, created

_PAGES = Reads(query=PageQuery)
_HISTORY = Gives(schema=HistoryEntry, many=True)
_PAST = "Who changed what, when, from what to what, by which request; the newest first."
_SEALED = "A secret in clear is sealed at once and never shown again; `encrypted_secret` comes sealed by you."

ROWS = (
    Route("GET", "/credentials", VIEWER, credentials.index, "credentials", "List credentials",
          Reads(query=page_of(credential.CredentialFilters, credential.CREDENTIAL_SORTS)),
          Gives(schema=credential.Credential, many=True), ListFailed),
    Route("POST", "/credentials", OPERATOR, credentials.create, "credentials", "Add a credential",
          Reads(body=credential.CredentialBody), created(credential.Credential, "Credential created"),
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
          "Put an earlier secret in force", Reads(body=credential.Rollback, optional=True),
          Gives(schema=credential.Credential, message="Credential updated", etag=True), UpdateFailed,
          (NotFound, Conflict), "The version before, or the one that is named.", conditional=True),
    Route("DELETE", "/credentials/{credential_id}", OPERATOR, credentials.remove, "credentials",
          "Delete a credential", gives=Gives(status=204, message="Deleted"), failure=DeleteFailed,
          errors=(NotFound,), description="All versions of its secret are destroyed."),
    Route("GET", "/credentials/{credential_id}/history", VIEWER, credentials.history, "credentials",
          "List what happened to a credential", _PAGES, _HISTORY, ListFailed, (NotFound,), _PAST),
    Route("GET", "/devices/{device_id}/credentials", VIEWER, credentials.of_device, "credentials",
          "List the credentials that would be tried, in order",
          gives=Gives(schema=credential.Credential, listed=True), failure=ListFailed, errors=(NotFound,),
          description="Those with the method `ssh`, which is for telnet as well: no job logs in by another."),
)  # fmt: skip
