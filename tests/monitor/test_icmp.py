"""Questions are well-formed ICMP, and the fields of an answer are found where they are."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netraven_monitor.icmp import (
    ANSWER,
    FRAME,
    IDENTIFIERS,
    MAX_PROBES,
    QUESTION,
    datagram_labels,
    filter_program,
    raw_labels,
    write_questions,
)

identifiers = st.integers(0, 0xFFFF // IDENTIFIERS).map(lambda n: n * IDENTIFIERS)
nonces = st.integers(0, 2**64 - 1)


def question(identifier: int, number: int, nonce: int) -> bytes:
    buffer = bytearray(QUESTION.size)
    write_questions(buffer, raw_labels(identifier), number, [nonce])
    return bytes(buffer)


@given(identifiers, st.integers(0, MAX_PROBES - 1), nonces)
def test_every_question_has_the_checksum_of_rfc_1071(identifier: int, number: int, nonce: int) -> None:
    total = sum(struct.unpack("!10H", question(identifier, number, nonce)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    assert total == 0xFFFF


@given(identifiers, st.integers(0, MAX_PROBES - 1), nonces)
def test_identifier_and_sequence_are_the_number_counted_on(identifier: int, number: int, nonce: int) -> None:
    kind, code, _, at, sequence = struct.unpack("!BBHHH", question(identifier, number, nonce)[:8])
    assert (kind, code) == (8, 0)
    assert (at, sequence) == (identifier + (number >> 16), number & 0xFFFF)


@given(st.integers(0, 0xFFFF), st.integers(0, MAX_PROBES - 1))
def test_a_datagram_socket_has_one_identifier_however_many_probes(identifier: int, number: int) -> None:
    assert datagram_labels(identifier).of(number) >> 16 == identifier


def test_a_batch_is_its_questions_one_after_the_other() -> None:
    buffer = bytearray(3 * QUESTION.size)
    write_questions(buffer, raw_labels(32), 65_535, [1, 2, 3])
    assert bytes(buffer) == question(32, 65_535, 1) + question(32, 65_536, 2) + question(32, 65_537, 3)


@given(identifiers, st.integers(0, MAX_PROBES - 1), nonces, st.binary(min_size=4, max_size=4))
def test_an_echoed_question_is_read_back(identifier: int, number: int, nonce: int, source: bytes) -> None:
    header = b"\x45" + bytes(11) + source + bytes(4)
    echoed = b"\x00" + question(identifier, number, nonce)[1:]
    fields = ANSWER.unpack((header + echoed).ljust(FRAME, b"\x00"))
    assert fields == (0x45, source, 0, raw_labels(identifier).of(number), number, nonce)


def run_filter(program: bytes, packet: bytes) -> bool:
    """A little classic BPF machine: whether the packet passes."""
    steps = [struct.unpack_from("HBBI", program, at) for at in range(0, len(program), 8)]
    accumulator = index = at = 0
    while True:
        code, on_true, on_false, k = steps[at]
        at += 1
        match code:
            case 0xB1:
                index = (packet[k] & 0x0F) * 4
            case 0x48:
                accumulator = int.from_bytes(packet[index + k : index + k + 2], "big")
            case 0x54:
                accumulator &= k
            case 0x15:
                at += on_true if accumulator == k else on_false
            case 0x06:
                return k > 0
            case _:
                raise AssertionError(f"instruction {code:#x}")


@pytest.mark.parametrize(
    ("header", "kind", "identifier", "passes"),
    [
        (20, 0, 4096, True),
        (20, 0, 4096 + IDENTIFIERS - 1, True),
        (32, 0, 4096, True),
        (20, 0, 4096 + IDENTIFIERS, False),
        (20, 0, 4095, False),
        (20, 8, 4096, False),
        (20, 3, 4096, False),
    ],
)
def test_the_filter_lets_only_our_own_answers_through(
    header: int, kind: int, identifier: int, passes: bool
) -> None:
    packet = (
        bytes([0x40 | header // 4]) + bytes(header - 1) + struct.pack("!BBHHH", kind, 0, 0, identifier, 1)
    )
    assert run_filter(filter_program(4096), packet) is passes
