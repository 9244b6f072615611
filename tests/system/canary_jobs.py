"""Jobs that carry secrets everywhere they can go: in credentials, in configurations, in what devices say.
Nothing is sought here.
"""

from __future__ import annotations

import base64
import os
import secrets
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lab.changing import change
from lab.device import Spec, configuration_file
from lab.manners import ANSWER, WELL_BEHAVED, Login, Manners
from lab.process import LabProcess
from tests.patience import patience
from tests.system.canary_configurations import FORMS, configuration
from tests.system.canary_world import World
from tests.system.listening import Listener, Stream, below

OVER = ("succeeded", "partial", "failed", "cancelled")
EVENTS = ["configuration.changed", "task.failed", "job.finished"]

Json = dict[str, Any]


@dataclass
class Jobs:
    """A system with devices, and what came out of it."""

    world: World
    lab: LabProcess
    listener: Listener
    streams: list[Stream] = field(default_factory=list)
    processes: dict[int, bytes] = field(default_factory=dict)
    devices: dict[str, Json] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def places(self) -> dict[str, bytes]:
        """{place: everything in it}"""
        streams = {f"the stream {one.path}": one.said for one in self.streams}
        processes = {f"process {pid}": told for pid, told in self.processes.items()}
        return {**self.world.places(), **streams, **processes, "webhooks": b"\n".join(self.listener.heard)}

    def made(self, method: str, path: str, body: Any = None) -> Any:
        """The data of an answer that must be a good one."""
        status, answer, _ = self.world.api(method, path, body)
        assert status in (200, 201), (path, answer)
        return answer["data"]

    def device(
        self,
        name: str,
        platform: str,
        login: Login,
        manners: Manners = WELL_BEHAVED,
        *,
        said: str | None = None,
        tag: str = "canary",
        configured: bool = False,
    ) -> Json:
        """One in the lab and in the inventory, where it may be said to be of another platform."""
        path = configuration_file(self.lab.folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if configured:
            path.write_text(configuration(platform, name, self.world.canaries))
        spec = Spec(name, platform, f"127.61.0.{len(self.devices) + 1}", login, port=0)
        port = self.lab.serve([spec], {name: manners})[name]
        body = {"name": name, "ip_address": spec.address, "port": port, "platform": said or platform}
        body |= {"device_type": "switch", "location": "lab", "tags": [tag], "create_missing_tags": True}
        self.devices[name] = self.made("POST", "/devices", body)
        return self.devices[name]

    def credential(self, name: str, tag: str, secret: Json, priority: int = 100) -> None:
        """One for the devices with this tag."""
        body = {"name": name, "username": "netops", "method": "ssh", "tags": [tag], "priority": priority}
        self.made("POST", "/credentials", {**body, "secret": secret})

    def ask(self, kind: str, *names: str) -> Json:
        """A job for these devices, its log followed."""
        ids = [self.devices[name]["id"] for name in names]
        job: Json = self.made("POST", "/jobs", {"type": kind, "devices": ids})
        self.asked.append(job["id"])
        self.streams.append(Stream(self.world.api, f"/logs/stream?job_id={job['id']}"))
        return job

    def over(self, job: Json) -> Json:
        """The job when it is over."""
        deadline = time.monotonic() + patience(40)
        while (now := self.made("GET", f"/jobs/{job['id']}"))["status"] not in OVER:
            assert time.monotonic() < deadline, now
            time.sleep(0.1)
        done: Json = now
        return done

    def run(self, kind: str, *names: str) -> Json:
        """The same from its beginning to its end."""
        return self.over(self.ask(kind, *names))

    def until_session(self, name: str) -> None:
        """Wait until a session with the device is open."""
        deadline = time.monotonic() + patience(20)
        while not self.lab.sessions(name):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def look_at_processes(self) -> None:
        """Keep what everybody on the machine may see of ours."""
        self.processes |= below(self.pids())

    def pids(self) -> list[int]:
        """The processes that were started."""
        return [one.pid for one in self.world.system.instances]


@contextmanager
def with_jobs(world: World, folder: Path) -> Iterator[Jobs]:
    """All of it, done."""
    with LabProcess(folder) as lab, Listener() as listener:
        jobs = Jobs(world, lab, listener)
        _listen(jobs)
        _equip(jobs)
        _work(jobs)
        _trouble(jobs)
        _await_deliveries(jobs)
        _look(jobs)
        yield jobs


def _listen(jobs: Jobs) -> None:
    hook = {"name": "all", "url": jobs.listener.url, "events": EVENTS}
    jobs.made("POST", "/webhooks", {**hook, "secret": jobs.world.canaries("a webhook's secret")})
    for path in ("/jobs/events", "/events/stream", "/logs/stream"):
        jobs.streams.append(Stream(jobs.world.api, path))


def _equip(jobs: Jobs) -> None:
    canary = jobs.world.canaries
    login = Login("netops", canary("a log-in"), canary("an enable secret"))
    for platform in FORMS:
        jobs.device(f"the-{platform.replace('_', '-')}", platform, login, configured=True)
    # Its greeting, prompt and answers repeat the passwords; the last one also refuses what it is asked.
    jobs.device("the-parrot", "cisco_ios", login, Manners(parrots=True))
    jobs.device("the-rude-parrot", "dell_os10", login, Manners(parrots=True), said="cisco_nxos")
    jobs.device("the-unknown-parrot", "cisco_ios", login, Manners(parrots=True), said="generic")
    jobs.device("the-short-one", "cisco_ios", login, Manners(truncates=True), configured=True)
    jobs.device("the-silent-one", "cisco_ios", login, Manners(hangs=ANSWER), configured=True)
    secret = {"password": login.password, "enable": login.enable}
    jobs.credential(
        "wrong", "canary", {"password": canary("a wrong password"), "enable": canary("unused")}, 1
    )
    jobs.credential("right", "canary", secret)
    low = Login("netops", login.password, secrets.token_hex(20))
    jobs.device("the-closed-one", "cisco_ios", low, Manners(parrots=True), tag="closed")
    jobs.credential("low", "closed", {"password": login.password, "enable": canary("a wrong enable secret")})
    _equip_with_a_key(jobs)


def _equip_with_a_key(jobs: Jobs) -> None:
    canary = jobs.world.canaries
    passphrase = canary("a passphrase")
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.BestAvailableEncryption(passphrase.encode()),
    ).decode()
    # The first lines say how it is encrypted; that is no secret.
    for number, line in enumerate(text.splitlines()[3:-1]):
        canary.ways[f"line {number} of a key"] = line
    seed = key.private_bytes(
        serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
    )
    canary.ways["a key, decrypted"] = base64.b64encode(seed).decode()
    shown = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    login = Login("netops", secrets.token_hex(20), public_key=shown.decode())
    jobs.device("the-one-with-a-key", "juniper_junos", login, Manners(parrots=True), tag="keys")
    jobs.credential("key", "keys", {"private_key": text, "passphrase": passphrase})


