"""Backups and webhooks with the command, against a real system and a real listener."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest

from netraven_chassis.clock import iso
from netraven_cli import diffing
from tests.cli.conftest import Command
from tests.jobs.fleet import HOUR, configuration
from tests.jobs.receiver import Receiver, receiving
from tests.jobs.served import Served
from tests.servers.netraven import Instance

CANARY = "canary$hunter2"
SECRET = "whsec-canary-0123456789"


@pytest.fixture(scope="module")
def served(system: Instance, kept: Any) -> Served:
    """The system of all tests of the command, with a hand in its backups."""
    return Served(system, kept)


@pytest.fixture(scope="module")
def core(served: Served) -> tuple[str, list[str]]:
    """A router's name and its three backups: a first one, the same again, a change."""
    name = f"core-{secrets.token_hex(3)}"
    texts = configuration("vlan 1"), configuration("vlan 1"), configuration("vlan 2", "vlan 3")
    return name, served.history(served.registered(name), *texts)


def test_backups_are_listed_and_shown(netraven: Command, core: tuple[str, list[str]]) -> None:
    name, (first, same, last) = core
    assert [row["id"] for row in netraven("backups", "list", "--device", name, "--json").json] == [
        last,
        same,
        first,
    ]
    assert len(netraven("backups", "list", "--device", name, "--changed", "--json").json) == 2
    assert name in netraven("backups", "list").out
    assert netraven("backups", "show", name, "--json").json["id"] == last
    assert netraven("backups", "show", first, "--json").json["id"] == first
    assert netraven("backups", "show", "e" * 24).status == 4


def test_what_is_in_quarantine_is_listed_with_its_reason(netraven: Command, served: Served) -> None:
    name = f"core-{secrets.token_hex(3)}"
    held = served.quarantined(served.registered(name), "version 15.2", served.now)
    (row,) = netraven("backups", "list", "--quarantined", "--device", name, "--json").json
    assert (row["id"], row["reason"]) == (held, "it ends early")
    assert "it ends early" in netraven("backups", "list", "--quarantined", "--device", name).out
    both = netraven("backups", "list", "--quarantined", "--changed")
    assert both.status == 2 and "--changed" in both.said


def test_a_diff_into_a_pipe_is_plain_and_ends_as_it_is_told(
    netraven: Command, core: tuple[str, list[str]]
) -> None:
    name, (first, same, last) = core
    done = netraven("backups", "diff", name)
    assert done.status == 0 and "+vlan 3\n" in done.out and "\x1b" not in done.out
    assert done.out.startswith(f"--- {name}\t") and "2 lines added, 1 removed" in done.said
    assert netraven("backups", "diff", last, "--against", first, "--exit-code").status == 1
    alike = netraven("backups", "diff", same, "--exit-code")
    assert (alike.status, alike.out) == (0, "") and "Nothing differs" in alike.said
    assert CANARY not in netraven("backups", "diff", first).out
    assert netraven("backups", "diff", name, "--json").json["hunks"] == 1


def test_a_diff_of_nothing_but_secrets_says_so_and_shows_none(netraven: Command, served: Served) -> None:
    name = f"core-{secrets.token_hex(3)}"
    texts = configuration(), configuration().replace("hunter2", "hunter3")
    served.history(served.registered(name), *texts)
    done = netraven("backups", "diff", name, "--exit-code")
    assert (done.status, done.out) == (1, "") and "Only secrets differ, which are hidden here" in done.said
    assert "hunter" in netraven("backups", "diff", name, "--raw").out


def test_a_diff_on_a_terminal_has_its_colours_and_no_orders() -> None:
    assert diffing.coloured("+vlan 3").style == "green"
    assert diffing.coloured("-vlan 3").style == "red"
    assert diffing.coloured("+++ core").style == "bold"
    assert diffing.coloured("@@ -1 +1 @@").style == "cyan"
    assert "\x1b" not in diffing.coloured("+banner \x1b[2J").plain


def test_a_configuration_is_written_whole_without_its_secrets(
    netraven: Command, served: Served, core: tuple[str, list[str]], tmp_path: Path
) -> None:
    name, _ = core
    file = tmp_path / "core.cfg"
    assert netraven("backups", "download", name, str(file)).status == 0
    assert "vlan 3" in file.read_text() and CANARY not in file.read_text()
    then = iso(served.now - HOUR)
    assert "vlan 1" in netraven("backups", "download", name, "--at", then).out
    assert CANARY in netraven("backups", "download", name, "--raw").out
    assert netraven("backups", "download", "e" * 24, str(file)).status == 4


def test_a_search_prints_what_grep_prints_and_ends_as_grep_does(
    netraven: Command, core: tuple[str, list[str]]
) -> None:
    name, _ = core
    done = netraven("backups", "search", "-E", r"^vlan \d$", "--device", name)
    assert done.status == 0 and f"{name}:5:vlan 2\n" in done.out and "2 lines on 1 devices" in done.said
    around = netraven("backups", "search", "vlan 3", "-C", "1", "--device", name)
    assert f"{name}-5-vlan 2\n{name}:6:vlan 3\n{name}-7-end\n" in around.out
    assert netraven("backups", "search", "hunter2").status == 1
    assert netraven("backups", "search", "-E", "(").status == 2


def test_devices_without_a_backup_make_a_script_fail(netraven: Command, served: Served) -> None:
    never = served.registered(f"never-{secrets.token_hex(3)}")
    done = netraven("backups", "stale", "--json")
    assert done.status == 1 and never["id"] in [row["device_id"] for row in done.json]


def hook(netraven: Command, receiver: Receiver) -> str:
    name = f"hook-{secrets.token_hex(3)}"
    added = ["webhooks", "add", name, receiver.url(), "--event", "configuration.changed", "--secret-stdin"]
    done = netraven(*added, stdin=SECRET)
    assert done.status == 0 and SECRET not in done.out + done.err
    return name


def test_a_webhook_is_added_tried_looked_at_and_removed(netraven: Command) -> None:
    with receiving() as receiver:
        name = hook(netraven, receiver)
        done = netraven("webhooks", "test", name)
        assert done.status == 0 and "204" in done.said, done.err
        assert receiver.heard[0].signed_with(SECRET)
        (row,) = netraven("webhooks", "deliveries", name, "--json").json
        assert (row["event"], row["status"]) == ("test", "delivered")
        assert netraven("webhooks", "change", name, "--off").status == 0
        listed = netraven("webhooks", "list", "--json").json
        assert [row["enabled"] for row in listed if row["name"] == name] == [False]
        assert netraven("webhooks", "remove", name, "--yes").status == 0
        assert netraven("webhooks", "test", name).status == 4


def test_a_webhook_that_refuses_makes_a_script_fail(netraven: Command) -> None:
    with receiving() as receiver:
        name = hook(netraven, receiver)
        receiver.answers = [418] * 20
        done = netraven("webhooks", "test", name)
        assert done.status == 1 and "it answered 418" in done.said


def test_a_secret_never_comes_as_an_argument(netraven: Command) -> None:
    done = netraven("webhooks", "add", "x", "http://127.0.0.1/", "--event", "job.finished", "--secret", "s")
    assert done.status == 2
    done = netraven("webhooks", "add", "x", "http://127.0.0.1/", "--event", "job.finished")
    assert done.status == 2 and "--secret-file" in done.said
