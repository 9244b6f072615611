"""Jobs from asking to the end, over HTTP and with real SSH, as people and programs meet them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.device import Spec
from lab.manners import PROMPT, WELL_BEHAVED, Login, Manners
from lab.process import LabProcess
from netraven_contracts.host_keys import HostKey
from netraven_contracts.jobs import Job, JobDevice, JobRow
from netraven_contracts.schedules import Schedule
from tests.patience import patience, until
from tests.servers.netraven import Api

LOGIN = Login("netops", "canary-Passw0rd", "canary-En4ble")
NOBODY = "f" * 24

Json = dict[str, Any]
Body = Callable[..., Json]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    """A process with devices."""
    with LabProcess(tmp_path_factory.mktemp("lab")) as process:
        yield process


class Fleet:
    """Devices with SSH in the lab and in the inventory, and a credential of their own for each."""

    def __init__(self, api: Api, lab: LabProcess, body: Body) -> None:
        self.api, self.lab, self._body = api, lab, body

    def device(self, platform: str = "cisco_ios", manners: Manners = WELL_BEHAVED, port: int = 0) -> Json:
        """One that can be logged in to; as the API shows it."""
        tag = f"t{secrets.token_hex(4)}"
        body = self._body(name=f"d{secrets.token_hex(4)}", platform=platform, tags=[tag])
        spec = Spec(str(body["name"]), platform, str(body["ip_address"]), LOGIN, port=port)
        body |= {"port": self.lab.serve([spec], {spec.name: manners})[spec.name], "create_missing_tags": True}
        device = self.made("POST", "/devices", body)
        self.credential(tag, LOGIN.password)
        return device

    def credential(self, tag: str, password: str, priority: int = 100) -> Json:
        """A credential for the devices with this tag."""
        secret = {"password": password, "enable": LOGIN.enable}
        named = {"name": f"c{secrets.token_hex(4)}", "username": LOGIN.username, "method": "ssh"}
        return self.made(
            "POST", "/credentials", {**named, "tags": [tag], "secret": secret, "priority": priority}
        )

    def made(self, method: str, path: str, body: Any = None) -> Json:
        """The data of an answer that must be a good one."""
        status, answer, _ = self.api(method, path, body)
        assert status in (200, 201), answer
        data: Json = answer["data"]
        return data

    def job(self, job_type: str, *devices: Json, **fields: Any) -> Json:
        """A job that was just asked for."""
        return self.made(
            "POST", "/jobs", {"type": job_type, "devices": [one["id"] for one in devices], **fields}
        )

    def until(self, job: Json, *statuses: str, within: float = 30.0) -> Json:
        """The job as soon as it has one of these statuses."""
        deadline = time.monotonic() + patience(within)
        while (now := self.made("GET", f"/jobs/{job['id']}"))["status"] not in statuses:
            assert time.monotonic() < deadline, now
            time.sleep(0.05)
        return now

    def over(self, job: Json) -> Json:
        """The job when it is over."""
        return self.until(job, "succeeded", "partial", "failed", "cancelled")

    def act(self, job: Json, **action: Any) -> int:
        """The status of the answer to PATCH /jobs/{id}."""
        return self.api("PATCH", f"/jobs/{job['id']}", action)[0]


@pytest.fixture
def fleet(admin: Api, lab: LabProcess, body: Body) -> Fleet:
    return Fleet(admin, lab, body)


def test_a_job_is_asked_for_and_shown_in_the_form_of_the_contract(fleet: Fleet, device: Json) -> None:
    asked = {"type": "Device_Reachability", "device_id": device["id"]}
    status, refusal, _ = fleet.api("POST", "/jobs", asked)
    assert (status, list(refusal["details"])) == (400, ["type"])
    status, answer, headers = fleet.api("POST", "/jobs", {**asked, "type": "REACHABILITY", "name": "look"})
    job = answer["data"]
    assert (status, headers["Location"]) == (201, f"/api/jobs/{job['id']}")
    assert job["log_channel"] == f"jobs:{job['id']}" and job["type"] == "reachability"
    done = fleet.over(job)
    assert done["status"] == "succeeded" and done["counts"]["succeeded"] == 1 and done["duration_secs"] >= 0
    assert done.keys() <= Job().fields.keys() and JobRow().fields.keys() <= done.keys()
    (row,) = done["devices"]
    assert row.keys() <= JobDevice().fields.keys() and (row["name"], row["attempt"]) == (device["name"], 1)
    assert fleet.api("GET", f"/jobs/{job['id']}/devices?status=succeeded")[1]["total"] == 1
    assert fleet.api("GET", f"/jobs/{job['id']}/devices?status=failed")[1]["total"] == 0
    events = [one["event"] for one in fleet.api("GET", f"/jobs/{job['id']}/history")[1]["data"]]
    assert events == ["JobFinished", "JobStarted", "JobRequested"]


def test_the_wrong_password_first_and_the_right_one_second_succeeds_and_both_count(fleet: Fleet) -> None:
    device = fleet.device()
    wrong = fleet.credential(device["tags"][0], "no-longer-right", priority=1)
    right = fleet.api("GET", f"/devices/{device['id']}/credentials")[1]["data"][1]
    assert fleet.over(fleet.job("credential_check", device))["status"] == "succeeded"
    done = fleet.over(fleet.job("backup", device))
    assert done["status"] == "succeeded", done
    deadline = time.monotonic() + patience(10)
    while [fleet.made("GET", f"/credentials/{one['id']}")["success_rate"] for one in (wrong, right)] != [
        0,
        100,
    ]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    lines = fleet.api("GET", f"/logs?job_id={done['id']}&size=1000")[1]["data"]
    assert any(wrong["name"] in line["message"] for line in lines)
    assert "canary" not in str(lines) and "no-longer-right" not in str(lines)


def test_what_a_device_says_of_itself_stands_in_it_and_in_its_history(fleet: Fleet) -> None:
    device = fleet.device()
    assert fleet.over(fleet.job("facts", device))["status"] == "succeeded"
    deadline = time.monotonic() + patience(10)
    while not (known := fleet.made("GET", f"/devices/{device['id']}"))["serial"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert known["model"] and known["os_version"] and known["interfaces"]
    events = [one["event"] for one in fleet.api("GET", f"/devices/{device['id']}/history")[1]["data"]]
    assert {"DeviceFactsLearned", "DeviceInterfacesLearned"} <= set(events)


def test_only_a_configuration_that_changed_is_a_changed_backup(fleet: Fleet) -> None:
    first, second = fleet.device("arista_eos"), fleet.device("juniper_junos")
    assert fleet.over(fleet.job("device_backup", first, second))["status"] == "succeeded"
    path = Path(fleet.lab.folder) / "configurations" / f"{first['name']}.cfg"
    path.write_text(path.read_text().replace("\nend", "\nvlan 4001\n   name canary-vlan\nend"))
    assert fleet.over(fleet.job("backup", first, second))["status"] == "succeeded"
    newest = [fleet.api("GET", f"/backups?device_id={one['id']}")[1]["data"][0] for one in (first, second)]
    assert [row["changed"] for row in newest] == [True, False]
    diff = fleet.made("GET", f"/backups/{newest[0]['id']}/diff")
    assert "+vlan 4001" in str(diff)


def test_a_cancelled_job_closes_its_sessions_within_two_seconds_and_can_be_repeated(fleet: Fleet) -> None:
    device = fleet.device(manners=Manners(hangs=PROMPT))
    job = fleet.job("backup", device)
    deadline = time.monotonic() + patience(20)
    while not fleet.lab.sessions(device["name"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    began = time.monotonic()
    assert fleet.act(job, action="retry") == 409
    assert fleet.act(job, action="cancel") == 200
    done = fleet.until(job, "cancelled", within=5)
    took = time.monotonic() - began
    assert took < patience(2), took
    (row,) = done["devices"]
    assert (row["status"], row["error_class"]) == ("cancelled", "CANCELLED")
    until(lambda: not fleet.lab.sessions(device["name"]), within=8)
    assert fleet.act(job, action="cancel") == 409
    fleet.lab.behave(device["name"])
    assert fleet.act(job, action="retry", only="failed") == 200
    again = fleet.over(job)
    assert (again["status"], again["run"]) == ("succeeded", 2), again


def test_a_changed_host_key_stops_the_job_until_somebody_accepts_it(fleet: Fleet) -> None:
    device = fleet.device()
    path = f"/devices/{device['id']}/host-key"
    assert fleet.api("GET", path)[0] == 404
    assert fleet.over(fleet.job("backup", device))["status"] == "succeeded"
    known = fleet.made("GET", path)
    assert known.keys() <= HostKey().fields.keys()
    assert known["fingerprint"].startswith("SHA256:") and known["offered_fingerprint"] is None
    assert fleet.api("POST", f"{path}/accept")[0] == 409
    fleet.lab.stop_device(device["name"])
    other = Spec(f"other-{device['name']}", "cisco_ios", device["ip_address"], LOGIN, port=device["port"])
    fleet.lab.serve([other])
    failed = fleet.over(fleet.job("backup", device))
    assert failed["devices"][0]["error_class"] == "HOST_KEY_CHANGED", failed
    offered = fleet.made("GET", path)
    assert offered["fingerprint"] == known["fingerprint"] != offered["offered_fingerprint"]
    looked_at = {"fingerprint": offered["offered_fingerprint"]}
    assert fleet.api("POST", f"{path}/accept", {"fingerprint": "SHA256:" + "A" * 43})[0] == 409
    assert fleet.api("POST", f"{path}/accept", {"fingerprint": "MD5:00"})[0] == 400
    accepted = fleet.made("POST", f"{path}/accept", looked_at)
    told = fleet.api("GET", f"/events?stream=host_key-{device['id']}")[1]["data"]
    assert [(entry["actor"]["name"], entry["events"][0]["type"]) for entry in told] == [
        ("admin", "HostKeyAccepted")
    ]
    assert accepted["fingerprint"] == offered["offered_fingerprint"] and accepted["accepted_by"] == "admin"
    assert fleet.act(failed, action="retry") == 200
    assert fleet.over(failed)["status"] == "succeeded"


def test_jobs_are_found_by_every_filter(fleet: Fleet, device: Json) -> None:
    job = fleet.over(fleet.job("reachability", device))
    before, after = job["created_at"], "2100-01-01T00:00:00Z"
    for found in (
        f"device={device['id']}",
        f"device={device['id']}&status=succeeded&type=reachability",
        f"device={device['id']}&from={before}&to={after}&sort=-finished_at",
    ):
        assert [row["id"] for row in fleet.api("GET", f"/jobs?{found}")[1]["items"]] == [job["id"]]
    for missed in ("status=failed", "type=device_backup", f"to={before}", f"schedule_id={NOBODY}"):
        assert fleet.api("GET", f"/jobs?device={device['id']}&{missed}")[1]["total"] == 0
    assert job["id"] in [row["id"] for row in fleet.api("GET", "/jobs/recent?limit=100")[1]["data"]]
    names = {row["name"] for row in fleet.api("GET", "/jobs/job-types")[1]["data"]}
    assert {"reachability", "backup", "credential_check", "facts"} <= names
    for path in (
        f"/jobs/{NOBODY}",
        f"/jobs/{NOBODY}/devices",
        f"/jobs/{NOBODY}/history",
        f"/schedules/{NOBODY}",
    ):
        assert fleet.api("GET", path)[0] == 404


def test_the_same_key_makes_one_job_and_a_stale_etag_cancels_none(fleet: Fleet, device: Json) -> None:
    asked, key = {"type": "reachability", "device_id": device["id"]}, secrets.token_hex(8)
    made = [fleet.api("POST", "/jobs", asked, Idempotency_Key=key)[1]["data"]["id"] for _ in range(2)]
    assert made[0] == made[1]
    assert fleet.api("POST", "/jobs", {**asked, "name": "other"}, Idempotency_Key=key)[0] == 409
    fleet.over({"id": made[0]})
    _, _, headers = fleet.api("GET", f"/jobs/{made[0]}")
    assert (
        fleet.api("PATCH", f"/jobs/{made[0]}", {"action": "retry", "only": "all"}, If_Match='"1-x"')[0] == 412
    )
    fresh = {"If_Match": headers["ETag"]}
    assert fleet.api("PATCH", f"/jobs/{made[0]}", {"action": "retry", "only": "all"}, **fresh)[0] == 200


def test_a_viewer_looks_and_does_not_touch(fleet: Fleet, device: Json) -> None:
    name, password = f"v{secrets.token_hex(4)}", "a long enough pass phrase"
    fleet.made("POST", "/users", {"username": name, "role": "viewer", "password": password})
    viewer = Api(fleet.api.url).log_in(name, password)
    job = fleet.over(fleet.job("reachability", device))
    assert viewer("GET", f"/jobs/{job['id']}")[0] == 200
    assert viewer("POST", "/jobs", {"type": "reachability", "all": True})[0] == 403
    assert viewer("PATCH", f"/jobs/{job['id']}", {"action": "retry"})[0] == 403
    assert viewer("POST", f"/devices/{device['id']}/host-key/accept")[0] == 403


def test_a_schedule_is_a_job_that_waits_and_can_be_changed_paused_and_ended(
    fleet: Fleet, device: Json
) -> None:
    timing = {"cron": "0 3 * * *", "timezone": "Europe/Zurich"}
    made = fleet.job("reachability", device, schedule=timing, name="nightly")
    assert (made["status"], made["schedule_id"]) == ("scheduled", made["id"]) and made["next_run"]
    path = f"/schedules/{made['id']}"
    shown = fleet.made("GET", path)
    assert shown.keys() <= Schedule().fields.keys() and shown["schedule"] == timing
    assert made["id"] in [row["id"] for row in fleet.api("GET", "/jobs/scheduled?size=1000")[1]["data"]]
    assert fleet.made("PATCH", path, {**shown, "schedule": {"every": 3600}})["schedule"] == {"every": 3600}
    assert fleet.made("POST", f"{path}/pause")["status"] == "paused"
    assert fleet.act(made, action="resume") == 200
    assert fleet.made("GET", path)["status"] == "active"
    assert fleet.api("PATCH", path, {"name": "x"}, If_Match='"1-x"')[0] == 412
    events = [one["event"] for one in fleet.api("GET", f"{path}/history")[1]["data"]]
    assert events == ["ScheduleResumed", "SchedulePaused", "ScheduleChanged", "ScheduleCreated"]
    assert fleet.api("DELETE", path)[0] == 204 and fleet.api("GET", path)[0] == 404


def test_a_job_for_a_tag_takes_the_devices_that_have_it_when_it_starts(fleet: Fleet, body: Body) -> None:
    tag = f"t{secrets.token_hex(4)}"
    fields = {"tags": [tag], "create_missing_tags": True}
    named = {str(fleet.made("POST", "/devices", body(name=f"{tag}-{n}", **fields))["name"]) for n in range(3)}
    done = fleet.over(fleet.made("POST", "/jobs", {"type": "reachability", "tags": [tag]}))
    assert {row["name"] for row in done["devices"]} == named and done["counts"]["total"] == 3
