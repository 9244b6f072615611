"""Reading logs and changes with the command: what is there, and what comes while one watches."""

from __future__ import annotations

import json
import secrets
import signal

import eventlet

from tests.cli.conftest import Command


def job_of(netraven: Command) -> str:
    """A job that is over, with a device of its own."""
    device = netraven.add()
    done = netraven("jobs", "run", "reachability", "--device", device["id"], "--watch", "--json")
    return str(done.json["id"])


def test_the_latest_entries_are_shown_the_newest_last(netraven: Command) -> None:
    job = job_of(netraven)
    rows = netraven("logs", "--job", job, "--json").json
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1)) and rows
    shown = netraven("logs", "--job", job, "--size", "1").out
    assert rows[-1]["message"] in shown and len(shown.splitlines()) == 1
    assert netraven("logs", "--level", "terrible").status == 2
    assert netraven("logs", "--job", job, "--follow", "--q", "x").status == 2


def test_following_a_job_shows_its_log_from_beginning_to_end(netraven: Command) -> None:
    job = job_of(netraven)
    rows = netraven("logs", "--job", job, "--json").json
    done = netraven("logs", "--job", job, "--follow", "--json")
    assert done.status == 0
    assert [json.loads(line) for line in done.out.splitlines()] == rows
    assert netraven("logs", "--follow", "--job", "0" * 24).status == 4
    assert netraven("logs", "--follow", "--level", "terrible").status == 2


def test_all_logs_are_followed_from_now_on_until_ctrl_c(netraven: Command) -> None:
    child = netraven.start("logs", "--follow", "--json", stdout=-1, stderr=-1)
    assert child.stdout
    first = eventlet.spawn(child.stdout.readline)
    jobs = [job_of(netraven)]
    while not first.dead:  # it may have begun to follow after the first of them was over
        jobs.append(job_of(netraven))
    assert json.loads(first.wait())["job_id"] in jobs
    child.send_signal(signal.SIGINT)
    _, told = child.communicate(timeout=120)
    assert child.returncode == 130 and b"Traceback" not in told


def test_changes_are_shown_from_a_cursor_on_and_narrowed(netraven: Command) -> None:
    device = netraven.add()
    thing = f"device-{device['id']}"
    answer = netraven("events", "--thing", thing, "--json").json
    assert answer["data"][0]["events"][0]["type"] == "DeviceRegistered"
    assert netraven("devices", "change", device["id"], "--location", "Chur").status == 0
    later = netraven("events", "--thing", thing, "--after", answer["next"])
    assert "DeviceRelocated" in later.out and "Chur" in later.out and "admin" in later.out
    assert netraven("events", "--after", "nonsense").status == 2
    (last,) = netraven("events", "--size", "1", "--service", "devices", "--json").json["data"]
    first = netraven("events", "--size", "1", "--service", "devices", "--beginning", "--json").json["data"]
    assert first[0]["position"] == 1 < last["position"]
    few = netraven("events", "--size", "1", "--beginning")
    assert "--after" in few.said and len(few.out.splitlines()) >= 1


def test_changes_are_followed_as_they_are_made(netraven: Command) -> None:
    name = f"tag-{secrets.token_hex(4)}"
    cursor = netraven("events", "--type", "TagCreated", "--size", "1000", "--json").json["next"]
    child = netraven.start("events", "--follow", "--type", "TagCreated", "--after", cursor, stdout=-1)
    assert netraven("tags", "add", name).status == 0
    assert child.stdout and name in child.stdout.readline().decode()
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=120)
    assert child.returncode == 130


def test_only_admins_may_look_at_changes(netraven: Command, stranger: Command) -> None:
    name, password = f"user-{secrets.token_hex(4)}", "a long enough pass phrase"
    made = netraven("users", "add", name, "--role", "viewer", "--password-stdin", stdin=password)
    assert made.status == 0, made.err
    assert stranger("login", "--username", name, "--password-stdin", stdin=password).status == 0
    assert stranger("events").status == 3 and stranger("events", "--follow").status == 3
