"""Names of machines: found as the machine finds them, while everybody else goes on."""

from __future__ import annotations

import socket
import subprocess
import sys

import eventlet
import pytest
from eventlet import patcher

from netraven_chassis import resolver
from tests.patience import until

native = patcher.original("threading")  # of which no hub knows

STARTED = """
import netraven_chassis.patch, socket, sys
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(("localhost", server.getsockname()[1]), 20)
print([name for name in sys.modules if name.partition(".")[0] == "dns"])
"""


def test_it_is_what_everybody_asks_after_the_patch() -> None:
    assert socket.getaddrinfo is resolver.getaddrinfo


def test_a_process_reaches_a_name_without_the_resolver_that_eventlet_brings() -> None:
    done = subprocess.run([sys.executable, "-c", STARTED], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", None, b"localhost"])
def test_it_answers_as_the_machine_does(host: str | bytes | None) -> None:
    asked = (host, 80, 0, socket.SOCK_STREAM)
    assert resolver.getaddrinfo(*asked) == resolver._native.getaddrinfo(*asked)


@pytest.mark.parametrize("host", ["nowhere.invalid", "", "a..b"])
def test_what_the_machine_does_not_know_is_the_same_error(host: str) -> None:
    with pytest.raises((OSError, UnicodeError)) as ours:
        resolver.getaddrinfo(host, 80)
    with pytest.raises(type(ours.value)) as theirs:
        resolver._native.getaddrinfo(host, 80)
    assert str(ours.value) == str(theirs.value)


def test_a_name_that_takes_its_time_holds_up_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answer = native.Event(), native.Event()
    machines = resolver._native.getaddrinfo

    def slow(host: str, *rest: object, **named: int) -> list[str]:
        if named or host != "slow.example":  # others of this process ask for addresses meanwhile
            return list(machines(host, *rest, **named))
        asked.set()
        assert answer.wait(60)
        return [host]

    monkeypatch.setattr(resolver._native, "getaddrinfo", slow)
    waiting = eventlet.spawn(resolver.getaddrinfo, "slow.example", 80)
    until(asked.is_set)
    assert not waiting.dead
    answer.set()
    assert waiting.wait() == ["slow.example"]
