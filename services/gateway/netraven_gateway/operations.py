"""One row of the route table as an OpenAPI operation: what it takes, what it gives, how it can fail. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from netraven_contracts import errors
from netraven_gateway.problems import PROTOCOL, STATUS
from netraven_gateway.route import Route

Json = dict[str, Any]

_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
_KEY = {"type": "string", "pattern": "^[!-~]{1,255}$"}
_ONCE = (
    "Repeats with the same key are done once; with another body they are refused. Secrets in it are not "
    "compared, since nothing is kept of them that could be."
)
_TAG = {"type": "string", "pattern": r'^(\*|(W/)?"[!#-~]*")$'}
_ID = {"type": "string", "pattern": "^[0-9a-fA-F]{24}$"}


def operation(route: Route) -> Json:
    """The operation object of `route`."""
    described: Json = {
        "operationId": f"{route.handler.__module__.rpartition('.')[2]}.{route.handler.__name__}",
        "summary": route.summary,
        "tags": [route.tag],
        "parameters": [*_path(route), *_headers(route), {"in": "query", "schema": route.reads.query}],
        "responses": {**_success(route), **_failures(route)},
        "security": [{"bearer": []}] if route.role else [],
    }
    if route.operation:
        described["operationId"] = route.operation
    if route.description or route.role:
        needs = f"Needs the role `{route.role}`." if route.role else ""
        described["description"] = " ".join(part for part in (route.description, needs) if part)
    if route.reads.takes_body:
        taken = route.reads.upload or dict.fromkeys(route.reads.accepts, route.reads.body)
        content = {kind: {"schema": schema} for kind, schema in taken.items()}
        described["requestBody"] = {"required": not route.reads.optional, "content": content}
    return described


def _path(route: Route) -> list[Json]:
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    return [
        {
            "in": "path",
            "name": name,
            "required": True,
            "schema": _ID if name in route.identifiers else {"type": "string"},
        }
        for name in names
    ]


def _headers(route: Route) -> list[Json]:
    reads = route.gives.etag and route.method == "GET"
    known: list[tuple[bool, str, Json, str]] = [
        (bool(route.keyed), "Idempotency-Key", _KEY, _ONCE),
        (bool(route.conditional), "If-Match", _TAG, "Change only the version with this ETag."),
        (reads, "If-None-Match", {"type": "string"}, "304 when unchanged. What is no ETag is passed over."),
    ]
    return [
        {"in": "header", "name": name, "schema": schema, "description": text}
        for applies, name, schema, text in known
        if applies
    ]


def _success(route: Route) -> Json:
    gives = route.gives
    answer: Json = {"description": gives.message}
    headers = [("ETag", gives.etag), ("Location", gives.status == 201), ("Link", gives.many)]
    if shown := [name for name, applies in headers if applies]:
        answer["headers"] = {name: {"schema": {"type": "string"}} for name in shown}
    if gives.media:
        schema = {"type": "string"} if gives.schema is None else gives.schema
        kinds = (gives.media,) if isinstance(gives.media, str) else gives.media
        answer["content"] = {kind: {"schema": schema} for kind in kinds}
    elif gives.status != 204:
        whole = {kind: {"schema": {"type": "string"}} for kind in gives.whole}
        answer["content"] = {"application/json": {"schema": _framed(route)}, **whole}
    answers = {str(gives.status): answer}
    if gives.etag and route.method == "GET":
        answers["304"] = {"description": "Unchanged since the ETag in If-None-Match"}
    return answers


def _framed(route: Route) -> Json:
    gives = route.gives
    data: Any = gives.schema if gives.schema is not None else {"type": "null"}
    if gives.many or gives.listed:
        data = {"type": "array", "items": data}
    frame: Json = {
        "status": {"type": "string", "const": "success"},
        "message": {"type": "string"},
        "data": data,
    }
    if gives.many:
        count = {"type": "integer", "minimum": 0}
        frame |= {"items": data, "page": count, "size": count, "total": count}
    whole: Json = {"type": "object", "required": sorted(frame), "properties": frame}
    return whole if gives.beside is None else {"allOf": [whole, gives.beside]}


def _failures(route: Route) -> Json:
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys(_codes(route)):
        by_status.setdefault(STATUS[code], []).append(code)
    for status in (408, 414, 431) if route.reads.takes_body else (414, 431):
        by_status[status] = [PROTOCOL[status]]
    return {
        str(status): {"description": f"{HTTPStatus(status).phrase}: {', '.join(codes)}", "content": _ERROR}
        for status, codes in sorted(by_status.items())
    }


def _codes(route: Route) -> Iterable[str]:
    """The codes that follow from the row, and those that it names."""
    yield errors.ValidationFailed.code
    if route.identifiers:
        yield errors.InvalidId.code
    if route.role is not None:
        yield from (errors.Unauthorized.code, errors.Forbidden.code)
    if route.reads.takes_body:
        yield from (errors.PayloadTooLarge.code, errors.UnsupportedMediaType.code)
    if route.keyed:
        yield errors.Conflict.code
    if route.conditional:
        yield errors.PreconditionFailed.code
    yield from (error.code for error in route.errors)
    yield from (route.failure.code, errors.Unavailable.code)
