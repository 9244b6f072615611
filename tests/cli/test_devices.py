"""Looking after devices with the command, against a real system."""

from __future__ import annotations

import os
import secrets
import signal

import pytest

from tests.cli.conftest import Command, free_address
from tests.patience import until
from tests.servers.netraven import Instance


def test_a_device_is_added_shown_changed_and_removed(netraven: Command) -> None:
    address = free_address()
    done = netraven(
        "devices", "add", "--name", "core-1", "--ip", address, "--type", "router", "--location", "Bern"
    )
    assert done.status == 0 and address in done.said
    shown = netraven("devices", "show", address, "--json").json
    assert (shown["name"], shown["device_type"], shown["port"]) == ("core-1", "router", 22)
    changed = netraven(
        "devices", "change", address, "--location", "Basel", "--notes", "two\nlines", "--json"
    ).json
    assert (changed["location"], changed["notes"]) == ("Basel", "two\nlines")
    assert changed["version"] > shown["version"]
    assert netraven("devices", "change", shown["id"], "--notes", "", "--json").json["notes"] is None
    assert netraven("devices", "remove", shown["id"], "--yes").status == 0
    assert netraven("devices", "show", shown["id"]).status == 4
    gone = netraven("devices", "show", address)
    assert gone.status == 4 and f"devices list --at TIME --q {address}" in gone.said
    then = netraven("devices", "show", address, "--at", shown["created_at"], "--json").json
    assert then["id"] == shown["id"]


def test_a_device_is_meant_by_its_id_its_address_or_its_name(netraven: Command) -> None:
    device = netraven.add()
    for meant in (device["id"], device["id"].upper(), device["ip_address"], device["name"]):
        assert netraven("devices", "show", meant, "--json").json["id"] == device["id"]


def test_one_device_is_shown_to_people_with_every_field(netraven: Command) -> None:
    device = netraven.add(notes="[red]two\nlines[/red]")
    shown = netraven("devices", "show", device["id"]).out
    assert device["ip_address"] in shown and "[red]two" in shown and "lines[/red]" in shown
    assert device["id"] in netraven("devices", "change", device["id"], "--port", "2222").said


def test_a_name_that_means_several_is_a_conflict_that_lists_them(netraven: Command) -> None:
    name = f"twin-{secrets.token_hex(4)}"
    twins = [netraven.add(name=name) for _ in range(2)]
    done = netraven("devices", "show", name)
    assert done.status == 5
    assert all(twin["id"] in done.err and twin["ip_address"] in done.err for twin in twins)


def test_an_address_that_is_taken_is_a_conflict(netraven: Command) -> None:
    device = netraven.add()
    options = ["--name", "other", "--type", "switch", "--location", "Bern"]
    done = netraven("devices", "add", "--ip", device["ip_address"], *options)
    assert done.status == 5 and "ip_address" in done.said


def test_wrong_values_are_told_field_by_field(netraven: Command) -> None:
    done = netraven(
        "devices", "add", "--name", "x", "--ip", "10.0.0.300", "--type", "toaster", "--location", "y"
    )
    assert done.status == 2
    assert "ip_address: must be an IPv4 address" in done.said and "device_type: must be one of" in done.said


@pytest.mark.parametrize(
    "arguments", [("devices", "nothing"), ("devices", "add"), ("devices", "show"), ("--wrong",)]
)
def test_wrong_usage_is_status_two(stranger: Command, arguments: tuple[str, ...]) -> None:
    assert stranger(*arguments).status == 2


def test_a_change_of_nothing_is_told_before_anybody_is_asked(stranger: Command) -> None:
    done = stranger("devices", "change", "core-1")
    assert done.status == 2 and "nothing to change" in done.said


def test_removing_asks_first_and_without_a_terminal_wants_a_yes(netraven: Command) -> None:
    device = netraven.add()
    done = netraven("devices", "remove", device["id"])
    assert done.status == 2 and "--yes" in done.said
    assert netraven("devices", "show", device["id"]).status == 0


def test_tags_are_made_on_demand_replaced_and_taken_away(netraven: Command) -> None:
    device, tag = netraven.add(), f"tag-{secrets.token_hex(4)}"
    missing = netraven("devices", "change", device["id"], "--tag", tag)
    assert missing.status == 2 and tag in missing.said
    assert netraven("tags", "add", tag, "--color", "#112233").status == 0
    assert netraven("tags", "add", tag).status == 5
    assert netraven("devices", "change", device["id"], "--tag", tag, "--json").json["tags"] == [tag]
    listed = netraven("devices", "list", "--tag", tag, "--json").json
    assert [row["id"] for row in listed] == [device["id"]]
    (row,) = netraven("tags", "list", "--q", tag, "--json").json
    assert (row["color"], row["device_count"]) == ("#112233", 1)
    assert tag in netraven("tags", "list").out
    assert netraven("devices", "change", device["id"], "--no-tags", "--json").json["tags"] == []
    other = f"{tag}-b"
    made = netraven("devices", "change", device["id"], "--tag", other, "--create-missing-tags", "--json").json
    assert made["tags"] == [other]


