"""The one rule for what counts as an answer, tried with every kind of false one. Nothing is sent here."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netraven_monitor.icmp import raw_labels
from netraven_monitor.probes import Probes, Received

HERE, THERE = b"\x0a\x00\x00\x01", b"\x0a\x00\x00\x02"
LABELS = raw_labels(0x1230)
TIMEOUT_NS = 1_000_000_000
SENT_NS = 5_000_000_000
AHEAD_NS = 77_000_000_000


def asked() -> Probes:
    """Two targets, one probe each, sent at SENT_NS."""
    probes = Probes(2, LABELS, 0x45, TIMEOUT_NS)
    assert probes.open([0, 1], [HERE, THERE], [111, 222]) == 0
    probes.sent(0, 2, SENT_NS, SENT_NS)
    return probes


def answer(number: int, nonce: int, source: bytes, took_ns: int = 2_500_000, **wrong: int) -> Received:
    stamp = divmod(SENT_NS + took_ns + AHEAD_NS, 1_000_000_000)
    start, kind = wrong.get("start", 0x45), wrong.get("kind", 0)
    label = wrong.get("label", LABELS.of(number))
    return (start, source, kind, label, number, nonce), (wrong.get("length", 40),), stamp


def test_the_true_answer_counts_with_the_time_between_the_stamps() -> None:
    probes = asked()
    probes.match([answer(1, 222, THERE)], AHEAD_NS)
    assert probes.latencies == [None, 2.5]
    assert probes.silent == 1


@pytest.mark.parametrize(
    "false",
    [
        answer(0, 112, HERE),
        answer(0, 222, HERE),
        answer(0, 111, THERE),
        answer(1, 111, HERE),
        answer(2, 111, HERE),
        answer(0, 111, HERE, label=LABELS.of(1)),
        answer(0, 111, HERE, label=LABELS.of(0) + (1 << 16)),
        answer(0, 111, HERE, kind=0x0800),
        answer(0, 111, HERE, kind=0x0001),
        answer(0, 111, HERE, length=32),
        answer(0, 111, HERE, length=41),
        answer(0, 111, HERE, start=0x46),
        answer(0, 111, HERE, took_ns=TIMEOUT_NS + 1),
    ],
    ids=[
        "nonce", "another's nonce", "another's address", "another's number", "unknown number", "sequence",
        "identifier", "request", "code", "too short", "too long", "with options", "too late",
    ],
)  # fmt: skip
def test_a_false_answer_changes_nothing(false: Received) -> None:
    probes = asked()
    probes.match([false], AHEAD_NS)
    assert probes.latencies == [None, None]
    assert probes.silent == 2


@given(st.integers(0, 3), st.integers(0, 300), st.sampled_from([HERE, THERE]), st.integers(0, 2**32 - 1))
def test_only_the_whole_truth_counts(number: int, nonce: int, source: bytes, label: int) -> None:
    probes = asked()
    probes.match([answer(number, nonce, source, label=label)], AHEAD_NS)
    true = (number, nonce, source, label) in {(0, 111, HERE, LABELS.of(0)), (1, 222, THERE, LABELS.of(1))}
    assert (probes.silent == 1) is true


def test_an_answer_that_comes_twice_counts_once_and_as_it_came_first() -> None:
    probes = asked()
    probes.match([answer(0, 111, HERE), answer(0, 111, HERE, took_ns=9_000_000)], AHEAD_NS)
    assert probes.latencies[0] == 2.5
    assert probes.silent == 1


def test_the_answer_to_an_earlier_attempt_still_counts_within_its_own_time() -> None:
    probes = asked()
    number = probes.open([0], [HERE], [333])
    probes.sent(number, 1, SENT_NS + 500_000_000, SENT_NS + 500_000_000)
    probes.match([answer(0, 111, HERE, took_ns=600_000_000)], AHEAD_NS)
    assert probes.latencies[0] == 600.0


def test_the_probes_of_one_call_are_spread_over_its_time() -> None:
    probes = Probes(2, LABELS, 0x45, TIMEOUT_NS)
    probes.open([0, 1], [HERE, THERE], [111, 222])
    probes.sent(0, 2, SENT_NS, SENT_NS + 2_000_000)
    probes.match([answer(0, 111, HERE), answer(1, 222, THERE)], AHEAD_NS)
    assert probes.latencies == [2.5, 1.5]


def test_no_latency_is_less_than_the_clock_can_tell() -> None:
    probes = asked()
    probes.match([answer(0, 111, HERE, took_ns=-40_000)], AHEAD_NS)
    assert probes.latencies[0] == 0.001


def test_a_probe_that_did_not_get_out_is_neither_answered_nor_silent() -> None:
    probes = asked()
    probes.refused(0, 101)
    assert (probes.unsent, probes.silent, probes.unanswered()) == ({0: 101}, 1, [1])
