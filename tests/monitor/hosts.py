"""Hosts in network namespaces of their own, to take down, bring up and make lie. Needs root and iproute2."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pytest

RESPONDER = Path(__file__).with_name("responder.py")
needs_namespaces = pytest.mark.skipif(
    os.geteuid() != 0, reason="network namespaces are root's to make: run the tests as root"
)


def ip(*words: str) -> None:
    """Run one command of iproute2; CalledProcessError when it fails."""
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=120)


class Host:
    """A namespace joined to ours by a veth pair. `address` is its own, `second` another that it has,
    `absent` one that it gets packets for and does not have.
    """

    def __init__(self) -> None:
        tag = secrets.token_hex(3)
        self.name, self._near, self._far = f"nr-{tag}", f"nr{tag}a", f"nr{tag}b"
        net = f"10.{200 + secrets.randbelow(50)}.{secrets.randbelow(256)}.{secrets.randbelow(32) * 8}"
        stem, last = net.rsplit(".", 1)
        self.near, self.address, self.second, self.absent = (f"{stem}.{int(last) + k}" for k in (1, 2, 3, 4))
        self._children: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Self:
        ip("netns", "add", self.name)
        ip("link", "add", self._near, "type", "veth", "peer", "name", self._far, "netns", self.name)
        ip("addr", "add", f"{self.near}/29", "dev", self._near)
        ip("link", "set", self._near, "up")
        ip("-n", self.name, "addr", "add", f"{self.address}/29", "dev", self._far)
        ip("-n", self.name, "addr", "add", f"{self.second}/29", "dev", self._far)
        ip("-n", self.name, "link", "set", "lo", "up")
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._children:
            child.kill()
            child.communicate()
        ip("netns", "del", self.name)

    def up(self) -> None:
        """Plug it in. The neighbour entry is fixed, so that no address resolution delays the first answer."""
        ip("-n", self.name, "link", "set", self._far, "up")
        far = self.run("cat", f"/sys/class/net/{self._far}/address").stdout.strip()
        for address in (self.address, self.absent):
            ip("neigh", "replace", address, "lladdr", far, "dev", self._near, "nud", "permanent")
        near = Path(f"/sys/class/net/{self._near}/address").read_text().strip()
        ip(
            "-n",
            self.name,
            "neigh",
            "replace",
            self.near,
            "lladdr",
            near,
            "dev",
            self._far,
            "nud",
            "permanent",
        )

    def down(self) -> None:
        """Pull the plug: it hears nothing and says nothing."""
        ip("-n", self.name, "link", "set", self._far, "down")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command inside; CalledProcessError with its output when it fails."""
        inside = ["ip", "netns", "exec", self.name, *command]
        return subprocess.run(inside, check=True, capture_output=True, text=True, timeout=120)

    def respond(self, **plan: str) -> None:
        """From now on the kernel in there is silent and responder.py answers by `plan`."""
        self.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all")
        plan = {key.removeprefix("n"): how for key, how in plan.items()} | {"other_address": self.second}
        command = ["ip", "netns", "exec", self.name, sys.executable, str(RESPONDER), json.dumps(plan)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._children.append(child)
        assert child.stdout is not None
        assert child.stdout.readline() == "listening\n"


@contextmanager
def quiet_namespace() -> Iterator[str]:
    """A namespace with nothing but a loopback device; its name."""
    name = f"nr-{secrets.token_hex(3)}"
    ip("netns", "add", name)
    try:
        ip("-n", name, "link", "set", "lo", "up")
        yield name
    finally:
        ip("netns", "del", name)


@pytest.fixture
def host() -> Iterator[Host]:
    """A host for this test alone."""
    with Host() as made:
        yield made


@pytest.fixture(scope="module")
def black_hole() -> Iterator[str]:
    """An address that swallows every packet."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces are root's to make: run the tests as root")
    with Host() as made:
        yield made.absent
