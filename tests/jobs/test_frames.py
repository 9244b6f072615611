"""Frames over a real socket pair."""

from __future__ import annotations

import socket
import struct
import threading
from typing import Any

import pytest

from netraven_jobs import frames


def test_frames_come_as_they_were_sent_however_large() -> None:
    ours, theirs = socket.socketpair()
    sent: list[dict[str, Any]] = [{"a": 1}, {"text": "ü" * 700_000}, {}]

    def write() -> None:
        for frame in sent:
            frames.send(ours, frame)
        ours.close()

    thread = threading.Thread(target=write)
    thread.start()
    assert list(frames.receive(theirs)) == sent
    thread.join()
    theirs.close()


def test_half_a_frame_is_none() -> None:
    ours, theirs = socket.socketpair()
    ours.sendall(struct.pack(">I", 10) + b"{}")
    ours.close()
    assert list(frames.receive(theirs)) == []
    theirs.close()


@pytest.mark.parametrize("said", [struct.pack(">I", 2**31), struct.pack(">I", 3) + b"abc"])
def test_nonsense_is_told(said: bytes) -> None:
    ours, theirs = socket.socketpair()
    ours.sendall(said)
    with pytest.raises(frames.BrokenFrame):
        list(frames.receive(theirs))
    ours.close()
    theirs.close()
