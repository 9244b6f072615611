"""The lab's twenty devices: one table. And as many of one kind as a test wants."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from lab.device import Spec
from lab.manners import Login

PORT = 2222
USERNAME = "netops"
LINUX = "linux"
NET = "127.77.0"

# Name, platform, device type, location, tags. The tag `lab` is on all; `legacy` devices have a credential
# that no longer works before the one that does.
_DEVICES: tuple[tuple[str, str, str, str, str], ...] = (
    ("core-sw-01", "cisco_ios", "switch", "Zurich", "core"),
    ("core-sw-02", "cisco_ios", "switch", "Zurich", "core"),
    ("edge-rt-01", "cisco_xe", "router", "Zurich", "edge"),
    ("edge-rt-02", "cisco_xr", "router", "Geneva", "edge"),
    ("dc-sw-01", "cisco_nxos", "switch", "Zurich", "datacenter"),
    ("dc-sw-02", "cisco_nxos", "switch", "Zurich", "datacenter"),
    ("fw-01", "cisco_asa", "other", "Zurich", "firewall"),
    ("leaf-01", "arista_eos", "switch", "Zurich", "datacenter"),
    ("leaf-02", "arista_eos", "switch", "Zurich", "datacenter"),
    ("spine-01", "dell_os10", "switch", "Zurich", "datacenter"),
    ("pe-01", "juniper_junos", "router", "Geneva", "core"),
    ("pe-02", "juniper_junos", "router", "Basel", "core"),
    ("branch-rt-01", "huawei", "router", "Basel", "branch"),
    ("branch-sw-01", "hp_comware", "switch", "Basel", "branch"),
    ("access-sw-01", "hp_procurve", "switch", "Basel", "branch legacy"),
    ("wifi-rt-01", "mikrotik_routeros", "router", "Lugano", "branch"),
    ("fw-02", "fortinet", "other", "Lugano", "firewall branch"),
    ("vpn-01", "vyos", "router", "Lugano", "edge"),
    ("fw-03", "paloalto_panos", "other", "Geneva", "firewall"),
    ("jump-01", LINUX, "server", "Zurich", "servers"),
)


def specs(login: Login, net: str = NET, port: int = PORT) -> list[Spec]:
    """All of them: the first at `net`.1."""
    return [
        Spec(name, platform, f"{net}.{number}", login, port, location, kind, ("lab", *tags.split()))
        for number, (name, platform, kind, location, tags) in enumerate(_DEVICES, 1)
    ]


def many(count: int, spec: Spec, net: str = "127.78") -> Iterator[Spec]:
    """As many of one kind, each at an address of its own from `net`.0.1 on."""
    for number in range(count):
        address = f"{net}.{number // 250}.{number % 250 + 1}"
        yield replace(spec, name=f"{spec.name}-{number + 1:04}", address=address)


def login(folder: Path) -> Login:
    """Who may log in to the lab's devices: made up on the first start, and the same from then on."""
    path = folder / "login.json"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        made = {"password": secrets.token_urlsafe(12), "enable": secrets.token_urlsafe(12)}
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(made, file)
    return Login(USERNAME, **json.loads(path.read_text()))
