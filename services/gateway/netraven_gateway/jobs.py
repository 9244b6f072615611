"""What clients ask about jobs, handed to the service that has them. No rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from netraven_chassis.bus import Reply
from netraven_gateway import paging, replies
from netraven_gateway.answers import Answer
from netraven_gateway.request import Request

ME = "me"
"""Whoever asks, in the place of a user."""


def index(gateway: Any, request: Request) -> Answer:
    """A page of jobs."""
    asked = paging.asked(request.query)
    if asked["filters"].get("created_by") == ME:
        asked["filters"]["created_by"] = request.caller.user_id
    return replies.many(request, gateway.jobs.raw("index_jobs", **asked))


def create(gateway: Any, request: Request) -> Answer:
    """A new job; with a schedule, what will start jobs."""
    return replies.one(request, gateway.jobs.raw("create_job", job=request.body))


def show(gateway: Any, request: Request) -> Answer:
    """One job with its devices."""
    return replies.one(request, gateway.jobs.raw("show_job", **request.params))


def act(gateway: Any, request: Request) -> Answer:
    """Cancel or retry a job; pause or resume a schedule."""
    return replies.one(request, _ACTIONS[request.body["action"]](gateway.jobs, request))


def devices(gateway: Any, request: Request) -> Answer:
    """A page of a job's devices."""
    wanted = paging.asked(request.query)
    del wanted["sort"]
    return replies.many(request, gateway.jobs.raw("job_devices", **request.params, **wanted))


def history(gateway: Any, request: Request) -> Answer:
    """What happened to a job."""
    page = paging.pages(request.query)
    return replies.many(request, gateway.jobs.raw("job_history", **request.params, **page))


def types(gateway: Any, request: Request) -> Answer:
    """All job types."""
    return replies.one(request, gateway.jobs.raw("job_types"))


def recent(gateway: Any, request: Request) -> Answer:
    """The jobs that were asked for last."""
    return replies.one(request, gateway.jobs.raw("recent_jobs", **request.query))


def scheduled(gateway: Any, request: Request) -> Answer:
    """A page of what is due, the next first."""
    return replies.many(request, gateway.jobs.raw("scheduled_jobs", **paging.pages(request.query)))


def host_key(gateway: Any, request: Request) -> Answer:
    """The key by which a device is known."""
    return replies.one(request, gateway.jobs.raw("host_key", **request.params))


def accept_host_key(gateway: Any, request: Request) -> Answer:
    """The key that a device shows now becomes the one by which it is known."""
    return replies.one(request, gateway.jobs.raw("accept_host_key", **request.params, **request.body))


def _cancel(jobs: Any, request: Request) -> Reply:
    return _raw(jobs, "cancel_job", request, job_id=request.params["job_id"])


def _retry(jobs: Any, request: Request) -> Reply:
    named = {"job_id": request.params["job_id"], "only": request.body["which"]}
    return _raw(jobs, "retry_job", request, **named)


def _pause(jobs: Any, request: Request) -> Reply:
    return _raw(jobs, "pause_schedule", request, schedule_id=request.params["job_id"])


def _resume(jobs: Any, request: Request) -> Reply:
    return _raw(jobs, "resume_schedule", request, schedule_id=request.params["job_id"])


def _raw(jobs: Any, method: str, request: Request, **named: Any) -> Reply:
    reply: Reply = jobs.raw(method, **named, if_match=request.if_match)
    return reply


_ACTIONS: dict[str, Callable[[Any, Request], Reply]] = {
    "cancel": _cancel,
    "retry": _retry,
    "pause": _pause,
    "resume": _resume,
}
