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
