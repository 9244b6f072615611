"""What clients ask about tags, handed to the service that has them. No rules."""

from __future__ import annotations

from typing import Any

from netraven_gateway import paging, replies
from netraven_gateway.answers import Answer
from netraven_gateway.request import Request


def index(gateway: Any, request: Request) -> Answer:
    """A page of tags."""
    return replies.many(request, gateway.devices.raw("index_tags", **paging.asked(request.query)))


def create(gateway: Any, request: Request) -> Answer:
    """A new tag."""
    return replies.one(request, gateway.devices.raw("create_tag", tag=request.body))


def show(gateway: Any, request: Request) -> Answer:
    """One tag."""
    return replies.one(request, gateway.devices.raw("show_tag", **request.params))


def change(gateway: Any, request: Request) -> Answer:
    """Some fields of a tag."""
    changes = {"changes": request.body, "if_match": request.if_match}
    return replies.one(request, gateway.devices.raw("change_tag", **request.params, **changes))


def delete(gateway: Any, request: Request) -> Answer:
    """No longer a tag; with `cascade`, taken from its devices and credentials first."""
    wanted = {**request.params, **request.query, "if_match": request.if_match}
    gateway.devices.raw("delete_tag", **wanted)
    return replies.nothing()


def history(gateway: Any, request: Request) -> Answer:
    """What happened to a tag."""
    page = paging.pages(request.query)
    return replies.many(request, gateway.devices.raw("tag_history", **request.params, **page))
