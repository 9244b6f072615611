"""Files into a real system and out of it again."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.cli.conftest import Command, free_address
from tests.cli.terminal import Terminal
from tests.patience import until

HEADING = "name,ip_address,device_type,location,tags"


# Addresses on this machine, beside those that single devices get: what is added here is pinged.
ADDRESSES = ip_network("127.252.0.0/14").hosts()


def fleet(folder: Path, count: int, place: str, tags: str = "") -> Path:
    path = folder / "fleet.csv"
    lines = [f"sw-{number:03},{next(ADDRESSES)},switch,{place},{tags}" for number in range(count)]
    path.write_text("\n".join([HEADING, *lines]))
    return path


@pytest.fixture
def place() -> str:
    return f"Place {secrets.token_hex(4)}"


def test_a_file_goes_in_and_a_second_time_changes_nothing(
    netraven: Command, tmp_path: Path, place: str
) -> None:
    path = fleet(tmp_path, 60, place)
    done = netraven("devices", "import", str(path))
    assert (done.status, done.out.strip()) == (0, "60 added, 0 there already, 0 refused.")
    again = netraven("devices", "import", str(path), "--json")
    assert again.status == 0
    assert (again.json["created"], len(again.json["duplicates"]), again.json["errors"]) == (0, 60, [])
    assert len(netraven("devices", "list", "--location", place, "--all", "--json").json) == 60


def test_wrong_rows_are_told_by_number_and_the_others_go_in(
    netraven: Command, tmp_path: Path, place: str
) -> None:
    path = tmp_path / "fleet.csv"
    address = free_address()
    rows = [
        "good",
        f",10.0.0.1,switch,{place},",
        f"b,10.0.0.999,toaster,{place},",
        f"c,{address},switch,{place},",
    ]
    rows[0] = f"a,{free_address()},switch,{place},"
    path.write_text("\n".join([HEADING, *rows]))
    done = netraven("devices", "import", str(path), "--json")
    assert done.status == 1 and done.json["created"] == 2
    told = {(error["row"], error["field"]) for error in done.json["errors"]}
    assert told == {(2, "name"), (3, "ip_address"), (3, "device_type")}
    shown = netraven("devices", "import", str(path))
    assert "row 3: ip_address must be an IPv4 address" in shown.said
    assert "0 added, 2 there already, 2 refused." in shown.out


def test_a_dry_run_tells_the_same_and_changes_nothing(netraven: Command, tmp_path: Path, place: str) -> None:
    path, wrong = tmp_path / "fleet.json", tmp_path / "wrong.csv"
    there = netraven.add()["ip_address"]
    good = {"name": "a", "ip_address": free_address(), "device_type": "switch", "location": place}
    bad = {**good, "ip_address": free_address(), "port": "ssh", "colour": "red"}
    rows = [good, bad, *[{**good, "ip_address": free_address()} for _ in range(120)], good]
    path.write_text(json.dumps([*rows, {**good, "ip_address": there}]))
    done = netraven("devices", "import", str(path), "--dry-run", "--json", "--errors", str(wrong))
    assert done.status == 1
    assert {(error["row"], error["field"]) for error in done.json["errors"]} == {(2, "port"), (2, "colour")}
    assert [one["row"] for one in done.json["duplicates"]] == [123, 124]
    assert [line.split(",")[0] for line in wrong.read_text().splitlines()] == ["row", "2", "2", "123", "124"]
    path.write_text(json.dumps([good]))
    said = netraven("devices", "import", str(path), "--dry-run").out
    assert "1 would be added, 0 there already, 0 would be refused." in said
    assert netraven("devices", "list", "--location", place, "--json").json == []


def test_missing_tags_are_made_on_demand(netraven: Command, tmp_path: Path, place: str) -> None:
    tag = f"tag-{secrets.token_hex(4)}"
    path = fleet(tmp_path, 3, place, tag)
    assert netraven("devices", "import", str(path), "--json").json["created"] == 0
    done = netraven("devices", "import", str(path), "--create-missing-tags", "--json")
    assert done.status == 0 and done.json["created"] == 3, done.out


def test_what_was_exported_can_be_imported(netraven: Command, tmp_path: Path, place: str) -> None:
    netraven("devices", "import", str(fleet(tmp_path, 5, place)))
    for kind in ("csv", "json"):
        path = tmp_path / f"out.{kind}"
        assert "Wrote " in netraven("devices", "export", str(path), "--location", place).said
        again = netraven("devices", "import", str(path), "--json").json
        assert (again["created"], len(again["duplicates"]), again["errors"]) == (0, 5, []), kind
    shown = netraven("devices", "export", "--location", place).out
    assert shown.splitlines()[0].startswith("name,ip_address,device_type,location") and shown.count("\n") == 6
    assert netraven("devices", "export", str(tmp_path / "out.xlsx")).status == 2


def test_without_a_log_in_an_import_ends_at_its_first_rows(stranger: Command, tmp_path: Path) -> None:
    done = stranger("devices", "import", str(fleet(tmp_path, 200, "x")))
    assert done.status == 3
    assert "Of 200 rows 0 were added" in done.said and "netraven login" in done.said


def test_an_import_whose_server_goes_away_tells_how_far_it_came(tmp_path: Path) -> None:
    done = Command(tmp_path, "http://127.0.0.1:1")("devices", "import", str(fleet(tmp_path, 10, "x")))
    assert done.status == 6 and "Of 10 rows 0 were added" in done.said and "run it again" in done.said
    done = Command(tmp_path, "http://127.0.0.1:1")(
        "devices", "import", str(tmp_path / "fleet.csv"), "--dry-run"
    )
    assert done.status == 6 and "Nothing was added" in done.said


def test_ctrl_c_ends_an_import_with_what_was_done_so_far(
    netraven: Command, tmp_path: Path, place: str
) -> None:
    path = str(fleet(tmp_path, 2000, place))
    child = netraven.start("devices", "import", path, stdout=-1, stderr=-1)
    # With more than it sends at once it has been told of the first of them.
    until(lambda: len(netraven("devices", "list", "--location", place, "--all", "--json").json) > 100)
    child.send_signal(signal.SIGINT)
    out, told = child.communicate(timeout=120)
    said = " ".join(told.decode().split())
    assert (child.returncode, out) == (130, b""), said
    found = re.search(r"Of 2000 rows (\d+) were added, 0 were there already; run it again", said)
    assert found and int(found.group(1)) > 0, said


def test_a_file_that_is_not_there_is_wrong_usage(stranger: Command, tmp_path: Path) -> None:
    assert stranger("devices", "import", str(tmp_path / "none.csv")).status == 2


def test_on_a_terminal_a_bar_shows_how_far_it_is(netraven: Command, tmp_path: Path, place: str) -> None:
    env = {**os.environ, **netraven.env, "TERM": "xterm", "PYTHONWARNINGS": "ignore"}
    path = str(fleet(tmp_path, 100, place))
    with Terminal(netraven, "devices", "import", path, env=env) as terminal:
        assert terminal.ended() == 0
    assert all(part in terminal.shown for part in (b"Importing", b"/100", b"100 added"))
