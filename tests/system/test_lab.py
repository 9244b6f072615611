"""The lab beside a running system: registered over HTTP, backed up over SSH, changed, backed up again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.changing import change
from netraven_cli.client import Api as Client
from netraven_cli.session import Sessions
from tests.patience import patience
from tests.servers.netraven import PASSWORD, Api, System

ROOT = Path(__file__).parents[2]
OVER = ("succeeded", "partial", "failed", "cancelled")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def api(system: System, folder: Path) -> Iterator[Api]:
    """A client of a system in which the lab has been registered."""
    net = f"127.{200 + os.getpid() % 50}.{os.getpid() // 50 % 250}"
    # As after `netraven login`: the lab is told neither the address nor a password.
    sessions = Sessions(folder / "netraven" / "sessions.json")
    Client(system.url, sessions).tokens.log_in("admin", PASSWORD)
    process = subprocess.Popen(
        [sys.executable, "-m", "lab", "--folder", str(folder), "--net", net],
        cwd=ROOT,
        env={**os.environ, "NETRAVEN_URL": system.url, "XDG_CONFIG_HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert "20 devices" in process.stdout.readline()
    assert "Registered" in process.stdout.readline()
    yield Api(system.url).log_in()
    process.terminate()
    process.wait(timeout=120)
    process.stdout.close()


def _run(api: Api, kind: str, **target: Any) -> dict[str, Any]:
    status, body, _ = api("POST", "/jobs", {"type": kind, "tags": ["lab"], **target})
    assert status == 201, body
    deadline = time.monotonic() + patience(90)
    while True:
        status, body, _ = api("GET", f"/jobs/{body['data']['id']}")
        assert status == 200, body
        if body["data"]["status"] in OVER:
            job: dict[str, Any] = body["data"]
            return job
        assert time.monotonic() < deadline, body["data"]["counts"]
        time.sleep(0.2)


def _changed(api: Api, job: dict[str, Any]) -> list[str]:
    names = {one["id"]: one["name"] for one in job["devices"]}
    _, body, _ = api("GET", f"/backups?changed=true&size=1000&from={job['created_at']}")
    return sorted(names[one["device_id"]] for one in body["data"] if one["job_id"] == job["id"])


def test_twenty_backups_and_then_the_one_that_changed(api: Api, folder: Path) -> None:
    first = _run(api, "backup")
    assert _others(first) == {}
    assert len(_changed(api, first)) == 20
    said = change(folder, "core-sw-01", "cisco_ios")
    second = _run(api, "backup")
    assert _others(second) == {}
    assert _changed(api, second) == ["core-sw-01"]
    _, body, _ = api("GET", f"/backups?changed=true&device_id={_id(second, 'core-sw-01')}&size=1")
    _, diff, _ = api("GET", f"/backups/{body['data'][0]['id']}/diff")
    assert said.splitlines()[0] in str(diff)


def _others(job: dict[str, Any]) -> dict[str, str]:
    """The devices with which it did not succeed, and why."""
    return {one["name"]: one["message"] for one in job["devices"] if one["status"] != "succeeded"}


def _id(job: dict[str, Any], name: str) -> str:
    return next(str(one["id"]) for one in job["devices"] if one["name"] == name)


def test_facts_reach_the_inventory(api: Api) -> None:
    job = _run(api, "facts")
    assert _others(job) == {}
    deadline = time.monotonic() + patience(10)
    while True:
        _, body, _ = api("GET", f"/devices/{_id(job, 'leaf-01')}")
        if body["data"]["model"] == "DCS-7050TX-64-R":
            break
        assert time.monotonic() < deadline, body["data"]
        time.sleep(0.1)
    assert body["data"]["interfaces"][0]["name"] == "Ethernet1"


def test_everybody_answers(api: Api) -> None:
    job = _run(api, "reachability")
    assert (job["status"], job["counts"]["succeeded"]) == ("succeeded", 20)


def test_a_host_key_is_shown_and_nothing_waits_to_be_accepted(api: Api) -> None:
    _, body, _ = api("GET", "/devices?name=pe-01")
    device = body["data"][0]["id"]
    status, body, _ = api("GET", f"/devices/{device}/host-key")
    assert (status, body["data"]["algorithm"]) == (200, "ecdsa-sha2-nistp256")
    status, body, _ = api("POST", f"/devices/{device}/host-key/accept")
    assert (status, body["code"]) == (409, "CONFLICT")
