"""Answers that are late, forged or of another, made by a real host in a namespace: none ever counts."""

from __future__ import annotations

import pytest

from netraven_monitor.engine import Engine
from tests.monitor.hosts import Host, needs_namespaces
from tests.monitor.hosts import host as host

pytestmark = needs_namespaces


# For an answer that is to come: its host may be kept from it for a moment.
PATIENT = 30.0


def ask(target: str, **how: float) -> float | None:
    """One sweep that asks twice, 0.25 s apart, 0.2 s for each: open for 0.45 s."""
    options = {"attempts": 2, "timeout": 0.2, "spacing": 0.25} | how
    return Engine().sweep([target], **options).latencies[0]  # type: ignore[arg-type]


def test_an_honest_host_counts(host: Host) -> None:
    host.respond()
    latency = ask(host.address, timeout=PATIENT)
    assert latency is not None
    assert latency < PATIENT * 1000


@pytest.mark.parametrize(
    "lie",
    [
        "identifier", "sequence", "number", "nonce", "code", "short", "long", "request", "unreachable",
        "source", "late", "nothing",
    ],
)  # fmt: skip
def test_a_lie_never_counts(host: Host, lie: str) -> None:
    host.respond(default=lie)
    assert ask(host.address) is None


def test_a_late_answer_does_not_stand_for_the_next_question(host: Host) -> None:
    """The answer to the first sweep comes while the second one is waiting for its own."""
    host.respond(n0="late", default="nothing")
    assert ask(host.address, attempts=1) is None
    assert ask(host.address, attempts=1, timeout=0.4) is None


def test_an_answer_that_comes_twice_counts_once(host: Host) -> None:
    host.respond(default="double")
    assert ask(host.address, timeout=PATIENT) is not None


def test_the_second_attempt_makes_up_for_a_lost_packet(host: Host) -> None:
    host.respond(n0="nothing")
    assert ask(host.address, timeout=PATIENT) is not None


def test_an_unplugged_host_is_silent_and_a_plugged_one_is_not(host: Host) -> None:
    assert ask(host.address, timeout=PATIENT) is not None
    host.down()
    assert ask(host.address) is None
    host.up()
    assert ask(host.address, timeout=PATIENT) is not None
