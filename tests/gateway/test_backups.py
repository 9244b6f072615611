"""Backups over HTTP, from a whole running system: who sees what, in which form."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from netraven_chassis.clock import iso
from tests.jobs.fleet import HOUR, configuration
from tests.jobs.served import Served, shared

CANARY = "canary$hunter2"


@pytest.fixture(scope="module")
def served(request: pytest.FixtureRequest) -> Served:
    return shared(request)


class Core1:
    """A router with two configurations in three backups."""

    def __init__(self, served: Served) -> None:
        self.name = f"core-{secrets.token_hex(3)}"
        self.device = served.registered(self.name, location=f"Bern {self.name}")
        one, two = configuration("vlan 1"), configuration("vlan 2", "vlan 3")
        self.backups = served.history(self.device, one, one, two)


@pytest.fixture(scope="module")
def core(served: Served) -> Core1:
    return Core1(served)


def get(served: Served, path: str, **headers: str) -> Any:
    status, answer, _ = served.api("GET", path, **headers)
    assert status == 200, answer
    return answer["data"] if isinstance(answer, dict) else answer


def test_backups_are_listed_filtered_and_paged(served: Served, core: Core1) -> None:
    path = f"/backups?device_id={core.device['id']}"
    status, answer, headers = served.api("GET", f"{path}&size=2")
    assert (status, answer["total"], len(answer["items"])) == (200, 3, 2)
    assert answer["data"][0]["id"] == core.backups[2] and 'rel="next"' in headers["Link"]
    assert [row["changed"] for row in get(served, f"{path}&sort=taken_at")] == [True, False, True]
    assert len(get(served, f"{path}&changed=false")) == 1
    since, until = (iso(served.now - ago) for ago in (HOUR + 1, 1))
    assert [row["id"] for row in get(served, f"{path}&from={since}&to={until}")] == [core.backups[1]]
    row = get(served, path)[0]
    assert set(row) == {
        "id", "device_id", "device_name", "job_id", "taken_at", "size", "lines", "sha256", "platform",
        "changed", "previous_id", "version_id", "valid_since", "valid_until",
    }  # fmt: skip
    assert row["device_name"] == core.name


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("device_id=7", "device_id"),
        ("changed=perhaps", "changed"),
        ("from=yesterday", "from"),
        ("from=2026-01-02&to=2026-01-01", "to"),
        ("size=0", "size"),
        ("colour=red", "colour"),
    ],
)
def test_a_parameter_that_cannot_be_is_named(served: Served, query: str, name: str) -> None:
    status, answer, _ = served.api("GET", f"/backups?{query}")
    assert (status, answer["code"], list(answer["details"])) == (400, "VALIDATION_ERROR", [name])


def test_one_backup_says_where_its_text_is(served: Served, core: Core1) -> None:
    told = get(served, f"/backups/{core.backups[0]}")
    assert told["valid_until"] == get(served, f"/backups/{core.backups[2]}")["taken_at"]
    assert CANARY.encode() not in get(served, told["download_url"].removeprefix("/api"))
    for path in ("/backups/" + "e" * 24, "/backups/" + "e" * 24 + "/download"):
        status, answer, _ = served.api("GET", path)
        assert (status, answer["code"]) == (404, "NOT_FOUND")


def test_a_download_is_text_without_secrets_and_is_not_sent_twice(served: Served, core: Core1) -> None:
    path = f"/backups/{core.backups[2]}/download"
    status, text, headers = served.api("GET", path)
    assert (status, headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert b"vlan 3" in text and b"enable secret" in text and CANARY.encode() not in text
    assert core.name in headers["Content-Disposition"]
    again, _, _ = served.api("GET", path, If_None_Match=headers["ETag"])
    assert again == 304


def test_secrets_are_shown_to_admins_only_and_every_look_is_on_record(served: Served, core: Core1) -> None:
    ident = core.backups[1]
    raw = [
        f"/backups/{ident}/download?view=raw",
        f"/backups/{ident}/diff?view=raw",
        f"/devices/{core.device['id']}/config?view=raw",
    ]
    for role in ("viewer", "operator"):
        client = served.as_role(role)
        for path in raw:
            status, answer, _ = client("GET", path)
            assert (status, answer["code"]) == (403, "FORBIDDEN"), path
        assert client("GET", f"/backups/{ident}/download")[0] == 200
    assert get(served, f"/backups/{ident}/history")[0]["event"] == "BackupTaken"
    _, text, _ = served.api("GET", raw[0])
    assert CANARY.encode() in text
    looks = get(served, f"/backups/{ident}/history")
    assert [one["event"] for one in looks] == ["BackupShownRaw", "BackupTaken"]
    assert looks[0]["actor"]["name"] == "admin" and looks[0]["request_id"]


def test_a_diff_comes_with_counts_or_bare(served: Served, core: Core1) -> None:
    path = f"/backups/{core.backups[2]}/diff"
    told = get(served, path)
    assert (told["against"], told["added"], told["removed"]) == (core.backups[0], 2, 1)
    status, bare, headers = served.api("GET", path, Accept="text/x-diff, */*;q=0.1")
    assert (status, headers["Content-Type"]) == (200, "text/x-diff; charset=utf-8")
    assert bare.decode() == told["diff"] and headers["Vary"] == "Accept"
    assert CANARY not in told["diff"]
    turned = get(served, f"/backups/{core.backups[0]}/diff?against={core.backups[2]}&context=0")
    assert (turned["added"], turned["removed"]) == (1, 2)
    status, answer, _ = served.api("GET", f"{path}?against={'e' * 24}")
    assert (status, list(answer["details"])) == (400, ["against"])


def test_what_a_device_had_at_a_moment(served: Served, core: Core1) -> None:
    path = f"/devices/{core.device['id']}/config"
    now = get(served, path)
    assert now["id"] == core.backups[2] and "vlan 3" in now["text"] and CANARY not in now["text"]
    then = iso(served.now - HOUR + 60_000)
    assert "vlan 1" in get(served, f"{path}?at={then}")["text"]
    status, text, headers = served.api("GET", f"{path}?at={then}", Accept="text/plain")
    assert status == 200 and b"vlan 1" in text and headers["Content-Type"].startswith("text/plain")
    before = iso(served.now - 3 * HOUR)
    assert served.api("GET", f"{path}?at={before}")[0] == 404


def test_a_search_finds_lines_and_no_secret(served: Served, core: Core1) -> None:
    told = get(served, f"/backups/search?q=VLAN&device_id={core.device['id']}&context=1")
    (match,) = told["matches"]
    assert [line["text"] for line in match["lines"]] == ["vlan 2", "vlan 3"] and told["complete"]
    assert get(served, f"/backups/search?q=hunter2&device_id={core.device['id']}")["matches"] == []
    assert CANARY not in str(get(served, "/backups/search?q=enable&context=3"))
    for query, name in (("", "q"), ("q=(&regex=true", "q"), ("q=a&context=99", "context")):
        status, answer, _ = served.api("GET", f"/backups/search?{query}")
        assert (status, list(answer["details"])) == (400, [name])


def test_devices_without_a_recent_backup_are_listed_those_without_any_first(
    served: Served, core: Core1
) -> None:
    never = served.registered(f"never-{secrets.token_hex(3)}")
    late = served.registered(f"late-{secrets.token_hex(3)}")
    served.backup(late, configuration(), served.now - 48 * HOUR)
    wanted = {never["id"], late["id"], core.device["id"]}

    def stale(hours: int) -> list[str]:
        rows = get(served, f"/backups/stale?hours={hours}&size=1000")
        return [row["device_id"] for row in rows if row["device_id"] in wanted]

    served.api.until(200, "GET", f"/devices/{never['id']}")
    deadline = 50
    while never["id"] not in stale(24) and deadline:
        deadline -= 1
    assert stale(24) == [never["id"], late["id"]]
    assert stale(72) == [never["id"]]
    status, answer, _ = served.api("GET", "/backups/stale?hours=0")
    assert (status, list(answer["details"])) == (400, ["hours"])


def test_how_much_there_is_is_counted(served: Served, core: Core1) -> None:
    told = get(served, "/backups/count")
    assert told["count"] >= 3 and told["changed"] >= 2 and told["texts"] >= 2 and told["stored_bytes"] > 0


def test_an_answer_in_quarantine_can_be_looked_at(served: Served, core: Core1) -> None:
    held = served.quarantined(core.device, "hostname core\nenable secret 5 $1$canary$hunter2\n", served.now)
    (row,) = get(served, f"/devices/{core.device['id']}/quarantine")
    assert (row["id"], row["reason"], row["quarantined"]) == (held, "it ends early", True)
    assert get(served, f"/backups/quarantine?device_id={core.device['id']}") == [row]
    assert held in [one["id"] for one in get(served, "/backups/quarantine?sort=-taken_at&size=1000")]
    status, answer, _ = served.api("GET", "/backups/quarantine?changed=true")
    assert (status, list(answer["details"])) == (400, ["changed"])
    assert get(served, f"/backups/{held}")["reason"] == "it ends early"
    text = get(served, f"/backups/{held}/download")
    assert b"hostname core" in text and CANARY.encode() not in text
    assert get(served, f"/backups/{held}/diff?against={core.backups[2]}")["removed"] > 0
    assert held not in [row["id"] for row in get(served, f"/backups?device_id={core.device['id']}")]
