"""The job type `reachability`: asks the monitor about all devices of a job in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netraven_contracts.errors import Unavailable
from netraven_jobs.job_type import Context, JobType, Result

META = JobType(
    "reachability",
    label="Reachability",
    description="Pings all devices at once and writes down who answers.",
    whole=True,
)


def run_all(contexts: Sequence[Context]) -> list[Result]:
    """Ask about all of them; a silent device is a failure of its own, not of the job. Raises Unavailable."""
    if not contexts:
        return []
    asked = [[context.device["id"], context.device["ip_address"]] for context in contexts]
    answers: Mapping[str, Mapping[str, Any]] = contexts[0].rpc.monitor.check_many(devices=asked)
    _tell_devices(contexts[0], answers)
    return [_result(context, answers.get(context.device["id"])) for context in contexts]


def _tell_devices(context: Context, answers: Mapping[str, Mapping[str, Any]]) -> None:
    """Let the inventory show when each was asked; the verdicts reach it by themselves."""
    samples = [
        [ident, one["timestamp"], one["latency_ms"]]
        for ident, one in answers.items()
        if one["status"] != "unknown"
    ]
    try:
        context.rpc.devices.pulse(samples=samples, through=None)
    except Unavailable as error:
        context.log("warning", f"the devices' last ping is not shown yet: {error}")


def _result(context: Context, answer: Mapping[str, Any] | None) -> Result:
    if answer is None or answer["status"] == "unknown":
        reason = "the monitor could not ask it" if answer is None else str(answer["reason"])
        return Result("failed", "INTERNAL", reason)
    ping = {"status": answer["status"], "latency_ms": answer["latency_ms"]}
    if answer["status"] == "online":
        told = f"answers in {answer['latency_ms']:.2f} ms"
        context.log("info", told, log_type="connection")
        return Result("succeeded", None, told, {"ping": ping})
    told = f"no answer from {context.device['ip_address']}"
    context.log("warning", told, log_type="connection")
    return Result("failed", "UNREACHABLE", told, {"ping": ping})
