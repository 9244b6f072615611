"""Ports for servers: free, below the kernel's own, and another process has others."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

from tests.servers.ports import free_ports

ASK = "from tests.servers.ports import free_ports; print(*free_ports(40))"


def test_they_are_different_and_no_outgoing_connection_gets_them() -> None:
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = free_ports(40)
    assert len(set(ports)) == 40 and max(ports) < lowest


def test_one_that_is_in_use_is_passed_over() -> None:
    (port,) = free_ports(1)
    with ExitStack() as listening:
        with suppress(OSError):  # then somebody else listens there
            listening.enter_context(socket.create_server(("127.0.0.1", port + 1)))
        assert free_ports(1) != [port + 1]


def test_other_processes_get_others() -> None:
    asked = [subprocess.Popen([sys.executable, "-c", ASK], stdout=subprocess.PIPE, text=True) for _ in "ab"]
    theirs = [{int(port) for port in one.communicate(timeout=120)[0].split()} for one in asked]
    ours = set(free_ports(40))
    assert all(len(one) == 40 for one in theirs)
    assert not ours & theirs[0] and not ours & theirs[1]
