"""What is shown of a backup's text, on a real database: no secret but to those who may, and every such look
is on record.
"""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from netraven_contracts.errors import NotFound, ValidationFailed
from netraven_jobs import backup_history, reading, texts
from netraven_jobs.reading import Look
from netraven_jobs.scribe import Scribe
from tests.jobs.fleet import HOUR, START, Fleet, configuration

CANARY = "canary$hunter2"


def compared(
    fleet: Fleet, scribe: Scribe, backup_id: str, against: str | None = None, **look: Any
) -> dict[str, Any]:
    reply = reading.diff(fleet.asked(), scribe, backup_id, against, Look(**look))
    told: dict[str, Any] = orjson.loads(reply.body)
    return told


def test_a_text_is_shown_without_its_secrets(fleet: Fleet, scribe: Scribe) -> None:
    backup_id = fleet.backup(fleet.device("core-1"), configuration("vlan 7"), START)
    told = reading.part(fleet.asked(), scribe, backup_id, False, 0)
    assert CANARY not in told["text"]
    assert "vlan 7" in told["text"] and told["text"].count("\n") == configuration("vlan 7").count("\n")
    assert told["name"] == "core-1-2026-01-02T030405Z.cfg"
    assert backup_history.page(fleet.asked(), backup_id, 1, 25)[1] == 1


def test_a_look_in_clear_is_on_record_with_who_looked(fleet: Fleet, scribe: Scribe) -> None:
    backup_id = fleet.backup(fleet.device("core-1"), configuration(), START)
    told = reading.part(fleet.asked("eve"), scribe, backup_id, True, 0)
    assert CANARY in told["text"]
    entries, total = backup_history.page(fleet.asked(), backup_id, 1, 25)
    assert total == 2
    assert (entries[0]["event"], entries[0]["actor"]["name"]) == ("BackupShownRaw", "eve")
    assert entries[0]["changes"] == [{"field": "how", "from": None, "to": "download"}]


