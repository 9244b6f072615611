"""How the command line of each platform behaves: one table. No sockets, no configurations.

What the lab's shell does with it stands in shell.py. Answers that are only facts come from fakenos.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Dialect:
    """A row of the table. `{name}` in texts is the device's name, `{user}` who logged in.

    `prompt` after the log-in and `privileged` after `enable` with the password; without `privileged` there is
    only one. `greeting` comes before the first prompt. `unpaged`: commands that turn paging off, with what
    they answer; `pager` is what stands below a full screen. `silent`: beginnings of commands that are done
    without a word. `shows`: commands that answer with the configuration, in `needs_privilege` only after
    `enable`. `unknown` is said to everything else. `says`: fixed answers; `fakenos`: whose answers there are
    besides. `newer`: commands that earlier releases refuse, with what they say to them.
    """

    prompt: str
    shows: tuple[str, ...]
    privileged: str = ""
    needs_privilege: bool = False
    greeting: str = ""
    unpaged: dict[str, str] = field(default_factory=dict)
    pager: str = "--More--"
    silent: tuple[str, ...] = ()
    unknown: str = "% Invalid input detected at '^' marker."
    says: dict[str, str] = field(default_factory=dict)
    fakenos: str = ""
    newer: dict[str, str] = field(default_factory=dict)


_SHOW_RUN = ("show running-config", "show run")
_IOS = Dialect(
    "{name}>",
    _SHOW_RUN,
    privileged="{name}#",
    needs_privilege=True,
    unpaged={"terminal length 0": ""},
    pager=" --More-- ",
    silent=("terminal width",),
    fakenos="cisco_ios",
)

DIALECTS: dict[str, Dialect] = {
    "cisco_ios": _IOS,
    "cisco_xe": _IOS,
    "cisco_nxos": Dialect(
        "{name}# ",
        _SHOW_RUN,
        unpaged={"terminal length 0": ""},
        silent=("terminal width",),
        fakenos="cisco_nxos",
    ),
    "cisco_xr": Dialect(
        "RP/0/RP0/CPU0:{name}#",
        _SHOW_RUN,
        unpaged={"terminal length 0": ""},
        silent=("terminal width",),
        fakenos="cisco_xr",
    ),
    "cisco_asa": Dialect(
        "{name}> ",
        ("more system:running-config", "show running-config"),
        privileged="{name}# ",
        needs_privilege=True,
        greeting="Type help or '?' for a list of available commands.\n",
        unpaged={"terminal pager 0": ""},
        pager="<--- More --->",
        says={"show curpriv": "Username : {user}\nCurrent privilege level : 1\nCurrent Mode/s : P_UNPR"},
        unknown="ERROR: % Invalid input detected at '^' marker.",
        fakenos="cisco_asa",
    ),
    "arista_eos": Dialect(
        "{name}>",
        _SHOW_RUN,
        privileged="{name}#",
        needs_privilege=True,
        unpaged={"terminal length 0": "Pagination disabled."},
        says={"terminal width 511": "Width set to 511 columns."},
        unknown="% Invalid input",
        fakenos="arista_eos",
    ),
    "juniper_junos": Dialect(
        "{user}@{name}> ",
        ("show configuration | no-more", "show configuration"),
        greeting="--- JUNOS 21.4R3-S5.4 Kernel 64-bit\n",
        unpaged={"set cli screen-length 0": "Screen length set to 0"},
        pager="---(more)---",
        says={
            "set cli screen-width 511": "Screen width set to 511",
            "set cli complete-on-space off": "Disabling complete-on-space",
        },
        unknown="                  ^\nunknown command.",
        fakenos="juniper_junos",
    ),
    "huawei": Dialect(
        "<{name}>",
        ("display current-configuration",),
        greeting="Info: The max number of VTY users is 5.\n",
        unpaged={
            "screen-length 0 temporary": "Info: The configuration takes effect on the current user "
            "terminal interface only."
        },
        pager="  ---- More ----",
        unknown="Error: Unrecognized command found at '^' position.",
        fakenos="huawei_vrp",
    ),
    "hp_comware": Dialect(
        "<{name}>",
        ("display current-configuration",),
        unpaged={"screen-length disable": ""},
        pager="---- More ----",
        unknown=" % Unrecognized command found at '^' position.",
        fakenos="hp_comware",
    ),
    "hp_procurve": Dialect(
        "{name}> ",
        _SHOW_RUN,
        privileged="{name}# ",
        needs_privilege=True,
        greeting="Copyright (C) 1991-2023 Hewlett Packard Enterprise Development LP\n",
        unpaged={"no page": ""},
        pager="-- MORE --, next page: Space, next line: Enter, quit: Control-C",
        silent=("terminal width",),
        unknown="Invalid input",
        fakenos="hp_procurve",
    ),
    "mikrotik_routeros": Dialect(
        "[{user}@{name}] > ",
        ("/export show-sensitive", "/export"),
        greeting="  MikroTik RouterOS 7.14.3 (c) 1999-2024       https://www.mikrotik.com/\n",
        unknown="bad command name (line 1 column 1)",
        newer={"/export show-sensitive": "expected end of command (line 1 column 9)"},
        fakenos="mikrotik_routeros",
    ),
    "fortinet": Dialect(
        "{name} # ",
        ("show full-configuration",),
        unpaged={"set output standard": ""},
        pager="--More-- ",
        silent=("config system console", "set output more", "end"),
        says={
            "get system status | grep Virtual": "Virtual domain configuration: disable",
            "get system status | grep Version": "Version: FortiGate-60F v7.2.8,build1639,240313 (GA.M)",
            "get system console": "baudrate            : 9600 \nlogin               : enable \n"
            "output              : more ",
        },
        unknown="command parse error before 'x'\nCommand fail. Return code -61",
        fakenos="fortinet",
    ),
    "vyos": Dialect(
        "{user}@{name}:~$ ",
        ("show configuration commands",),
        greeting="Welcome to VyOS!\n",
        unpaged={"set terminal length 0": ""},
        pager=":",
        silent=("set terminal width",),
        unknown="\n  Invalid command: [x]\n",
        fakenos="vyatta_vyos",
    ),
    "paloalto_panos": Dialect(
        "{user}@{name}> ",
        ("show config running",),
        unpaged={"set cli pager off": ""},
        pager="lines 1-24 ",
        silent=("set cli terminal width", "set cli scripting-mode"),
        says={"set cli scripting-mode on": "{user}@{name}> set cli scripting-mode on"},
        unknown="Unknown command: x",
        fakenos="paloalto_panos",
    ),
    "dell_os10": Dialect(
        "{name}# ",
        ("show running-configuration",),
        unpaged={"terminal length 0": ""},
        says={
            "show version": "Dell SmartFabric OS10 Enterprise\nCopyright (c) 1999-2023 by Dell Inc.\n"
            "OS Version: 10.5.4.8\nBuild Version: 10.5.4.8.132\nSystem Type: S5248F-ON\n"
            "Architecture: x86_64\nUp Time: 5 weeks 2 days 03:11:09",
        },
        unknown="% Error: Illegal command.",
    ),
    "extreme_exos": Dialect(
        "{name}.{count} # ",
        ("show configuration",),
        unpaged={"disable clipaging": ""},
        silent=("disable cli prompting",),
        says={
            "show version": "Switch      : 800999-00-07 2202G-01234 Rev 7.0 BootROM: 1.0.0.9 IMG: 31.7\n"
            "Image   : ExtremeXOS version 31.7.1.4 by release-manager",
        },
        unknown="%% Invalid input detected at '^' marker.",
    ),
}
