"""The backups' figures: the collector, then the whole system, beside bare Netmiko, in turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from bench.apart import apart
from bench.backups import processor
from bench.backups.processor import SESSIONS, Seconds
from bench.backups.targets import SERVERS, Job, Targets, job, targets
from bench.backups.whole import DEVICES, EMBEDDED, SEPARATE, Backup, Speed, Whole, everything
from bench.effort import FULL, QUICK, Effort
from bench.report import Table, against, number
from bench.rounds import Figure, in_turns, medians
from bench.tell import tell

_PLATFORMS = ("cisco_ios", "juniper_junos")
_PROCESSES, _SESSIONS = 2, 8
_ROUNDS = 3  # a round takes a minute
_TARGET = 0.9
_FLEET = 4  # so many times more for the whole system: a job's first and last second weigh as in a fleet
_BARE = "bare Netmiko"
_THINK_SECONDS = 0.25
_DEVICES = (
    f"the devices run in {SERVERS} other processes on the same cores and take more of them than any "
    "contestant"
)


@dataclass(frozen=True, slots=True)
class _Case:
    """Devices, and the ways in which the system backs them up; they think for `slow` seconds before they
    answer.
    """

    platform: str
    ways: tuple[str, ...]
    slow: float = 0.0

    @property
    def name(self) -> str:
        """As the tables show it."""
        return f"{self.platform}, each answer after {self.slow:g} s" if self.slow else self.platform


_CASES = (
    _Case("cisco_ios", (SEPARATE, EMBEDDED)),
    _Case("juniper_junos", (SEPARATE, EMBEDDED)),
    _Case("cisco_ios", (SEPARATE, EMBEDDED), _THINK_SECONDS),
)


def run(effort: Effort) -> list[Table]:
    """Backups per second, ours and bare, and the processor time of each."""
    count = max(min(effort.devices // 78, 128), 2 * SERVERS)
    return [_sessions(effort, count), *_whole(effort, _FLEET * count)]


def _sessions(effort: Effort, count: int) -> Table:
    rows = []
    for platform in _PLATFORMS:
        with targets(platform, count) as there:
            told = job(platform, there.devices, _PROCESSES, _SESSIONS)
            cases = {name: partial(_rate, f"bench.backups.{name}", told) for name in ("ours", "bare")}
            figures = medians(cases, min(effort.rounds, _ROUNDS), tell)
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


def _whole(effort: Effort, count: int) -> list[Table]:
    cases = _CASES[:1] if effort is QUICK else _CASES
    ways = tuple(way for way in (SEPARATE, EMBEDDED) if effort is not QUICK or way == SEPARATE)
    told: dict[_Case, dict[str, Speed]] = {}
    with everything(_PROCESSES, _SESSIONS, ways) as systems:
        for at, case in enumerate(cases):
            # Of those that think, an eighth takes as long as all of the others.
            devices = max(count // 8, 2 * SERVERS) if case.slow else count
            with targets(case.platform, devices, 100 + SERVERS * at, case.slow) as there:
                told[case] = _measured(case, there, systems, effort)
    return [_rates(told, count), _costs(told)]


def _measured(case: _Case, there: Targets, systems: Mapping[str, Whole], effort: Effort) -> dict[str, Speed]:
    """{contestant: how fast it was}"""
    asked = job(case.platform, there.devices, _PROCESSES, _SESSIONS)
    backups: dict[str, Backup] = {_BARE: partial(_bare, asked, there)}
    for way, system in systems.items():
        if way in case.ways:
            tag = f"{case.platform}-{case.slow:g}".replace("_", "-").replace(".", "-")
            backups[way] = system.register(tag, case.platform, there)
    speeds = in_turns(backups, min(effort.rounds, _ROUNDS), tell)
    return {name: Speed.median(some) for name, some in speeds.items()}


def _rates(told: Mapping[_Case, Mapping[str, Speed]], count: int) -> Table:
    rows = []
    for case, speeds in told.items():
        bare = speeds[_BARE].rate
        for way, ours in speeds.items():
            if way != _BARE:
                ratio = against(ours.rate, bare, _TARGET)
                rows.append([case.name, way, number(ours.rate), number(ours.steady), number(bare), ratio])
    return Table(
        "Backups: the whole system",
        f"Backups per second of a job over {count} simulated devices with real SSH (an eighth of "
        "them where they think), from its request over HTTP until it is finished; one worker, "
        f"{_PROCESSES} processes with {_SESSIONS} sessions each.",
        ("devices", "NetRaven", "ours/s", "between first and last/s", "bare Netmiko/s", "ratio"),
        rows,
        (
            "ours: gateway, jobs, queue, worker, credentials that are opened for each device, transcripts in "
            "the job's log, texts, versions and events in a majority of the database; bare: as above, it "
            "keeps nothing",
            "separate processes: six services, RabbitMQ and mongod; all of them on the cores on which bare "
            "Netmiko is alone with the devices",
            f"{_DEVICES}; where they answer at once, that is all that a backup takes, and what we do beside "
            "its session counts against us in full",
            f"where each answer comes after {_THINK_SECONDS:g} s, as from a real device, most of a session "
            "is waiting, and the processors have room for what is done beside it",
        ),
    )


def _costs(told: Mapping[_Case, Mapping[str, Speed]]) -> Table:
    rows = []
    for case, speeds in told.items():
        for who, speed in speeds.items():
            parts = dict(sorted(speed.processor.items(), key=lambda item: -item[1]))
            sessions, devices = parts.pop(SESSIONS, 0.0), parts.pop(DEVICES, 0.0)
            others = ", ".join(f"{name} {_ms(seconds)}" for name, seconds in parts.items())
            beside = _ms(sum(parts.values()))
            rows.append([case.name, who, _ms(devices), _ms(sessions), beside, others or "-"])
    return Table(
        "Backups: processor time",
        "Milliseconds of processor time for each backup, in the same runs.",
        ("devices", "contestant", "the devices themselves", "sessions", "beside them", "of which"),
        rows,
        (
            "sessions: the processes in which Netmiko runs, ours and bare",
            "beside them: what a job needs from its request until it is finished, with all that the services "
            "do meanwhile without being asked",
        ),
    )


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f}"


def _bare(told: Job, there: Targets) -> Speed:
    before = processor.used({DEVICES: there.pids})
    answer = apart("bench.backups.bare", job=told)
    devices = processor.between(before, processor.used({DEVICES: there.pids}))
    count = len(there.devices)
    cost: Seconds = {DEVICES: devices[DEVICES] / count, SESSIONS: answer["processor"] / count}
    return Speed(answer["rate"], answer["rate"], cost)


def _rate(module: str, told: Job) -> Figure:
    return Figure(apart(module, job=told)["rate"])


if __name__ == "__main__":
    print("\n".join(line for table in run(FULL) for line in table.lines()))