def test_a_tag_is_changed_and_deleted_from_its_devices_only_on_demand(netraven: Command) -> None:
    device, tag = netraven.add(), f"tag-{secrets.token_hex(4)}"
    netraven("devices", "change", device["id"], "--tag", tag, "--create-missing-tags")
    assert netraven("tags", "change", tag).status == 2
    changed = netraven(
        "tags", "change", tag, "--name", f"{tag}-b", "--color", "#112233", "--description", "x"
    )
    assert changed.status == 0 and f"{tag}-b" in changed.said
    told = netraven("tags", "change", f"{tag}-b", "--color", "", "--description", "", "--json").json
    assert (told["name"], told["color"], told["description"]) == (f"{tag}-b", None, None)
    assert netraven("devices", "show", device["id"], "--json").json["tags"] == [f"{tag}-b"]
    assert netraven("tags", "change", f"{tag}-b", "--name", "").status == 2
    assert netraven("tags", "delete", f"{tag}-b").status == 2
    assert netraven("tags", "delete", f"{tag}-b", "--yes").status == 5
    assert netraven("tags", "delete", f"{tag}-b", "--yes", "--cascade").status == 0
    assert netraven("devices", "show", device["id"], "--json").json["tags"] == []
    assert netraven("tags", "delete", tag, "--yes").status == 4


def test_a_change_is_taken_back_by_its_event_unless_something_changed_since(netraven: Command) -> None:
    device = netraven.add()
    for place in ("Basel", "Chur"):
        netraven("devices", "change", device["id"], "--location", place)
    last, first = netraven("history", "device", device["id"], "--json").json[:2]
    assert last["id"] in netraven("history", "device", device["id"]).out
    assert netraven("devices", "undo", first["id"]).status == 5
    done = netraven("devices", "undo", last["id"])
    assert done.status == 0 and "version 4" in done.said
    assert netraven("devices", "show", device["id"], "--json").json["location"] == "Basel"
    for nonsense, status in (("x", 2), (f"{'f' * 24}.1", 4)):
        assert netraven("devices", "undo", nonsense).status == status


def test_devices_are_shown_and_listed_as_they_were(netraven: Command) -> None:
    place = f"Place {secrets.token_hex(4)}"
    device = netraven.add(location=place)
    changed = netraven("devices", "change", device["id"], "--location", "Bern", "--json").json
    then = ("--at", device["created_at"], "--json")
    assert netraven("devices", "show", device["id"], *then).json["location"] == place
    (row,) = netraven("devices", "list", "--location", place, *then).json
    assert row["id"] == device["id"]
    assert netraven("devices", "list", "--location", place, "--all", *then).json[0]["id"] == device["id"]
    assert netraven("devices", "list", "--location", place, "--json").json == []
    assert (
        netraven("devices", "show", device["id"], "--at", changed["updated_at"], "--json").json["location"]
        == "Bern"
    )
    assert netraven("devices", "list", "--at", "yesterday").status == 2


def test_a_list_that_nobody_can_read_is_told(netraven: Command) -> None:
    done = netraven("devices", "export", "/proc/nowhere/fleet.csv")
    assert done.status == 1 and "cannot write /proc/nowhere/fleet.csv" in done.said


def test_lists_are_filtered_sorted_and_paged(netraven: Command) -> None:
    place = f"Place {secrets.token_hex(4)}"
    names = [f"row-{number}-{secrets.token_hex(2)}" for number in range(3)]
    for name in names:
        netraven.add(name=name, location=place)
    where = ("devices", "list", "--location", place)
    assert [row["name"] for row in netraven(*where, "--json").json] == names
    assert [row["name"] for row in netraven(*where, "--sort", "-name", "--json").json] == names[::-1]
    shown = netraven(*where, "--size", "2", "--page", "2").out
    assert names[2] in shown and names[0] not in shown and "page 2 of 2" in shown
    assert [row["name"] for row in netraven(*where, "--all", "--json").json] == names
    assert netraven("devices", "list", "--status", "sleepy").status == 2


def test_a_ping_tells_by_its_status_whether_the_device_answers(netraven: Command) -> None:
    there = netraven.add()
    done = netraven("devices", "ping", there["id"])
    assert done.status == 0 and "is online" in done.out and " ms" in done.out
    told = netraven("devices", "ping", there["id"], "--json").json
    assert told["ping"]["status"] == "online" and told["device"]["status"] == "online"


def test_the_status_changes_by_itself_and_watching_shows_it(netraven: Command) -> None:
    device = netraven.add()
    until(lambda: netraven("devices", "show", device["id"], "--json").json["status"] == "online")
    done = netraven("devices", "watch", "--q", device["name"], "--count", "2", "--interval", "0.2")
    assert done.status == 0
    assert device["name"] in done.out and "online" in done.out and "1 devices" in done.out


def test_watching_ends_with_ctrl_c(netraven: Command) -> None:
    child = netraven.start("devices", "watch", "--interval", "0.2", stdout=-1, stderr=-1)
    assert child.stdout and child.stdout.readline()
    child.send_signal(signal.SIGINT)
    _, told = child.communicate(timeout=120)
    assert child.returncode == 130
    assert b"Traceback" not in told


def test_a_reader_that_has_read_enough_is_no_error(netraven: Command) -> None:
    netraven.add()
    reader, writer = os.pipe()
    os.close(reader)
    child = netraven.start("devices", "export", stdout=writer, stderr=-1)
    os.close(writer)
    _, told = child.communicate(timeout=120)
    assert (child.returncode, told) == (0, b"")


def test_https_where_plain_http_is_spoken_is_told_at_once(stranger: Command, system: Instance) -> None:
    there = system.url.removesuffix("/api").replace("http:", "https:")
    child = stranger.start("tags", "list", "--url", there, stdout=-1, stderr=-1)
    _, told = child.communicate(timeout=60)
    assert child.returncode == 6 and "try http://" in " ".join(told.decode().split())


def test_the_system_shows_how_it_is(netraven: Command) -> None:
    until(lambda: netraven("status").status == 0)  # everybody was heard of
    done = netraven("status")
    assert "broker up" in done.out and "database up" in done.out
    told = netraven("status", "--json").json
    until(
        lambda: (
            {row["service"] for row in netraven("status", "--json").json["services"]} >= {"devices", "auth"}
        )
    )
    assert told["api"] == "up"