def test_a_redacted_copy_is_made_once_for_each_edition_of_the_table(
    fleet: Fleet, scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup_id = fleet.backup(fleet.device("core-1"), configuration(), START)
    first = reading.part(fleet.asked(), scribe, backup_id, False, 0)
    assert reading.part(fleet.asked(), scribe, backup_id, False, 0) == first
    assert fleet.database[texts.REDACTED].count_documents({}) == 1
    monkeypatch.setattr(texts, "EDITION", "another")
    assert reading.part(fleet.asked(), scribe, backup_id, False, 0) == first
    assert fleet.database[texts.REDACTED].count_documents({}) == 2
    assert not any(CANARY in texts.unpacked(row) for row in fleet.database[texts.REDACTED].find())


def test_a_long_text_comes_in_parts(fleet: Fleet, scribe: Scribe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PART", 100)
    whole = configuration(*(f"vlan {n}" for n in range(50)))
    backup_id = fleet.backup(fleet.device("core-1"), whole, START)
    first = reading.part(fleet.asked(), scribe, backup_id, True, 0)
    parts = [reading.part(fleet.asked(), scribe, backup_id, True, n) for n in range(first["parts"])]
    assert "".join(part["text"] for part in parts) == whole
    assert len({part["etag"] for part in parts}) == 1
    with pytest.raises(NotFound):
        reading.part(fleet.asked(), scribe, backup_id, True, first["parts"])
    assert backup_history.page(fleet.asked(), backup_id, 1, 25)[1] == 2 + 1


def test_a_backup_is_compared_with_the_one_before(fleet: Fleet, scribe: Scribe) -> None:
    device = fleet.device("core-1")
    first = fleet.backup(device, configuration("vlan 1", "vlan 2"), START)
    second = fleet.backup(device, configuration("vlan 1", "vlan 3", "vlan 4"), START + HOUR)
    told = compared(fleet, scribe, second)
    assert (told["against"], told["added"], told["removed"], told["hunks"]) == (first, 2, 1, 1)
    lines = told["diff"].splitlines()
    assert lines[0].startswith("--- core-1\t2026-01-02T03:04:05.000Z") and first in lines[0]
    assert lines[1].startswith("+++ core-1\t") and second in lines[1]
    assert "-vlan 2" in lines and "+vlan 3" in lines and "+vlan 4" in lines
    assert CANARY not in told["diff"] and told["view"] == "redacted"
    back = compared(fleet, scribe, first, second)
    assert (back["added"], back["removed"]) == (1, 2)


def test_the_first_backup_is_compared_with_nothing(fleet: Fleet, scribe: Scribe) -> None:
    backup_id = fleet.backup(fleet.device("core-1"), configuration(), START)
    told = compared(fleet, scribe, backup_id)
    assert (told["against"], told["removed"], told["added"]) == (None, 0, configuration().count("\n"))


def test_lines_that_change_by_themselves_are_shown_or_left_out(fleet: Fleet, scribe: Scribe) -> None:
    device = fleet.device("core-1")
    fleet.backup(device, configuration(uptime=1), START)
    second = fleet.backup(device, configuration(uptime=2), START + HOUR)
    assert compared(fleet, scribe, second)["hunks"] == 1
    without = compared(fleet, scribe, second, volatile=False)
    assert without["identical"] and without["diff"] == ""


def test_a_secret_that_changes_shows_to_those_who_may_and_nobody_else(fleet: Fleet, scribe: Scribe) -> None:
    device = fleet.device("core-1")
    first = fleet.backup(device, configuration(), START)
    second = fleet.backup(device, configuration().replace("hunter2", "hunter3"), START + HOUR)
    told = compared(fleet, scribe, second)
    assert (told["identical"], told["secrets_changed"], told["hunks"]) == (False, True, 0)
    told = compared(fleet, scribe, second, raw=True)
    assert CANARY in told["diff"] and told["view"] == "raw"
    assert (told["identical"], told["secrets_changed"]) == (False, False)
    for one in (first, second):
        assert backup_history.page(fleet.asked(), one, 1, 25)[0][0]["event"] == "BackupShownRaw"


def test_a_secret_that_changes_is_told_beside_lines_that_change_by_themselves(
    fleet: Fleet, scribe: Scribe
) -> None:
    device = fleet.device("core-1")
    first = fleet.backup(device, configuration(uptime=1), START)
    second = fleet.backup(device, configuration(uptime=2), START + HOUR)
    changed = configuration(uptime=3).replace("hunter2", "hunter3")
    third = fleet.backup(device, changed, START + 2 * HOUR)
    more = fleet.backup(device, changed.replace("version 15.2", "version 16.1"), START + 3 * HOUR)
    found = {
        (one, volatile): compared(fleet, scribe, one, first, volatile=volatile)
        for one in (second, third, more)
        for volatile in (True, False)
    }
    assert [told["secrets_changed"] for told in found.values()] == [False, False, True, True, True, True]
    assert [told["identical"] for told in found.values()] == [False, True, False, False, False, False]
    assert CANARY not in repr(found)


def test_a_line_that_is_new_with_its_secret_is_no_hidden_difference(fleet: Fleet, scribe: Scribe) -> None:
    device = fleet.device("core-1")
    fleet.backup(device, configuration(), START)
    line = "username ann secret 5 $1$canary$hunter4"
    second = fleet.backup(device, configuration(line), START + HOUR)
    told = compared(fleet, scribe, second)
    assert (told["added"], told["secrets_changed"]) == (1, False)


def test_what_devices_encrypt_anew_each_time_is_no_changed_secret(fleet: Fleet, scribe: Scribe) -> None:
    device = fleet.device("fw-1", platform="fortinet")
    text = "config system admin\n    edit admin\n        set password ENC {}\n    next\nend\n"
    fleet.backup(device, text.format("SH2abc"), START)
    second = fleet.backup(device, text.format("SH2xyz"), START + HOUR)
    told = compared(fleet, scribe, second)
    assert (told["identical"], told["secrets_changed"]) == (True, False)


def test_what_is_not_there_is_said_by_name(fleet: Fleet, scribe: Scribe) -> None:
    backup_id = fleet.backup(fleet.device("core-1"), configuration(), START)
    with pytest.raises(NotFound):
        compared(fleet, scribe, "e" * 24)
    with pytest.raises(ValidationFailed) as error:
        compared(fleet, scribe, backup_id, "e" * 24)
    assert set(error.value.details) == {"against"}


def test_a_diff_that_no_message_carries_is_cut_and_says_so(
    fleet: Fleet, scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LARGEST_DIFF", 200)
    backup_id = fleet.backup(fleet.device("core-1"), configuration(*(f"vlan {n}" for n in range(99))), START)
    told = compared(fleet, scribe, backup_id)
    assert told["truncated"] and len(told["diff"]) == 200 and told["added"] > 99
