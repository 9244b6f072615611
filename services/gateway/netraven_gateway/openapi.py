"""The API's description, OpenAPI 3.1, from the route table and the schemas that serve requests. Made once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import orjson
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from netraven_contracts.envelope import ErrorSchema
from netraven_gateway import conditional
from netraven_gateway.answers import Answer
from netraven_gateway.operations import operation
from netraven_gateway.request import Request
from netraven_gateway.route import Route

_ABOUT = """\
Every answer has one frame: `{"status", "message", "data"}`, or
`{"status": "error", "message", "code", "details"}`.
Lists add `items` (the same as `data`), `page`, `size` and `total`. Times are UTC, identifiers 24 hex digits.
"""


def show(gateway: Any, request: Request) -> Answer:
    """The description as JSON."""
    body, etag = _made(gateway.routes, gateway.version)
    if conditional.is_known(request.header("HTTP_IF_NONE_MATCH"), etag):
        return Answer(304, headers=[("ETag", etag)], cache="no-cache")
    return Answer(200, body, [("ETag", etag)], cache="no-cache")


@lru_cache(maxsize=4)
def _made(routes: tuple[Route, ...], version: str) -> tuple[bytes, str]:
    body = orjson.dumps(describe(routes, version))
    return body, f'"{version}-{len(body):x}"'


def describe(routes: tuple[Route, ...], version: str) -> dict[str, Any]:
    """The OpenAPI document of a route table."""
    plugin = MarshmallowPlugin(schema_name_resolver=lambda schema: _name(schema))
    spec = APISpec(
        title="NetRaven",
        version=version,
        openapi_version="3.1.0",
        info={"description": _ABOUT},
        servers=[{"url": "/"}],
        plugins=[plugin],
    )
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    spec.components.schema("Error", schema=ErrorSchema)
    for route in routes:
        if not route.hidden:
            spec.path(path=route.path, operations={route.method.lower(): operation(route)})
    document: dict[str, Any] = spec.to_dict()
    _close_bodies(document, routes)
    _open_what_stands_beside(document, routes)
    _allow_empty(document)
    _link(document)
    return document


def _name(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__.removesuffix("Schema")


def _close_bodies(document: dict[str, Any], routes: tuple[Route, ...]) -> None:
    """Say of every body what marshmallow does with a field that it does not know: refuse it."""
    for name in {_name(route.reads.body) for route in routes if route.reads.body is not None}:
        document["components"]["schemas"][name]["additionalProperties"] = False


def _open_what_stands_beside(document: dict[str, Any], routes: tuple[Route, ...]) -> None:
    """Say of members beside the envelope's own that they are not all there is."""
    for name in {_name(route.gives.beside) for route in routes if route.gives.beside is not None}:
        document["components"]["schemas"][name].pop("additionalProperties", None)


def _allow_empty(document: dict[str, Any]) -> None:
    """Say of every parameter what is done with an empty one: it counts as not given."""
    described = (one for path in document["paths"].values() for one in path.values())
    for parameter in (parameter for one in described for parameter in one["parameters"]):
        if parameter["in"] == "query":
            parameter["allowEmptyValue"] = True


def _link(document: dict[str, Any]) -> None:
    """Say of everything that can be created what can be asked about it then."""
    for path, item in document["paths"].items():
        created = item.get("post", {}).get("responses", {}).get("201")
        if created is not None:
            created["links"] = dict(_links(document, path))


def _links(document: dict[str, Any], collection: str) -> Iterator[tuple[str, dict[str, Any]]]:
    below = re.compile(rf"{re.escape(collection)}/\{{(\w+_id)\}}(/|$)")
    for path, item in document["paths"].items():
        if found := below.match(path):
            for described in item.values():
                name = described["operationId"]
                yield name, {"operationId": name, "parameters": {found[1]: "$response.body#/data/id"}}
