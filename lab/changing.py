"""Changing a device's configuration, as if somebody had configured it: one line for each platform."""

from __future__ import annotations

import re
import time
from pathlib import Path

from lab.device import configuration_file

# Platform -> after which line (a regular expression), and what comes there.
_CHANGES: dict[str, tuple[str, str]] = {
    "cisco_ios": (r"^vlan 99$", "vlan {number}\n name LAB-{number}\n!\n"),
    "cisco_xe": (r"^vlan 99$", "vlan {number}\n name LAB-{number}\n!\n"),
    "cisco_nxos": (r"^vrf context management$", "vlan {number}\n  name LAB-{number}\n"),
    "cisco_xr": (r"^router static$", "interface Loopback{number}\n description LAB-{number}\n!\n"),
    "cisco_asa": (r"^access-list OUTSIDE extended deny", "access-list OUTSIDE remark LAB-{number}\n"),
    "arista_eos": (r"^interface Ethernet1$", "vlan {number}\n   name LAB-{number}\n!\n"),
    "dell_os10": (r"^interface mgmt1/1/1$", "interface vlan{number}\n description LAB-{number}\n!\n"),
    "juniper_junos": (r"^snmp \{$", "/* LAB-{number} */\n"),
    "huawei": (r"^bgp ", "interface LoopBack{number}\n description LAB-{number}\n#\n"),
    "hp_comware": (r"^interface Vlan-interface99$", "vlan {number}\n name LAB-{number}\n#\n"),
    "hp_procurve": (r"^spanning-tree$", 'vlan {number}\n   name "LAB-{number}"\n   exit\n'),
    "mikrotik_routeros": (r"^/ip firewall nat$", "add action=drop chain=input comment=LAB-{number}\n"),
    "fortinet": (r"^config router static$", 'config system zone\n    edit "LAB-{number}"\n    next\nend\n'),
    "vyos": (
        r"^set interfaces loopback lo$",
        "set interfaces dummy dum{number} description 'LAB-{number}'\n",
    ),
    "paloalto_panos": (r"^  devices \{$", "  tag-{number} LAB-{number};\n"),
    "extreme_exos": (r"^# Module aaa", 'create vlan "LAB-{number}"\n'),
    "linux": (r"^# end of interfaces$", "auto dummy{number}\n"),
}


def change(folder: Path, name: str, platform: str) -> str:
    """Put a line or a few into the device's configuration; what they say. Raises FileNotFoundError for a
    device that has never been started.
    """
    path = configuration_file(folder, name)
    text = path.read_text()
    before, lines = _CHANGES[platform]
    said = lines.replace("{number}", str(_number(text)))
    match = re.search(before, text, re.M)
    at = match.start() if match else len(text)
    path.write_text(text[:at] + said + text[at:])
    return said


def _number(text: str) -> int:
    """A number that the configuration does not have yet."""
    taken = {int(found) for found in re.findall(r"LAB-(\d+)|dummy(\d+)", text) for found in found if found}
    return max(taken, default=99 + int(time.time()) % 800) + 1
