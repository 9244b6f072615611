"""The job type `backup`: fetches a device's configuration and keeps it, unless it is not whole."""

from __future__ import annotations

import shlex
from typing import Any

from marshmallow import Schema, fields

from netraven_chassis.clock import now_ms
from netraven_jobs import blobs, sizes, truncation
from netraven_jobs.job_type import Context, JobType, Result
from netraven_jobs.session_request import BACKUP, SessionAnswer
from netraven_jobs.trying import failed, first_that_works, unfit


class BackupOptions(Schema):
    """What may be said about a backup."""

    accept_smaller = fields.Boolean(
        load_default=False,
        metadata={"description": "Keep a configuration also when it is less than half of the one before."},
    )


META = JobType(
    "backup",
    aliases=("device_backup",),
    label="Backup",
    description="Fetches the configuration of each device and keeps it when it has changed.",
    options=BackupOptions,
)


def run(context: Context) -> Result:
    """Fetch and keep one device's configuration."""
    if (no := unfit(context)) is not None:
        return no
    smaller = context.options.get("accept_smaller", False)
    previous = None if smaller else context.dossier().size_on(context.device["platform"])
    trial = first_that_works(context, BACKUP, previous)
    if isinstance(trial, Result):
        return trial
    if not trial.answer.good:
        return failed(trial.answer)
    return _kept(context, trial.answer, previous)


def _kept(context: Context, answer: SessionAnswer, previous: int | None) -> Result:
    platform, data = context.device["platform"], answer.data
    stored = blobs.put(context.database, data["text"])
    about: dict[str, Any] = {
        "sha256": stored.sha256,
        "size": stored.size,
        "lines": stored.lines,
        "platform": platform,
        "taken_at": now_ms(),
    }
    if data["truncated"] is not None:
        quarantine = {**about, "reason": data["truncated"]}
        return Result(
            "quarantined", "TRUNCATED", _aside(context, data["truncated"]), {"quarantine": quarantine}
        )
    if stored.size != previous:
        sizes.keep(context.database, context.device["id"], platform, stored.size)
    told = f"{stored.lines:,} lines in {answer.duration_ms / 1000:.1f} s"
    return Result("succeeded", None, told, {"backup": {**about, "normal_sha256": data["normal_sha256"]}})


def _aside(context: Context, reason: str) -> str:
    """What is said of an answer in quarantine, with what can be done about it."""
    device = f"--device {shlex.quote(context.device['name'])}"
    told = f"{reason}: it is kept aside; see it with: netraven backups list --quarantined {device}"
    if not reason.endswith(truncation.FELL):
        return told
    return f"{told}; keep it with: netraven jobs run backup {device} --option accept_smaller=true"
