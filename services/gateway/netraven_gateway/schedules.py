"""What clients ask about schedules, handed to the service that has them. No rules."""

from __future__ import annotations

from typing import Any

from netraven_gateway import paging, replies
from netraven_gateway.answers import Answer
from netraven_gateway.request import Request


def index(gateway: Any, request: Request) -> Answer:
    """A page of schedules."""
    return replies.many(request, gateway.jobs.raw("index_schedules", **paging.asked(request.query)))


def show(gateway: Any, request: Request) -> Answer:
    """One schedule."""
    return replies.one(request, gateway.jobs.raw("show_schedule", **request.params))


def change(gateway: Any, request: Request) -> Answer:
    """Some fields of a schedule."""
    changes = {"changes": request.body, "if_match": request.if_match}
    return replies.one(request, gateway.jobs.raw("change_schedule", **request.params, **changes))


def pause(gateway: Any, request: Request) -> Answer:
    """Start no jobs for a while."""
    return replies.one(request, gateway.jobs.raw("pause_schedule", **request.params))


def resume(gateway: Any, request: Request) -> Answer:
    """Start jobs again."""
    return replies.one(request, gateway.jobs.raw("resume_schedule", **request.params))


def delete(gateway: Any, request: Request) -> Answer:
    """No longer a schedule; its jobs stay."""
    gateway.jobs.raw("delete_schedule", **request.params, if_match=request.if_match)
    return replies.nothing()


def history(gateway: Any, request: Request) -> Answer:
    """What happened to a schedule."""
    page = paging.pages(request.query)
    return replies.many(request, gateway.jobs.raw("schedule_history", **request.params, **page))
