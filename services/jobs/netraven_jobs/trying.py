"""Which credential gets into a device: one session after the other, the next only after a refused log-in.

What a session is for, and what becomes of its answer, the job types know. Green.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from netraven_chassis import settings
from netraven_chassis.clock import now_ms
from netraven_chassis.sealing import SealBroken
from netraven_jobs import host_keys
from netraven_jobs.crash import Crashed
from netraven_jobs.job_type import Candidate, Context, Result
from netraven_jobs.platforms import platform
from netraven_jobs.session_request import SessionAnswer, SessionRequest

REFUSED, OTHER_KEY = "AUTHENTICATION", "HOST_KEY_CHANGED"


@dataclass(frozen=True, slots=True)
class Trial:
    """A credential and what its session came to."""

    candidate: Candidate
    answer: SessionAnswer


def failed(answer: SessionAnswer, **data: Any) -> Result:
    """What a session's failure means for the task."""
    return Result("failed", answer.error_class, answer.message, data)


def unfit(context: Context) -> Result | None:
    """Why the job cannot talk to the device at all, or None when it can."""
    name = context.device.get("platform")
    if not name:
        return Result("failed", "NO_PLATFORM", "the device has no platform; set it to a Netmiko device type")
    if platform(name) is None:
        return Result("failed", "NO_PLATFORM", f"no commands are known for devices of platform {name}")
    return None


def first_that_works(context: Context, action: str, previous_size: int | None = None) -> Trial | Result:
    """The first session that got in, or one that failed for another reason than its credential; a Result when
    no credential did.
    """
    last: Trial | None = None
    for last in trials(context, action, previous_size):
        if last.answer.error_class != REFUSED:
            return last
    if last is not None:
        return Result("failed", REFUSED, none_worked(context))
    return Result("failed", "NO_CREDENTIALS", none_fits(context))


def trials(context: Context, action: str, previous_size: int | None = None) -> Iterator[Trial]:
    """A session for each credential in order, as long as they are asked for; none after the job's end.

    Raises Crashed when the process of one has ended.
    """
    for number, candidate in enumerate(context.credentials(), 1):
        if context.cancelled():
            return
        request = _request(context, action, candidate, number, previous_size)
        if request is None:
            continue
        context.log("debug", f"trying the credential {candidate.name}", log_type="connection")
        answer = _checked(context, request, context.collector.run(request, _teller(context)))
        if answer.crash is not None:
            raise Crashed(answer.crash)
        if answer.logged_in or answer.error_class == REFUSED:
            outcome = "authentication" if answer.error_class == REFUSED else "success"
            context.attempted(candidate, outcome)
        if answer.error_class == REFUSED:
            context.log("warning", f"{candidate.name}: {answer.message}", log_type="connection")
        yield Trial(candidate, answer)


def _request(
    context: Context, action: str, candidate: Candidate, number: int, previous_size: int | None
) -> SessionRequest | None:
    device = context.device
    try:
        secret = candidate.open()
    except SealBroken as error:
        # It has not been near the device: that is no refusal, and the next one may be tried.
        context.log("error", f"the credential {candidate.name} cannot be opened: {error}")
        return None
    left = context.deadline - time.monotonic()
    return SessionRequest(
        id=context.session_id if number == 1 else context.session(f"{context.session_id}.{number}"),
        action=action,
        host=device["ip_address"],
        port=device["port"],
        platform=device.get("platform") or "",
        username=candidate.username,
        secret=secret,
        limit=max(left, 0.0),
        connect_timeout=min(settings.current().connect_seconds, max(left, 0.0)),
        host_key=context.dossier().key,
        previous_size=previous_size,
        suspect=context.crashes > 0,
    )


def _checked(context: Context, request: SessionRequest, answer: SessionAnswer) -> SessionAnswer:
    """The answer, with the device's key taken down unless it is the known one; one that failed for it names
    both.
    """
    known, shown = request.host_key, answer.host_key
    if shown is None or shown == known:
        return answer
    host_keys.seen(context.database, context.device["id"], shown, now_ms())
    if answer.error_class != OTHER_KEY or known is None:
        return answer
    keys = f"{host_keys.fingerprint(shown)} and not {host_keys.fingerprint(known)}"
    remedy = f"netraven devices host-key {shlex.quote(context.device['name'])} --accept"
    return replace(
        answer, message=f"{answer.message}, {keys}; if it is the device's own, accept it: {remedy}"
    )


def _teller(context: Context) -> Any:
    return lambda level, log_type, message: context.log(level, message, log_type=log_type)


def none_worked(context: Context) -> str:
    """What is said when the device refused all that were tried."""
    return f"the device accepted no credential{left_alone(context)}"


def none_fits(context: Context) -> str:
    """What is said when none was tried."""
    left_out = left_alone(context)
    return f"no credential could be tried{left_out}" if left_out else "no credential fits the device"


def left_alone(context: Context) -> str:
    """How many credentials rest, as the end of a sentence; "" when none does."""
    count = len(context.resting)
    return f"; {count} were left alone so that the device locks nobody out" if count else ""
