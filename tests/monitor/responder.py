"""A host that answers pings as it is told: honestly, falsely, late, or not at all. Run inside a namespace.

Arguments: a JSON object {"number of the request": "how"}, where "default" stands for all others. It prints
a line once it listens. Only the standard library is used, so that it runs with nothing installed.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
import time

LATE_SECONDS = 0.35


def echo(request: bytes) -> bytearray:
    """The honest answer to an ICMP echo request."""
    return bytearray(b"\x00" + request[1:])


def seal(message: bytearray) -> bytes:
    """The message with its checksum set right."""
    message[2:4] = b"\x00\x00"
    even = bytes(message) + b"\x00" * (len(message) % 2)
    total = sum(struct.unpack(f"!{len(even) // 2}H", even))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    message[2:4] = struct.pack("!H", total ^ 0xFFFF)
    return bytes(message)


def falsified(request: bytes, how: str) -> bytes:
    """The answer with one thing wrong."""
    answer = echo(request)
    wrong = {"identifier": 4, "sequence": 7, "number": 11, "nonce": 19, "code": 1}
    if how in wrong:
        answer[wrong[how]] ^= 1
    elif how == "short":
        answer = answer[:-8]
    elif how == "long":
        answer += b"\x00" * 8
    elif how == "request":
        answer[0] = 8
    elif how == "unreachable":
        answer = bytearray(b"\x03\x01\x00\x00\x00\x00\x00\x00\x45" + bytes(19) + request)
    return seal(answer)


def serve(plan: dict[str, str]) -> None:
    """Answer for ever."""
    plain = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    other = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    if "other_address" in plan:
        other.bind((plan["other_address"], 0))
    print("listening", flush=True)
    heard = 0
    while True:
        packet, (asker, _) = plain.recvfrom(2048)
        request = packet[(packet[0] & 15) * 4 :]
        if request[0] != 8:
            continue
        how = plan.get(str(heard), plan.get("default", "honest"))
        heard += 1
        if how == "nothing":
            continue
        if how == "late":
            time.sleep(LATE_SECONDS)
        sender = other if how == "source" else plain
        for _ in range(2 if how == "double" else 1):
            sender.sendto(falsified(request, how), (asker, 0))


if __name__ == "__main__":
    serve(json.loads(sys.argv[1]))
