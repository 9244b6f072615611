"""How each platform is talked to: one table. Nothing here opens a session.

What a Netmiko driver does by itself (the prompt, turning paging off) is not repeated here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Platform:
    """A row of the table.

    `shows`: the commands whose answers together are the configuration; `earlier`: those of earlier releases,
    asked in their place when the device refuses one of them. `privileged`: whether they need the
    privileged mode. `family`: whose rules of redaction, of volatile lines and of refusals hold. `end`: what
    one of its last lines looks like (a regular expression) when it is whole, "" where nothing marks the end;
    `end_within`: of how many last lines, 1 where the same stands elsewhere too.
    `facts`: the commands that tell serial, model and version, and those that tell the interfaces.
    `template`: under which name ntc-templates knows the platform. `tidy`: whether the driver must clean up
    after itself before the session ends, because it changed a setting of the device.
    """

    shows: tuple[str, ...]
    family: str
    privileged: bool = False
    end: str = ""
    end_within: int = 5
    facts: tuple[str, ...] = ("show version",)
    interfaces: tuple[str, ...] = ()
    template: str = ""
    tidy: bool = False
    earlier: tuple[str, ...] = ()


_RUNNING = ("show running-config",)
_END = r"^end$"
_RETURN = r"^return$"
_IOS = Platform(
    _RUNNING, "cisco", privileged=True, end=_END, interfaces=("show interfaces",), template="cisco_ios"
)
_VRP = Platform(
    ("display current-configuration",),
    "huawei",
    end=_RETURN,
    facts=("display version", "display device manufacture-info"),
    interfaces=("display interface brief",),
    template="huawei_vrp",
)
_COMWARE = Platform(
    ("display current-configuration",),
    "huawei",
    end=_RETURN,
    facts=("display version", "display device manuinfo"),
    interfaces=("display interface",),
    template="hp_comware",
)
_JUNOS = Platform(
    # By its braces one sees that it is whole; `display set` has no end.
    ("show configuration | no-more",),
    "juniper",
    end=r"^\}$",
    end_within=1,
    facts=("show version | no-more", "show chassis hardware | no-more"),
    interfaces=("show interfaces | no-more",),
    template="juniper_junos",
)
_VYOS = Platform(
    ("show configuration commands",),
    "vyos",
    end=r"^set ",
    end_within=1,
    facts=("show version",),
    interfaces=("show interfaces",),
    template="vyatta_vyos",
)

_FILES = (
    "/etc/hostname /etc/hosts /etc/resolv.conf /etc/network/interfaces /etc/netplan/*.yaml /etc/sysctl.conf "
    "/etc/nftables.conf /etc/iptables/rules.v4 /etc/frr/frr.conf /etc/ssh/sshd_config"
)

PLATFORMS: dict[str, Platform] = {
    "cisco_ios": _IOS,
    "cisco_xe": _IOS,
    "cisco_nxos": Platform(
        _RUNNING, "cisco", interfaces=("show interface",), template="cisco_nxos", privileged=False
    ),
    "cisco_xr": Platform(
        _RUNNING,
        "cisco",
        end=_END,
        facts=("show version", "show inventory"),
        interfaces=("show interfaces",),
        template="cisco_xr",
    ),
    "cisco_asa": Platform(
        # `more` shows the pre-shared keys that `show` hides: a backup must be enough to build it again.
        ("more system:running-config",),
        "cisco",
        privileged=True,
        end=r"^: end$",
        interfaces=("show interface",),
        template="cisco_asa",
    ),
    "arista_eos": Platform(
        _RUNNING,
        "cisco",
        privileged=True,
        end=_END,
        interfaces=("show interfaces",),
        template="arista_eos",
    ),
    "dell_os10": Platform(
        ("show running-configuration",),
        "cisco",
        facts=("show version",),
        interfaces=("show interface status",),
        template="dell_os10",
    ),
    "dell_force10": Platform(
        _RUNNING, "cisco", privileged=True, end=_END, interfaces=("show interfaces",), template="dell_force10"
    ),
    "extreme_exos": Platform(
        ("show configuration",), "extreme", facts=("show version", "show switch"), template="extreme_exos"
    ),
    "juniper": _JUNOS,
    "juniper_junos": _JUNOS,
    "huawei": _VRP,
    "huawei_vrp": _VRP,
    "huawei_vrpv8": _VRP,
    "hp_comware": _COMWARE,
    "h3c_comware": _COMWARE,
    "hp_procurve": Platform(
        _RUNNING,
        "procurve",
        privileged=True,
        facts=("show system",),
        interfaces=("show interfaces brief",),
        template="hp_procurve",
    ),
    "mikrotik_routeros": Platform(
        # RouterOS hides its secrets unless asked since 7; before that it showed them and knew no such word.
        ("/export show-sensitive",),
        "routeros",
        facts=("/system resource print", "/system routerboard print"),
        interfaces=("/interface print detail",),
        template="mikrotik_routeros",
        earlier=("/export",),
    ),
    "fortinet": Platform(
        ("show full-configuration",),
        "fortinet",
        end=r"^end$",
        end_within=1,
        facts=("get system status",),
        interfaces=("get system interface",),
        template="fortinet",
        tidy=True,
    ),
    "vyos": _VYOS,
    "vyatta_vyos": _VYOS,
    "paloalto_panos": Platform(
        ("show config running",),
        "panos",
        end=r"^\}$",
        end_within=1,
        facts=("show system info",),
        interfaces=("show interface hardware",),
        template="paloalto_panos",
    ),
    "linux": Platform(
        (f"tail -n +1 {_FILES} 2>/dev/null; echo '# end'",),
        "linux",
        end=r"^# end$",
        facts=("hostnamectl",),
        interfaces=("ip address show",),
        template="linux",
    ),
}


def platform(name: str | None) -> Platform | None:
    """The row of a device's platform, or None when the table has none; telnet makes no difference to it."""
    return PLATFORMS.get((name or "").removesuffix("_telnet"))
