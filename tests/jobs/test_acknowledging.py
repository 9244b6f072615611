"""Acknowledging at once: a device that sends small segments is not kept waiting."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from netraven_jobs.acknowledging import PromptSocket


def test_a_device_that_sends_small_segments_need_not_wait_for_our_acknowledgement() -> None:
    command = [sys.executable, "-m", "tests.jobs.small_segments"]
    told = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=120).stdout)
    assert told["ours"] < told["plain"] / 2, told


class EndingSocket(PromptSocket):
    """Somebody closes it as soon as a word is over."""

    def setsockopt(self, *args: object) -> None:
        """Too late."""
        self.close()
        super().setsockopt(*args)  # type: ignore[call-overload]


@pytest.fixture
def ends() -> Iterator[tuple[EndingSocket, socket.socket]]:
    """One that ends like that, and a device's."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = EndingSocket()
        ours.connect(server.getsockname())
        theirs, _ = server.accept()
        with ours, theirs:
            yield ours, theirs


def test_a_word_that_was_said_is_not_taken_back_because_the_connection_ends(
    ends: tuple[EndingSocket, socket.socket],
) -> None:
    ours, theirs = ends
    assert ours.send(b"exit\n") == 5
    assert theirs.recv(10) == b"exit\n"


def test_the_last_word_is_heard_though_the_connection_ends(
    ends: tuple[EndingSocket, socket.socket],
) -> None:
    ours, theirs = ends
    theirs.sendall(b"goodbye")
    assert ours.recv(10) == b"goodbye"
