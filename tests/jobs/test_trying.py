"""The job types with real devices: which credential is tried, what is kept, what is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from lab.device import Spec
from lab.manners import GREETING, Manners
from lab.sshd import Sshd
from netraven_chassis.sealing import SealBroken
from netraven_jobs import blobs, dossier, host_keys, sizes
from netraven_jobs.job_type import Candidate, Resting, Result
from netraven_jobs.types import backup, credential_check, facts
from tests.jobs.fleet import START
from tests.jobs.sessions import LOGIN, SECRETS, Bench
from tests.jobs.sessions import bench as bench
from tests.servers.ports import free_ports

Mongo = Database[dict[str, Any]]
DEVICE = "65a1b2c3d4e5f60718293a4b"


@dataclass(frozen=True)
class Known:
    """A credential as a worker has it; one whose secret is None cannot be opened."""

    id: str
    secret: Mapping[str, str] | None = field(repr=False)
    username: str = "netops"
    secret_version: int = 1

    @property
    def name(self) -> str:
        """What people call it."""
        return self.id

    def open(self) -> Mapping[str, str]:
        """Its secret."""
        if self.secret is None:
            raise SealBroken("this key does not open it")
        return self.secret


RIGHT, WRONG = Known("right", SECRETS), Known("wrong", {"password": "canary-wrong"})
SEALED = Known("sealed", None)
RESTING = Resting("tired", "tired", START)


@dataclass
class Task:
    """A task in hand, as job types see it."""

    device: Mapping[str, Any]
    collector: Any
    database: Mongo
    known: tuple[Known, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    job_id: str = "job"
    task_id: str = "task"
    attempt: int = 1
    crashes: int = 0
    resting: tuple[Resting, ...] = ()
    over: bool = False
    rpc: Any = None
    lines: list[str] = field(default_factory=list)
    attempts: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + 120.0
        self.session_id = f"task-{id(self)}"

    def log(self, level: str, message: str, **meta: Any) -> None:
        """Write it down."""
        self.lines.append(f"{level} {meta.get('log_type', 'job')} {message}")

    def session(self, session_id: str) -> str:
        """One more."""
        return session_id

    def dossier(self) -> dossier.Dossier:
        """As it is now."""
        return dossier.read(self.database, self.device["id"])

    def credentials(self) -> Iterator[Candidate]:
        """In order."""
        return iter(self.known)

    def attempted(self, credential: Candidate, outcome: str) -> None:
        """Write it down."""
        self.attempts.append((credential.id, outcome))

    def cancelled(self) -> bool:
        """Whether it is over."""
        return self.over


def _task(bench: Bench, database: Mongo, name: str, *known: Known, **more: Any) -> Task:
    device: dict[str, Any] = {"id": DEVICE, "name": name, "ip_address": "127.0.0.1", "platform": "cisco_ios"}
    device |= {"port": bench.ports[name], **more.pop("device", {})}
    return Task(device, bench.collector, database, known, **more)


def test_a_backup_keeps_what_the_device_has(bench: Bench, database: Mongo) -> None:
    task = _task(bench, database, bench.device(), RIGHT)
    result = backup.run(task)
    assert result.status == "succeeded", result
    kept = result.data["backup"]
    text = blobs.text(database, kept["sha256"])
    assert text.rstrip().endswith("end")
    assert (kept["lines"], kept["size"]) == (text.count("\n"), len(text.encode()))
    assert set(kept) == {"sha256", "normal_sha256", "size", "lines", "platform", "taken_at"}
    assert task.attempts == [("right", "success")]
    assert "canary" not in repr((result, task.lines))


def test_nothing_configured_is_the_same_normal_form(bench: Bench, database: Mongo) -> None:
    name = bench.device()
    one, other = (backup.run(_task(bench, database, name, RIGHT)).data["backup"] for _ in range(2))
    assert one["normal_sha256"] == other["normal_sha256"]
    assert one["sha256"] != other["sha256"]
    path = bench.file(name)
    path.write_text(path.read_text().replace("name USERS", "name PEOPLE"))
    assert (
        backup.run(_task(bench, database, name, RIGHT)).data["backup"]["normal_sha256"]
        != one["normal_sha256"]
    )


def test_a_device_that_does_not_greet_in_time_has_timed_out(
    bench: Bench, database: Mongo, settings_for: Callable[..., Any]
) -> None:
    settings_for(NETRAVEN_CONNECT_SECONDS="1")
    task = _task(bench, database, bench.device(manners=Manners(hangs=GREETING)), RIGHT)
    began = time.monotonic()
    assert backup.run(task).error_class == "TIMEOUT"
    assert time.monotonic() - began < 60
    assert task.attempts == []


def test_the_next_credential_follows_a_refused_one_and_both_show(bench: Bench, database: Mongo) -> None:
    task = _task(bench, database, bench.device(), SEALED, WRONG, RIGHT)
    assert backup.run(task).status == "succeeded"
    assert task.attempts == [("wrong", "authentication"), ("right", "success")]
    assert any("wrong: the device did not accept" in line for line in task.lines)


def test_a_device_that_hangs_up_on_a_wrong_password_has_refused_it(
    bench: Bench, database: Mongo, tmp_path: Path
) -> None:
    """OpenSSH does at the last try that it permits: the next credential is tried, and both show."""
    spec = Spec("jump", "linux", "127.0.0.1", LOGIN, port=free_ports(1)[0])
    server = Sshd(spec, tmp_path, "MaxAuthTries 1\nPasswordAuthentication yes")
    server.start()
    try:
        bench.ports["jump"] = server.port
        device = {"platform": "linux"}
        other = Known("other", {"password": "canary-other"}, server.username)
        wrong = Known("wrong", WRONG.secret, server.username)
        result = backup.run(_task(bench, database, "jump", wrong, other, device=device))
        assert (result.error_class, result.message) == ("AUTHENTICATION", "the device accepted no credential")
        key = Known("key", {"private_key": server.private_key()}, server.username)
        task = _task(bench, database, "jump", wrong, key, device=device)
        assert backup.run(task).status == "succeeded"
    finally:
        server.stop()
    assert task.attempts == [("wrong", "authentication"), ("key", "success")]
    assert any("wrong: the device hung up when it was given the credential" in line for line in task.lines)


def test_no_credential_follows_another_failure(bench: Bench, database: Mongo) -> None:
    task = _task(bench, database, bench.device(manners=Manners(hangs_up=True)), WRONG, RIGHT)
    assert backup.run(task).error_class == "PROTOCOL"
    assert task.attempts == []


def test_without_a_credential_that_works_it_fails(bench: Bench, database: Mongo) -> None:
    name = bench.device()
    assert backup.run(_task(bench, database, name, WRONG)).error_class == "AUTHENTICATION"
    assert backup.run(_task(bench, database, name)).error_class == "NO_CREDENTIALS"
    held = backup.run(_task(bench, database, name, resting=(RESTING, RESTING)))
    assert (held.error_class, "2 were left alone" in held.message) == ("NO_CREDENTIALS", True)


@pytest.mark.parametrize("platform", [None, "", "ciena_saos"])
def test_a_device_of_no_known_platform_is_not_asked(
    bench: Bench, database: Mongo, platform: str | None
) -> None:
    task = _task(bench, database, bench.device(), RIGHT, device={"platform": platform})
    for kind in (backup, facts):
        assert kind.run(task).error_class == "NO_PLATFORM"
    assert task.attempts == []


def test_half_a_configuration_goes_into_quarantine(bench: Bench, database: Mongo) -> None:
    name = bench.device(manners=Manners(truncates=True))
    result = backup.run(_task(bench, database, name, RIGHT))
    assert (result.status, result.error_class) == ("quarantined", "TRUNCATED")
    assert "end mark" in result.data["quarantine"]["reason"]
    assert f"see it with: netraven backups list --quarantined --device {name}" in result.message
    assert "accept_smaller" not in result.message
    assert sizes.last(database, DEVICE, "cisco_ios") is None


def test_one_that_shrank_does_too_unless_that_is_wanted(bench: Bench, database: Mongo) -> None:
    name = bench.device()
    sizes.keep(database, DEVICE, "cisco_ios", 100_000)
    shrunk = backup.run(_task(bench, database, name, RIGHT))
    remedy = f"netraven jobs run backup --device {name} --option accept_smaller=true"
    assert shrunk.error_class == "TRUNCATED" and shrunk.message.endswith(f"keep it with: {remedy}")
    wanted = _task(bench, database, name, RIGHT, options={"accept_smaller": True})
    assert backup.run(wanted).status == "succeeded"
    assert backup.run(_task(bench, database, name, RIGHT)).status == "succeeded"


def test_a_changed_host_key_stops_until_it_is_accepted(bench: Bench, database: Mongo) -> None:
    first, other = bench.device(), bench.device()
    assert backup.run(_task(bench, database, first, RIGHT)).status == "succeeded"
    moved = _task(bench, database, other, RIGHT, device={"name": "core 1"})
    result = backup.run(moved)
    assert (result.error_class, moved.attempts) == ("HOST_KEY_CHANGED", [])
    keys = host_keys.show(database, DEVICE)
    for said in (keys["fingerprint"], keys["offered_fingerprint"]):
        assert said.startswith("SHA256:") and said in result.message
    assert result.message.endswith("netraven devices host-key 'core 1' --accept")
    host_keys.accept(database, DEVICE, host_keys.offered(database, DEVICE), "marie")
    assert backup.run(_task(bench, database, other, RIGHT)).status == "succeeded"


def test_a_cancelled_task_begins_no_session(bench: Bench, database: Mongo) -> None:
    task = _task(bench, database, bench.device(), RIGHT, over=True)
    assert backup.run(task).status == "failed"
    assert task.attempts == []


def test_facts_are_told_as_the_contract_says(bench: Bench, database: Mongo) -> None:
    result: Result = facts.run(_task(bench, database, bench.device(), RIGHT))
    assert result.status == "succeeded"
    assert set(result.data["facts"]) == {"serial", "model", "os_version", "interfaces"}
    assert result.data["facts"]["model"] == "WS-C2960X-24TS-L"


def test_a_check_tells_of_every_credential(bench: Bench, database: Mongo) -> None:
    name = bench.device()
    result = credential_check.run(_task(bench, database, name, RIGHT, WRONG))
    assert result.status == "succeeded"
    assert result.data["credentials"] == [
        {"id": "right", "name": "right", "outcome": "success"},
        {"id": "wrong", "name": "wrong", "outcome": "authentication"},
    ]
    assert credential_check.run(_task(bench, database, name, WRONG)).error_class == "AUTHENTICATION"
    none = credential_check.run(_task(bench, database, name))
    assert (none.error_class, none.message) == ("NO_CREDENTIALS", "no credential fits the device")


def test_a_check_shows_the_credentials_that_rest_and_until_when(bench: Bench, database: Mongo) -> None:
    name, row = bench.device(), {"id": "tired", "name": "tired", "outcome": "rested"}
    rested = {**row, "until": "2026-01-02T03:04:05.000Z"}
    alone = "1 were left alone so that the device locks nobody out"
    result = credential_check.run(_task(bench, database, name, RIGHT, resting=(RESTING,)))
    assert result.data["credentials"][1:] == [rested]
    assert (result.status, result.message) == ("succeeded", f"1 of 1 log in; {alone}")
    result = credential_check.run(_task(bench, database, name, resting=(RESTING,)))
    assert result.data["credentials"] == [rested]
    assert (result.error_class, result.message) == (
        "NO_CREDENTIALS",
        f"no credential could be tried; {alone}",
    )
    refused = credential_check.run(_task(bench, database, name, WRONG, resting=(RESTING,)))
    assert refused.message == f"the device accepted no credential; {alone}"
