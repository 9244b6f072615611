"""Which socket a process gets: raw when it may, the unprivileged kind when it must, and a clear word when
neither.

The processes here have no capabilities at all, in a namespace where the test decides who may ping.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from netraven_monitor.icmp_socket import RAW, open_icmp
from tests.monitor.hosts import needs_namespaces, quiet_namespace

SERVICE = Path(__file__).resolve().parents[2] / "services" / "monitor"
PROGRAM = """
from netraven_monitor.engine import Engine
from netraven_monitor.icmp_socket import NoSocket, open_icmp
try:
    socket = open_icmp()
except NoSocket as error:
    print("none:", error)
else:
    print(socket.kind)
    targets = [f"127.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(1, 66_001)]
    latencies = Engine().sweep(targets + ["127.255.255.255"]).latencies
    print(sum(latency is not None for latency in latencies), latencies[-1])
"""


def without_capabilities(namespace: str, *, ping_groups: str) -> str:
    """Run PROGRAM as root without a single capability; what it prints."""
    script = f'echo "{ping_groups}" > /proc/sys/net/ipv4/ping_group_range && exec "$@"'
    drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", sys.executable, "-c", PROGRAM]
    command = ["ip", "netns", "exec", namespace, "sh", "-c", script, "sh", *drop]
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"PYTHONPATH": str(SERVICE)},
    )
    return done.stdout


@needs_namespaces
def test_with_the_right_to_it_the_socket_is_raw() -> None:
    socket = open_icmp()
    socket.close()
    assert socket.kind == RAW


@needs_namespaces
def test_without_capabilities_the_unprivileged_socket_sweeps_more_than_it_has_sequences() -> None:
    with quiet_namespace() as namespace:
        printed = without_capabilities(namespace, ping_groups="0 65535")
    assert printed.split("\n")[:2] == ["datagram", "66000 None"]


@needs_namespaces
def test_with_neither_the_reason_and_the_remedy_are_named() -> None:
    with quiet_namespace() as namespace:
        printed = without_capabilities(namespace, ping_groups="1 0")
    assert printed.startswith("none: no ICMP socket is permitted")
    assert "CAP_NET_RAW" in printed
    assert "ping_group_range" in printed
