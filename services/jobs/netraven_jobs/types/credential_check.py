"""The job type `credential_check`: tells which credentials log in to a device. Changes nothing there."""

from __future__ import annotations

from netraven_chassis.clock import iso
from netraven_jobs.job_type import Context, JobType, Resting, Result
from netraven_jobs.session_request import LOGIN
from netraven_jobs.trying import REFUSED, Trial, failed, left_alone, none_fits, none_worked, trials

META = JobType(
    "credential_check",
    label="Credential check",
    description="Tries every credential that fits a device and tells which ones log in.",
)


def run(context: Context) -> Result:
    """Try all credentials of one device, not only up to the first that works."""
    done: list[Trial] = []
    for trial in trials(context, LOGIN):
        done.append(trial)
        if not trial.answer.good and trial.answer.error_class != REFUSED:
            break  # the device is in trouble: that says nothing about the credentials left
    checked = [{"id": one.candidate.id, "name": one.candidate.name, "outcome": _outcome(one)} for one in done]
    data = {"credentials": [*checked, *map(_rested, context.resting)]}
    if not done:
        return Result("failed", "NO_CREDENTIALS", none_fits(context), data)
    last = done[-1].answer
    if not last.good and last.error_class != REFUSED:
        return failed(last, **data)
    working = [one["name"] for one in checked if one["outcome"] == "success"]
    if not working:
        return Result("failed", REFUSED, none_worked(context), data)
    return Result("succeeded", None, f"{len(working)} of {len(checked)} log in{left_alone(context)}", data)


def _rested(one: Resting) -> dict[str, str]:
    return {"id": one.id, "name": one.name, "outcome": "rested", "until": iso(one.until)}


def _outcome(trial: Trial) -> str:
    return "success" if trial.answer.good else str(trial.answer.error_class).lower()
