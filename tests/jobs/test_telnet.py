"""Sessions over real telnet: options by the book, one log-in and no second, the whole configuration."""

from __future__ import annotations

import socket

import pytest

from lab.manners import PROMPT, Manners
from lab.templates import shown
from netraven_jobs.volatile import normalise
from tests.jobs.sessions import SECRETS, Bench, connections
from tests.jobs.sessions import bench as bench
from tests.patience import until


@pytest.mark.parametrize("platform", ["cisco_ios", "huawei"])
def test_a_device_that_speaks_telnet_alone_is_backed_up(bench: Bench, platform: str) -> None:
    name = bench.device(platform, telnet=True)
    answer = bench.have(name, f"{platform}_telnet")
    assert answer.good, answer
    assert (answer.data["truncated"], answer.host_key) == (None, None)
    there = normalise(platform, shown(platform, bench.file(name).read_text(), 0))
    assert normalise(platform, answer.data["text"]) == there
    assert not [secret for secret in SECRETS.values() if secret in bench.said()]
    until(lambda: connections(bench.ports[name]) == 0)


def test_a_wrong_password_is_tried_once_and_not_again(bench: Bench) -> None:
    name = bench.device(telnet=True)
    answer = bench.have(name, "cisco_ios_telnet", secret={"password": "wrong-canary"})
    assert (answer.error_class, answer.logged_in) == ("AUTHENTICATION", False), answer
    assert bench.lab.sessions(name) == 1  # log-ins that it refused
    until(lambda: connections(bench.ports[name]) == 0)


def test_what_hinders_a_connection_is_told_apart_as_it_is_over_ssh(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert bench.have(port, "cisco_ios_telnet").error_class == "REFUSED"
    hanging = bench.device(manners=Manners(hangs=PROMPT), telnet=True)
    answer = bench.have(hanging, "cisco_ios_telnet", limit=1.5)
    assert answer.error_class == "TIMEOUT", answer
    assert (
        bench.have(bench.device(manners=Manners(hangs_up=True)), "cisco_ios_telnet").error_class == "PROTOCOL"
    )
    until(lambda: connections(bench.ports[hanging]) == 0)
