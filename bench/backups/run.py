"""The backups' figures: the collector, then the whole system, beside bare Netmiko, in turns."""

from __future__ import annotations

from functools import partial

from bench.apart import apart
from bench.backups.targets import SERVERS, Job, job, targets
from bench.backups.whole import EMBEDDED, SEPARATE, Backup, Speed, everything
from bench.effort import FULL, QUICK, Effort
from bench.report import Table, against, number
from bench.rounds import Figure, in_turns, medians
from bench.tell import tell

_PLATFORMS = ("cisco_ios", "juniper_junos")
_PROCESSES, _SESSIONS = 2, 8
_TARGET = 0.9
_BARE = "bare Netmiko"
_DEVICES = (
    f"the devices run in {SERVERS} other processes on the same cores and take more of them than any "
    "contestant"
)


def run(effort: Effort) -> list[Table]:
    """Backups per second, ours and bare."""
    count = max(min(effort.devices // 50, 200), 2 * SERVERS)
    return [_sessions(effort, count), _whole(effort, count)]


def _sessions(effort: Effort, count: int) -> Table:
    rows = []
    for platform in _PLATFORMS:
        with targets(platform, count) as devices:
            told = job(platform, devices, _PROCESSES, _SESSIONS)
            cases = {name: partial(_rate, f"bench.backups.{name}", told) for name in ("ours", "bare")}
            figures = medians(cases, effort.rounds, tell)
        ours, bare = figures["ours"].rate, figures["bare"].rate
        rows.append([platform, number(ours), number(bare), against(ours, bare, _TARGET)])
    return Table(
        "Backups: sessions",
        f"Configurations per second from {count} simulated devices with real SSH, {_PROCESSES} processes "
        f"with {_SESSIONS} sessions each.",
        ("platform", "ours/s", "bare Netmiko/s", "ratio"),
        rows,
        (
            "ours: the collector as a worker has it, with the check for truncation, the normal form, the "
            "transcript and the host key; bare: `ConnectHandler`, `enable`, `send_command` in as many "
            "processes and threads; loading Netmiko is in neither",
            _DEVICES,
        ),
    )


def _whole(effort: Effort, count: int) -> Table:
    rows = []
    shown = 1 if effort is QUICK else 2  # platforms, and ways to run the system
    with everything(_PROCESSES, _SESSIONS, (SEPARATE, EMBEDDED)[:shown]) as systems:
        for at, platform in enumerate(_PLATFORMS[:shown]):
            with targets(platform, count, 100 + SERVERS * at) as devices:
                told = job(platform, devices, _PROCESSES, _SESSIONS)
                cases: dict[str, Backup] = {_BARE: partial(_bare, told)}
                cases |= {name: system.register(platform, devices) for name, system in systems.items()}
                speeds = in_turns(cases, effort.rounds, tell)
            bare = Speed.median(speeds[_BARE]).rate
            for name in systems:
                ours = Speed.median(speeds[name])
                ratio = against(ours.rate, bare, _TARGET)
                rows.append([platform, name, number(ours.rate), number(ours.steady), number(bare), ratio])
    return Table(
        "Backups: the whole system",
        f"Backups per second of a job over {count} simulated devices with real SSH, from its request over "
        f"HTTP until it is finished; one worker, {_PROCESSES} processes with {_SESSIONS} sessions each.",
        ("platform", "NetRaven", "ours/s", "between first and last/s", "bare Netmiko/s", "ratio"),
        rows,
        (
            "ours: gateway, jobs, queue, worker, credentials that are opened for each device, transcripts in "
            "the job's log, texts, versions and events in a majority of the database; bare: as above, it "
            "keeps nothing",
            "separate processes: six services, RabbitMQ and mongod; all of them on the cores on which bare "
            "Netmiko is alone with the devices",
            _DEVICES,
        ),
    )


def _bare(told: Job) -> Speed:
    rate = _rate("bench.backups.bare", told).rate
    return Speed(rate, rate)


def _rate(module: str, told: Job) -> Figure:
    return Figure(apart(module, job=told)["rate"])


if __name__ == "__main__":
    print("\n".join(line for table in run(FULL) for line in table.lines()))