def _work(jobs: Jobs) -> None:
    good = [f"the-{platform.replace('_', '-')}" for platform in FORMS] + ["the-one-with-a-key"]
    chatty = ["the-parrot", "the-rude-parrot", "the-unknown-parrot", "the-closed-one"]
    asked = [jobs.ask(kind, *good, *chatty) for kind in ("credential_check", "backup", "facts")]
    for job in asked:
        found = {one["name"]: (one["status"], one["message"]) for one in jobs.over(job)["devices"]}
        if job["type"] != "facts":
            assert {found[name][0] for name in good} == {"succeeded"}, found
        assert job["type"] != "backup" or found["the-rude-parrot"][0] == "failed", found
    for name in ("the-cisco-ios", "the-juniper-junos"):
        change(jobs.lab.folder, name, name.removeprefix("the-").replace("-", "_"))
    assert jobs.run("backup", *good)["status"] == "succeeded"


def _trouble(jobs: Jobs) -> None:
    short = jobs.run("backup", "the-short-one")
    assert short["devices"][0]["error_class"] == "TRUNCATED", short
    job = jobs.ask("backup", "the-silent-one")
    jobs.until_session("the-silent-one")
    jobs.look_at_processes()
    assert jobs.world.api("PATCH", f"/jobs/{job['id']}", {"action": "cancel"})[0] == 200
    assert jobs.over(job)["status"] == "cancelled"
    job = jobs.ask("backup", "the-silent-one")
    jobs.until_session("the-silent-one")
    jobs.lab.behave("the-silent-one")
    if jobs.world.tap:
        (worker,) = jobs.world.system.of("worker")
        worker.kill()
        worker.begin().wait_ready()
        done = jobs.over(job)
        assert done["status"] == "succeeded", done
    else:  # where all are one process, only those below it that have the sessions can go
        for pid, told in below(jobs.pids()).items():
            if b"netraven_jobs.child\0" in told:
                os.kill(pid, signal.SIGKILL)
        assert jobs.over(job)["status"] in ("succeeded", "failed")


def _await_deliveries(jobs: Jobs) -> None:
    (hook,) = jobs.made("GET", "/webhooks")
    path = f"/webhooks/{hook['id']}/deliveries?size=1000"
    deadline = time.monotonic() + patience(20)
    while {(one["event"], one["status"]) for one in jobs.made("GET", path)} != {
        (event, "delivered") for event in EVENTS
    }:
        assert time.monotonic() < deadline, jobs.made("GET", path)
        time.sleep(0.2)
    for one in jobs.made("GET", path)[:5]:
        jobs.made("GET", f"/webhooks/{hook['id']}/deliveries/{one['id']}")


def _look(jobs: Jobs) -> None:
    """Ask for all that is kept, in every way but in clear."""
    for job in jobs.asked:
        _ask_all(jobs, f"/jobs/{job}", "", "/devices", "/history")
        entries = jobs.made("GET", f"/logs?job_id={job}&size=1000")
        _ask_all(jobs, f"/logs/{entries[0]['id']}", "")
    for backup in jobs.made("GET", "/backups?size=1000"):
        _ask_all(
            jobs, f"/backups/{backup['id']}", "", "/download", "/history", "/diff", "/diff?volatile=true"
        )
    for device in jobs.devices.values():
        path = f"/devices/{device['id']}"
        _ask_all(jobs, path, "", "/config", "/history", "/quarantine", "/credentials", "/host-key")
        for one in jobs.made("GET", f"{path}/quarantine"):
            _ask_all(jobs, f"/backups/{one['id']}", "/download")
    for word in ("password", "secret", "community", "key", "snmp", "psk"):
        jobs.made("GET", f"/backups/search?q={word}&context=5&limit=1000")
    _ask_all(jobs, "", "/events?size=1000", "/credentials?size=1000", "/logs/stats")
    _ask_all(jobs, "/backups", "/stale", "/quarantine")


def _ask_all(jobs: Jobs, path: str, *ends: str) -> None:
    for end in ends:
        status = jobs.world.api("GET", path + end)[0]
        assert status in (200, 404), (path + end, status)
