"""Bytes of many greenthreads leave in order, whole, and in few calls."""

from __future__ import annotations

import eventlet
import pytest

from netraven_chassis.bus import outbox
from netraven_chassis.bus.outbox import Outbox


class Pipe:
    """Takes a few bytes at a time, as a full socket does."""

    def __init__(self, piece: int = 1_000_000, fails_after: int | None = None) -> None:
        self.piece, self.fails_after = piece, fails_after
        self.taken, self.calls, self.broken = b"", 0, 0

    def send(self, data: bytes) -> None:
        self.calls += 1
        for start in range(0, len(data), self.piece):
            if self.fails_after is not None and len(self.taken) >= self.fails_after:
                raise BrokenPipeError("gone")
            self.taken += data[start : start + self.piece]
            eventlet.sleep(0)

    def on_broken(self) -> None:
        self.broken += 1

    def outbox(self) -> Outbox:
        return Outbox(self.send, self.on_broken)


def settle() -> None:
    for _ in range(2000):
        eventlet.sleep(0)


def test_writes_of_one_turn_leave_in_one_call():
    pipe = Pipe()
    box = pipe.outbox()
    for n in range(50):
        box.write(b"%d;" % n)
    assert pipe.taken == b""
    settle()
    assert pipe.taken == b"".join(b"%d;" % n for n in range(50))
    assert pipe.calls == 1


def test_writes_of_many_greenthreads_never_mix():
    pipe = Pipe(piece=3)
    box = pipe.outbox()

    def write(n: int) -> None:
        for _ in range(5):
            box.write(bytes([65 + n]) * 10)
            eventlet.sleep(0)

    for thread in [eventlet.spawn(write, n) for n in range(20)]:
        thread.wait()
    settle()
    pieces = [pipe.taken[at : at + 10] for at in range(0, len(pipe.taken), 10)]
    assert len(pieces) == 100
    assert all(len(set(piece)) == 1 for piece in pieces)


def test_a_buffer_that_is_used_again_does_not_change_what_was_written():
    pipe = Pipe()
    box = pipe.outbox()
    buffer = bytearray(b"first!")
    box.write(memoryview(buffer)[:5])
    buffer[:] = b"second"
    settle()
    assert pipe.taken == b"first"


def test_after_a_failure_nothing_more_goes_out():
    pipe = Pipe(piece=2, fails_after=4)
    box = pipe.outbox()
    box.write(b"abcdefgh")
    settle()
    assert (pipe.taken, pipe.broken) == (b"abcd", 1)
    with pytest.raises(ConnectionResetError):
        box.write(b"more")
    settle()
    assert pipe.taken == b"abcd"


def test_what_cannot_be_sent_is_not_hoarded(monkeypatch):
    monkeypatch.setattr(outbox, "LIMIT_BYTES", 100)
    box = Outbox(lambda _data: eventlet.sleep(60), lambda: None)
    box.write(b"x")
    eventlet.sleep(0.01)
    box.write(b"x" * 101)
    with pytest.raises(BlockingIOError):
        box.write(b"x")
