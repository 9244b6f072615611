"""The job type `facts`: asks a device for its serial number, model, version and interfaces."""

from __future__ import annotations

from netraven_jobs.job_type import Context, JobType, Result
from netraven_jobs.session_request import FACTS
from netraven_jobs.trying import failed, first_that_works, unfit

META = JobType(
    "facts",
    label="Facts",
    description="Learns serial number, model, version and interfaces from each device.",
)


def run(context: Context) -> Result:
    """Learn one device's facts; what it does not tell stays as it is."""
    if (no := unfit(context)) is not None:
        return no
    trial = first_that_works(context, FACTS)
    if isinstance(trial, Result):
        return trial
    if not trial.answer.good:
        return failed(trial.answer)
    facts = dict(trial.answer.data)
    if not any(facts.values()):
        return Result("failed", "PROTOCOL", "the device answered, but nothing of it could be understood")
    # None of them means that nothing was said about them, not that they are gone.
    facts["interfaces"] = facts["interfaces"] or None
    return Result("succeeded", None, _told(facts), {"facts": facts})


def _told(facts: dict[str, object]) -> str:
    said = [str(facts[name]) for name in ("model", "os_version", "serial") if facts[name]]
    count = len(facts["interfaces"]) if isinstance(facts["interfaces"], list) else 0
    return ", ".join([*said, f"{count} interfaces"])
