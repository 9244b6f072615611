"""ICMP echo on the wire: what a question and its answer look like. Bytes only: no sockets, no clock.

A question carries three things that its answer must bring back: the label (identifier and sequence in one),
its number within the sweep, and a nonce of eight random bytes that no other question has. Whoever has not
seen the question cannot make the answer, and an answer to an older question fits none that is open.

    question (20 bytes)   type 8 | code 0 | checksum | label (4) | number (4) | nonce (8)
    frame (64 bytes)      what a received message is laid into: 20 bytes of IPv4 header, then the ICMP
    message.
                          A datagram socket gives no header; there the sender's address is put in its place.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

_ECHO_REQUEST = 0x0800
ECHO_REPLY = 0x0000
IP_HEADER = 20
FRAME = 64
# Sixteen identifiers in a row belong to one raw socket, so that 65,536 sequences each make a million probes.
IDENTIFIERS = 16
MAX_PROBES = IDENTIFIERS << 16

QUESTION = struct.Struct("!HHIIQ")
# First byte, sender's address, type and code, label, number, nonce. An answer with IPv4 options is not
# ours: we send none.
ANSWER = struct.Struct(f"!B11x4s4xH2xIIQ{FRAME - IP_HEADER - QUESTION.size}x")
# The first byte of a frame: an IPv4 header of five words, or nothing, when a datagram socket left it out.
WITH_HEADER = 0x45
WITHOUT_HEADER = 0


class Labels(NamedTuple):
    """The identifiers and sequences of one socket: probe `number` has the label `first + (number & mask)`."""

    first: int
    mask: int

    def of(self, number: int) -> int:
        """Identifier (upper half) and sequence (lower half) of probe `number`."""
        return self.first + (number & self.mask)


def raw_labels(identifier: int) -> Labels:
    """The labels of IDENTIFIERS identifiers from `identifier` on: the number runs over into the next one."""
    return Labels(identifier << 16, MAX_PROBES - 1)


def datagram_labels(identifier: int) -> Labels:
    """The labels of the one identifier of a datagram socket; sequences repeat, numbers and nonces do not."""
    return Labels(identifier << 16, 0xFFFF)


def write_questions(buffer: bytearray, labels: Labels, number: int, nonces: Sequence[int]) -> None:
    """Write one echo request for each of `nonces` into `buffer`, one after the other.

    Parameters: `number`, the first one's number, the rest follow it; `nonces`, 64-bit integers.
    """
    pack, step, offset = QUESTION.pack_into, QUESTION.size, 0
    first, mask = labels
    for probe, nonce in enumerate(nonces, number):
        label = first + (probe & mask)
        # 2**16 is 1 modulo 0xffff, so the Internet checksum of a word of any width is its remainder.
        checksum = 0xFFFF - (_ECHO_REQUEST + label + probe + nonce) % 0xFFFF
        pack(buffer, offset, _ECHO_REQUEST, checksum, label, probe, nonce)
        offset += step


def filter_program(identifier: int) -> bytes:
    """Classic BPF for a raw socket: echo replies to its own identifiers pass, all else never wakes us.

    Parameters: `identifier`, the first one, a multiple of IDENTIFIERS. Returns 8 bytes for each instruction.
    """
    program = (
        (0xB1, 0, 0, 0),  # ldxb 4*([0]&0xf)   the length of the IPv4 header
        (0x48, 0, 0, 0),  # ldh [x + 0]        type and code
        (0x15, 0, 4, ECHO_REPLY),  # jne drop
        (0x48, 0, 0, 4),  # ldh [x + 4]        identifier
        (0x54, 0, 0, 0x10000 - IDENTIFIERS),  # and
        (0x15, 0, 1, identifier),  # jne drop
        (0x06, 0, 0, 0xFFFF),  # keep
        (0x06, 0, 0, 0),  # drop
    )
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)
