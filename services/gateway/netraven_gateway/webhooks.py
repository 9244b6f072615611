"""What clients ask about webhooks, handed to the service that has them. A secret that comes in clear is
sealed before anything else is done.
"""

from __future__ import annotations

from typing import Any

from netraven_gateway import paging, replies
from netraven_gateway.answers import Answer
from netraven_gateway.request import Request
from netraven_gateway.sealed import sealed


def index(gateway: Any, request: Request) -> Answer:
    """A page of webhooks."""
    return replies.many(request, gateway.jobs.raw("index_webhooks", **paging.asked(request.query)))


def create(gateway: Any, request: Request) -> Answer:
    """A new webhook."""
    return replies.one(request, gateway.jobs.raw("create_webhook", webhook=sealed(gateway, request.body)))


def show(gateway: Any, request: Request) -> Answer:
    """One webhook."""
    return replies.one(request, gateway.jobs.raw("show_webhook", **request.params))


def change(gateway: Any, request: Request) -> Answer:
    """Some fields of a webhook."""
    changes = {"changes": sealed(gateway, request.body), "if_match": request.if_match}
    return replies.one(request, gateway.jobs.raw("change_webhook", **request.params, **changes))


def remove(gateway: Any, request: Request) -> Answer:
    """No longer a webhook."""
    gateway.jobs.raw("remove_webhook", **request.params, if_match=request.if_match)
    return replies.nothing()


def test(gateway: Any, request: Request) -> Answer:
    """A word for trying, on its way."""
    return replies.one(request, gateway.jobs.raw("test_webhook", **request.params))


def deliveries(gateway: Any, request: Request) -> Answer:
    """A page of what was sent to it."""
    wanted = paging.asked(request.query)
    del wanted["sort"]
    return replies.many(request, gateway.jobs.raw("index_deliveries", **request.params, **wanted))


def delivery(gateway: Any, request: Request) -> Answer:
    """One delivery with each attempt."""
    return replies.one(request, gateway.jobs.raw("show_delivery", **request.params))
