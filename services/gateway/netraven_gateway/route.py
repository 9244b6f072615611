"""What one row of the route table says, and who may do what. No handlers and no table in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema

from netraven_contracts.errors import GetFailed, Internal, NetRavenError
from netraven_gateway import bodies
from netraven_gateway.answers import Answer
from netraven_gateway.queries import NoParameters

# Each role may do what the ones before it may.
ROLES = ("viewer", "operator", "admin")
VIEWER, OPERATOR, ADMIN = ROLES
ANYONE = None

SMALL_BODY = 16_384
"""Octets that are more than enough where names and passwords come in."""

Handler = Callable[[Any, Any], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """What a route takes in.

    Parameters: `body`, the schema of its body; `optional`, whether none at all counts as {}; `accepts`, media
    types, the favourite first; `limit`, octets of body at most, None for the gateway's own; `query`, the
    schema of its parameters; `upload`, {media type: JSON Schema} of a body that the handler itself takes from
    the wire, because it may be large.
    """

    body: type[Schema] | None = None
    optional: bool = False
    accepts: tuple[str, ...] = (bodies.JSON,)
    limit: int | None = None
    query: type[Schema] = NoParameters
    upload: Mapping[str, Any] | None = None

    @property
    def takes_body(self) -> bool:
        """Whether there is a body to send."""
        return self.body is not None or self.upload is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gives:
    """What a route answers with when all goes well.

    Parameters: `schema` of the data, a JSON Schema where there is no marshmallow one, None for no data;
    `many`, a page of a collection; `listed`, a whole list without pages; `etag`, whether the answer carries
    one; `beside`, the schema of members that stand beside the envelope's own; `media`, the type of an answer
    that has no envelope, or the types among which its caller chooses; `whole`, the types in which a
    collection comes without envelope and pages, to those who accept them.
    """

    schema: type[Schema] | dict[str, Any] | None = None
    many: bool = False
    listed: bool = False
    status: int = 200
    message: str = "ok"
    etag: bool = False
    beside: type[Schema] | None = None
    media: str | tuple[str, ...] | None = None
    whole: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """One thing that can be asked for; a row equals no other, so that a table can be remembered by its rows.

    Parameters: `method`, `path` (as /devices/{device_id}); `role`, the least that may do it, None for anyone;
    `handler(gateway, request)`; `failure`, what a fault of ours is called here; `errors`, the refusals beside
    those that follow from the rest of the row; `seconds`, how long its services may take together;
    `operation`, its name in the API's description where the handler's own will not do; `writes`, whether it
    changes anything, None for what the method says; `keyed`, whether it is done once however often it is
    repeated with one Idempotency-Key, None for what the method says; `conditional`, whether it changes one
    existing thing, so that If-Match means something, None for what the method says; `hidden` rows are served
    and not described; a `stream` may be opened with a ticket in the place of a token.
    """

    method: str
    path: str
    role: str | None
    handler: Handler
    tag: str
    summary: str
    reads: Reads = Reads()
    gives: Gives = Gives()
    failure: type[Internal] = GetFailed
    errors: tuple[type[NetRavenError], ...] = ()
    description: str = ""
    seconds: float = 4.8
    operation: str = ""
    writes: bool | None = None
    keyed: bool | None = None
    conditional: bool | None = None
    hidden: bool = False
    stream: bool = False
    identifiers: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        names = [part[1:-1] for part in self.path.split("/") if part.startswith("{")]
        object.__setattr__(self, "identifiers", tuple(name for name in names if name.endswith("_id")))
        if self.writes is None:
            object.__setattr__(self, "writes", self.method != "GET")
        if self.keyed is None:
            object.__setattr__(self, "keyed", self.method in ("POST", "PATCH"))
        if self.conditional is None:
            changes = self.method in ("PUT", "PATCH", "DELETE") and bool(self.identifiers)
            object.__setattr__(self, "conditional", changes)

    def allows(self, role: str) -> bool:
        """Whether a caller with that role may do this."""
        return self.role is None or (role in ROLES and ROLES.index(role) >= ROLES.index(self.role))


def created(schema: type[Schema], message: str) -> Gives:
    """The answer to what made a new thing: 201 with the thing and its ETag."""
    return Gives(schema=schema, status=201, message=message, etag=True)
