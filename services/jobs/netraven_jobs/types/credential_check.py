"""The job type `credential_check`: tells which credentials log in to a device. Changes nothing there."""

from __future__ import annotations

from netraven_jobs.job_type import Context, JobType, Result
from netraven_jobs.session_request import LOGIN
from netraven_jobs.trying import REFUSED, Trial, failed, trials

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
    data = {"credentials": checked}
    if not done:
        return Result("failed", "NO_CREDENTIALS", "no credential fits the device, or all must rest", data)
    last = done[-1].answer
    if not last.good and last.error_class != REFUSED:
        return failed(last, **data)
    working = [one["name"] for one in checked if one["outcome"] == "success"]
    if not working:
        return Result("failed", REFUSED, "none of the credentials logs in", data)
    return Result("succeeded", None, f"{len(working)} of {len(checked)} log in", data)


def _outcome(trial: Trial) -> str:
    return "success" if trial.answer.good else str(trial.answer.error_class).lower()
