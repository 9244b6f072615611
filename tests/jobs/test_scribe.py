"""Large texts are worked on in a process of their own, which may die or take too long without harm."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import eventlet
import pytest

from netraven_contracts.errors import Conflict, Unavailable
from netraven_jobs import scribe as scribes
from netraven_jobs.scribe import Scribe

LINES = [f" description port {number}" for number in range(10_000)]


@pytest.fixture
def scribe() -> Iterator[Scribe]:
    one = Scribe()
    yield one
    one.close()


def large() -> tuple[str, str]:
    changed = [*LINES[:500], "new", *LINES[501:], ""]
    return "\n".join([*LINES, ""]), "\n".join(changed)


def test_large_and_small_texts_are_compared_alike(scribe: Scribe, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = large()
    apart = scribe.compare(old, new, ("a", "b"), 3)
    assert scribe._child is not None
    monkeypatch.setitem(scribes.SMALL, "compare", 10**9)
    assert scribe.compare(old, new, ("a", "b"), 3) == apart
    assert (apart.added, apart.removed, apart.hunks) == (1, 1, 1)


def test_the_process_has_no_key_in_its_environment(scribe: Scribe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETRAVEN_SECRET_KEY", "canary")
    scribe.compare(*large(), ("a", "b"), 3)
    assert scribe._child is not None
    told = Path(f"/proc/{scribe._child.pid}/environ").read_bytes()
    assert b"PATH=" in told and b"canary" not in told and b"NETRAVEN_" not in told


def test_large_texts_are_redacted_and_normalised(scribe: Scribe) -> None:
    text = "\n".join(["ntp clock-period 17180", "enable secret 5 $1$canary", *LINES, ""])
    assert "canary" not in scribe.redact("cisco_ios", text)
    assert "clock-period" not in scribe.normalise("cisco_ios", text)


def test_the_hub_goes_on_while_large_texts_are_compared(scribe: Scribe) -> None:
    old, new = large()
    scribe.compare(old, new, ("a", "b"), 3)
    assert scribe._child is not None
    # As if it had more to compare than it can for now.
    os.kill(scribe._child.pid, signal.SIGSTOP)
    work = eventlet.spawn(scribe.compare, old * 10, new * 10, ("a", "b"), 3)
    for _ in range(10):
        eventlet.sleep(0.01)
    assert not work.dead
    os.kill(scribe._child.pid, signal.SIGCONT)
    assert work.wait().hunks == 10


def test_what_takes_too_long_is_ended_and_the_next_one_works() -> None:
    scribe = Scribe(patience=0.001)
    old, new = large()
    try:
        with pytest.raises(Conflict, match="download"):
            scribe.compare(old, new, ("a", "b"), 3)
        with pytest.raises(Unavailable, match="try again"):
            scribe.redact("cisco_ios", old)
        scribe._patience = 60.0
        assert scribe.compare(old, new, ("a", "b"), 3).hunks == 1
    finally:
        scribe.close()


def test_a_child_that_died_is_replaced(scribe: Scribe) -> None:
    old, new = large()
    scribe.compare(old, new, ("a", "b"), 3)
    assert scribe._child is not None
    pid = scribe._child.pid
    os.kill(pid, signal.SIGKILL)
    scribe._child.wait()
    assert scribe.compare(old, new, ("a", "b"), 3).hunks == 1
    assert scribe._child.pid != pid


def test_two_who_come_at_once_are_both_served(scribe: Scribe) -> None:
    old, new = large()
    pool = eventlet.GreenPool(4)
    found = list(pool.imap(lambda _: scribe.compare(old, new, ("a", "b"), 3).added, range(4)))
    assert found == [1, 1, 1, 1]


def test_nothing_outlives_a_scribe_that_is_closed() -> None:
    scribe = Scribe()
    scribe.compare(*large(), ("a", "b"), 3)
    child = scribe._child
    scribe.close()
    assert child is not None and child.poll() is not None
