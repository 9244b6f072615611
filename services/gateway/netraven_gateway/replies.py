"""From what a service answered to what the client gets, as the route's row says it. No calls, no rules."""

from __future__ import annotations

from netraven_chassis.bus import Reply
from netraven_gateway import conditional, envelope, paging, queries
from netraven_gateway.answers import Answer
from netraven_gateway.request import Request

# A client may keep what has an ETag, as long as it asks each time whether it is still the same.
_ASK_AGAIN = "private, no-cache"


def one(request: Request, reply: Reply) -> Answer:
    """A single resource: with its ETag and Location, or 304 when the client has it already."""
    etag = reply.meta.get("etag")
    if (
        etag
        and request.route.method == "GET"
        and conditional.is_known(request.header("HTTP_IF_NONE_MATCH"), etag)
    ):
        return Answer(304, headers=[("ETag", etag)], cache=_ASK_AGAIN)
    gives = request.route.gives
    answer = Answer(gives.status, envelope.success(reply.body, gives.message))
    if etag:
        answer.add("ETag", etag).cache = _ASK_AGAIN
    if location := reply.meta.get("location"):
        answer.add("Location", location)
    return answer


def many(request: Request, reply: Reply) -> Answer:
    """A page of a collection, with links to its neighbours."""
    page, size, total = request.query["page"], request.query["size"], reply.meta["total"]
    answer = Answer(200, envelope.collection(reply.body, page, size, total, request.route.gives.message))
    links = paging.links(request.path, queries.pairs(request.query_string), page, size, total)
    return answer.add("Link", links) if links else answer


def nothing() -> Answer:
    """What was asked for is done, and there is nothing to show."""
    return Answer(204)
