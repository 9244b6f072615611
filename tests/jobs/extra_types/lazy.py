"""A type for tests: each device takes as long as the options say, and ends as its notes, its name, say."""

from __future__ import annotations

import os
import signal
from collections import Counter

import eventlet
from marshmallow import Schema, fields

from netraven_contracts.errors import Unavailable
from netraven_jobs.job_type import Context, JobType, Result


class Options(Schema):
    """How long, in seconds; which devices fail, stumble or kill the worker, by a part of their names; how
    often something that is needed is away first.
    """

    seconds = fields.Float(load_default=0.0)
    failing = fields.String(load_default="")
    stumbling = fields.String(load_default="")
    deadly = fields.String(load_default="")
    deaf = fields.Boolean(load_default=False)
    away = fields.Integer(load_default=0)


BEGUN: Counter[str] = Counter()
META = JobType("lazy", aliases=("slow",), label="Lazy", description="Waits.", options=Options)


def run(context: Context) -> Result:
    """Wait, and look every now and then whether it is enough."""
    told, name = context.options, context.device["name"]
    if told["deadly"] and told["deadly"] in name:
        os.kill(os.getpid(), signal.SIGKILL)
    BEGUN[context.session_id] += 1
    if BEGUN[context.session_id] <= told.get("away", 0):
        raise Unavailable("nobody there")
    left = told["seconds"]
    while left > 0 and (told.get("deaf") or not context.cancelled()):
        eventlet.sleep(min(left, 0.05))
        left -= 0.05
    if context.cancelled():
        return Result("failed", "CANCELLED", "broken off")
    if told["stumbling"] and told["stumbling"] in name:
        raise LookupError("stumbled")
    if told["failing"] and told["failing"] in name:
        return Result("failed", "TIMEOUT", "told to fail")
    return Result("succeeded", None, "waited", {"waited": told["seconds"]})
