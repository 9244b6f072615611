"""Jobs and schedules with the command, against a real system: on a terminal, in a pipe, to every end."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from tests.cli.conftest import Command
from tests.cli.terminal import Terminal
from tests.monitor.hosts import black_hole as black_hole
from tests.patience import patience, until


@pytest.fixture
def answering(netraven: Command) -> str:
    """A device that answers pings; its name."""
    return str(netraven.add()["name"])


@pytest.fixture
def silent(netraven: Command, black_hole: str) -> Iterator[str]:
    """A device that answers nothing; its name. It goes when the address does."""
    yield str(netraven.add(ip=black_hole)["name"])
    netraven("devices", "remove", black_hole, "--yes")


@pytest.fixture
def mute() -> Iterator[tuple[str, int]]:
    """An address and a port where connections are taken and nothing is said but, late, a greeting: a session
    gives up on silence after ten seconds, and after that once more.
    """
    kept: list[socket.socket] = []
    greeted: dict[float, socket.socket] = {}
    address = f"127.0.{secrets.randbelow(250)}.{2 + secrets.randbelow(250)}"
    with socket.create_server((address, 0)) as listener:
        listener.settimeout(0.2)
        over = threading.Event()

        def take() -> None:
            while not over.is_set():
                with suppress(TimeoutError):
                    kept.append(listener.accept()[0])
                    greeted[time.monotonic() + 8] = kept[-1]
                for at in [at for at in greeted if at < time.monotonic()]:
                    with suppress(OSError):
                        greeted.pop(at).sendall(b"SSH-2.0-mute\r\n")

        thread = threading.Thread(target=take)
        thread.start()
        yield listener.getsockname()
        over.set()
        thread.join()
    for one in kept:
        one.close()


@pytest.fixture
def hanging(netraven: Command, mute: tuple[str, int]) -> str:
    """A device with which a session begins and never gets anywhere; its name."""
    name = f"cred-{secrets.token_hex(4)}"
    netraven("credentials", "add", name, "--username", "ops", "--secret-stdin", stdin="secret\n")
    device = netraven.add(ip=mute[0], platform="cisco_ios", port=str(mute[1]))
    return str(device["name"])


def job_in(text: str) -> str:
    """The id of the job that a summary or a note names."""
    return text.split("(job ")[1].split(")")[0]


def test_a_job_that_succeeds_is_watched_to_its_end_with_a_line_for_each_entry(
    netraven: Command, answering: str
) -> None:
    done = netraven("jobs", "run", "reachability", "--device", answering, "--watch")
    assert done.status == 0, done.err
    assert "reachability succeeded" in done.said and "1 succeeded" in done.said
    assert answering in done.out and "\x1b" not in done.out
    again = netraven("jobs", "watch", job_in(done.said))
    assert (again.status, again.out) == (0, done.out)


@pytest.mark.parametrize(
    ("others", "status", "word"),
    [((), 1, "failed"), (("answering",), 7, "partial")],
    ids=["failed", "partial"],
)
def test_a_job_that_fails_says_where_and_why(
    netraven: Command, answering: str, silent: str, others: tuple[str, ...], status: int, word: str
) -> None:
    names = [silent, *(answering for _ in others)]
    done = netraven(
        "jobs", "run", "reachability", *(part for one in names for part in ("--device", one)), "-w"
    )
    assert done.status == status, done.err
    assert f"reachability {word}" in done.said and silent in done.said and "UNREACHABLE" in done.said


def test_a_retry_repeats_what_failed_and_shows_only_what_is_new(
    netraven: Command, answering: str, silent: str
) -> None:
    first = netraven("jobs", "run", "reachability", "--device", silent, "--device", answering, "--watch")
    job = job_in(first.said)
    second = netraven("jobs", "retry", job, "--watch")
    assert second.status == 7 and "Run 2" in second.out
    assert "Run 1" not in second.out and answering not in second.out
    every = netraven("jobs", "retry", job, "--all", "--watch", "--json")
    assert (every.status, every.json["run"], every.json["counts"]["total"]) == (7, 3, 2)
    assert answering in every.err


def test_jobs_are_listed_and_shown(netraven: Command, answering: str) -> None:
    made = netraven("jobs", "run", "reachability", "--device", answering, "--name", "look", "--json").json
    netraven("jobs", "watch", made["id"])
    assert "look" in netraven("jobs", "list", "--device", answering).out
    (row,) = netraven("jobs", "list", "--device", answering, "--status", "succeeded", "--json").json
    assert row["id"] == made["id"]
    shown = netraven("jobs", "show", made["id"])
    assert answering in shown.out and "1 succeeded" in shown.out and "admin" in shown.out
    assert netraven("jobs", "show", "f" * 24).status == 4
    assert {"backup", "facts"} <= {row["name"] for row in netraven("jobs", "types", "--json").json}
    assert "credential_check" in netraven("jobs", "types").out


WRONG = {
    "no devices": (("backup",), "say which"),
    "two targets": (("backup", "--all", "--tag", "x"), "exclude each other"),
    "a device that is not there": (("backup", "--device", "nobody"), "no device nobody"),
    "two times": (("backup", "--all", "--every", "1h", "--at", "2030-01-01"), "exclude each other"),
    "a strange span": (("backup", "--all", "--every", "soon"), "30m"),
    "a strange time": (("backup", "--all", "--at", "soon"), "2026-01-02T03:04"),
    "a zone alone": (("backup", "--all", "--timezone", "UTC"), "goes with --cron"),
    "an option without a value": (("backup", "--all", "--option", "x"), "NAME=VALUE"),
    "watching what is not due": (("backup", "--all", "--every", "1h", "--watch"), "cannot be watched"),
    "a type that is not there": (("nosuch", "--all"), "type: "),
    "an option that is not there": (("reachability", "--all", "--option", "nosuch=1"), "nosuch"),
    "too often": (("reachability", "--all", "--every", "10"), "schedule.every: must be a whole number"),
    "a cron that means nothing": (("reachability", "--all", "--cron", "99 1 * * *"), "schedule.cron: "),
    "a zone that is not there": (
        ("reachability", "--all", "--cron", "0 1 * * *", "--timezone", "Mars/Olympus"),
        "schedule.timezone: ",
    ),
}


@pytest.mark.parametrize(("arguments", "reason"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_told_before_anything_starts(
    netraven: Command, arguments: tuple[str, ...], reason: str
) -> None:
    done = netraven("jobs", "run", *arguments)
    assert done.status in (2, 4) and reason in done.said, done.err


def test_ctrl_c_ends_the_watching_and_not_the_job_which_then_can_be_cancelled(
    netraven: Command, hanging: str
) -> None:
    watch = ("jobs", "run", "backup", "--device", hanging, "--watch", "--verbose")
    child = netraven.start(*watch, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None
    while hanging.encode() not in child.stdout.readline():
        assert child.poll() is None
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=120)
    said = " ".join(err.decode().split())
    assert child.returncode == 130 and "goes on without you" in said, said
    job = said.split("netraven jobs watch ")[1].split(";")[0]
    assert netraven("jobs", "show", job, "--json").json["status"] == "running"
    began = time.monotonic()
    assert netraven("jobs", "cancel", job).status == 0
    done = netraven("jobs", "watch", job)
    assert done.status == 8 and "backup cancelled" in done.said
    assert time.monotonic() - began < patience(8)
    assert netraven("jobs", "cancel", job).status == 5


def test_a_device_that_was_never_logged_in_to_has_no_host_key(netraven: Command, answering: str) -> None:
    assert netraven("devices", "host-key", answering).status == 4
    assert netraven("devices", "host-key", answering, "--accept", "--yes").status == 4


def test_on_a_terminal_a_bar_follows_the_job(netraven: Command, answering: str) -> None:
    run = ("jobs", "run", "reachability", "--device", answering, "--watch")
    env = {**os.environ, **netraven.env, "TERM": "xterm", "PYTHONWARNINGS": "ignore"}
    with Terminal(netraven, *run, env=env, start_new_session=True) as terminal:
        assert terminal.ended() == 0
    assert b"1/1" in terminal.shown and answering.encode() in terminal.shown


def test_a_schedule_is_made_listed_changed_paused_and_deleted(netraven: Command, answering: str) -> None:
    name = f"nightly-{secrets.token_hex(4)}"
    cron = ("--cron", "0 3 * * *", "--timezone", "Europe/Zurich")
    done = netraven("jobs", "run", "reachability", "--device", answering, "--name", name, *cron)
    assert done.status == 0 and "0 3 * * * (Europe/Zurich)" in done.said, done.err
    assert name in netraven("schedules", "list").out
    changed: dict[str, Any] = netraven("schedules", "change", name, "--every", "1d", "--json").json
    assert changed["schedule"] == {"every": 86_400} and changed["next_run"]
    assert netraven("schedules", "change", name).status == 2
    assert netraven("schedules", "change", name, "--all", "--tag", "x").status == 2
    assert netraven("schedules", "change", name, "--all", "--json").json["target"] == {"all": True}
    assert netraven("schedules", "pause", name).status == 0
    (row,) = [one for one in netraven("schedules", "list", "--json").json if one["name"] == name]
    assert row["status"] == "paused"
    assert "every 1 d" in netraven("schedules", "show", name).out
    assert netraven("schedules", "resume", name, "--json").json["status"] == "active"
    assert netraven("schedules", "delete", name).status == 2
    assert netraven("schedules", "delete", name, "--yes").status == 0
    assert netraven("schedules", "show", name).status == 4


def test_what_is_due_once_runs_by_itself(netraven: Command, answering: str) -> None:
    own = netraven("jobs", "run", "reachability", "--device", answering, "--watch")
    due = time.time() + patience(2)
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(due))
    made = netraven("jobs", "run", "reachability", "--device", answering, "--at", soon, "--json").json
    time.sleep(max(0.0, due - time.time()))  # to ask before costs more than everything else here
    rows = until(lambda: netraven("jobs", "list", "--schedule", made["id"], "--json").json)
    assert netraven("jobs", "watch", rows[0]["id"]).status == 0
    assert netraven("schedules", "show", made["id"], "--json").json["status"] == "done"
    latest = netraven("jobs", "watch")  # the schedule's is nobody's own
    assert latest.status == 0 and "Your latest job: reachability" in latest.said
    assert job_in(latest.said) == job_in(own.said)
