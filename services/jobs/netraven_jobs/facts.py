"""What a device says about itself, in the form of the device's fields. Parsing alone: asking is given.

ntc-templates knows most answers; the rest are picked by an expression. What a platform does not tell stays
None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ntc_templates.parse import ParsingException, parse_output
from textfsm import TextFSMError  # type: ignore[import-untyped]
from textfsm.clitable import CliTableError  # type: ignore[import-untyped]

from netraven_jobs.failures import Failed
from netraven_jobs.interfaces import interface
from netraven_jobs.platforms import Platform

MOST_INTERFACES = 2000
_LONGEST = 100
Rows = list[dict[str, Any]]

# Our field -> what the templates call it, the best name first.
_NAMES: dict[str, tuple[str, ...]] = {
    "serial": ("chassis_serial_number", "serial_number", "device_serial_number", "serial", "sn"),
    "model": ("model", "hardware_model", "hardware", "device_name", "platform", "pid", "device_type"),
    "os_version": (
        "junos_version",
        "os_version",
        "version",
        "os",
        "image",
        "vrp_version",
        "software_version",
    ),
}

# The same for answers without a template: whatever the platform, these say it.
_SAID: dict[str, tuple[str, ...]] = {
    "serial": (
        r"^\s*(?:System )?Serial[ -]?(?:Number|number|No\.?|#)?\s*:\s*(\S+)",
        r"^\s*Hardware S/N:\s*(\S+)",
        r"^Chassis\s+(?:REV \S+\s+)?(?:\d+-\d+\s+)?(\S+)",
        r"^\s*Switch\s*:\s*\S+\s+(\S+)\s+Rev",
    ),
    "model": (
        r"^\s*Hardware [Mm]odel:\s*(.+)",
        r"^\s*Model:\s*(\S+)",
        r"^Hardware:\s+([^,]+),",
        r"^\s*PID: (\S+?)\s*,",
        r"^\s*System Type:\s*(.+)",
        r"^\s*(?:\w+ )?(\S+ \S+) uptime is",
        r"^\s*Version:\s+(Forti\w+-\w+)",
        r"^\s*Switch\s*:\s*(\S+)",
        r"^\s*Architecture:\s*(.+)",
    ),
    "os_version": (
        r"^\s*Operating System:\s*(.+)",
        r"^\s*OS Version:\s*(\S+)",
        r"^Junos: (\S+)",
        r"^Cisco .* Software,? Version (\S+?)(?:\[|,|\s|$)",
        r"^\s*Version:\s+(?:Forti\S+ )?(.+)",
        r"Comware Software, Version ([^,]+)",
        r"ExtremeXOS version (\S+)",
        r"^\s*Software [Rr]evision\s*:\s*(\S+)",
    ),
}


def learn(ask: Callable[[str], str], row: Platform) -> dict[str, Any]:
    """{"serial", "model", "os_version", "interfaces": [as in devices.Interface]} of one device.

    A command that the device does not know leaves its fields unknown; raises Failed when it knows none.
    """
    answers, refused = {}, []
    for command in (*row.facts, *row.interfaces):
        try:
            answers[command] = ask(command)
        except Failed as error:
            if error.error_class != "PROTOCOL" or "refuses" not in str(error):
                raise
            refused.append(error)
    if not answers and refused:
        raise refused[0]
    said = [(answers[one], parse(row.template, one, answers[one])) for one in row.facts if one in answers]
    ports = [
        port for one in row.interfaces if one in answers for port in parse(row.template, one, answers[one])
    ]
    return {**{field: _field(field, said) for field in _NAMES}, "interfaces": _interfaces(ports)}


def parse(template: str, command: str, answer: str) -> Rows:
    """The rows that ntc-templates sees in an answer; none when it has no template for it or it fails."""
    asked = command.split(" | ")[0].strip("/")
    try:
        rows: Rows = parse_output(platform=template, command=asked, data=answer)
    except (ParsingException, TextFSMError, CliTableError):
        return []
    return rows


def _field(field: str, said: Iterable[tuple[str, Rows]]) -> str | None:
    said = list(said)
    for name in _NAMES[field]:
        for _, rows in said:
            for row in rows:
                if told := _first(row.get(name)):
                    return told[:_LONGEST]
    for pattern in _SAID[field]:
        for answer, _ in said:
            if match := re.search(pattern, answer, re.M):
                return match[1].strip()[:_LONGEST]
    return None


def _first(value: Any) -> str:
    if isinstance(value, list):
        value = next((one for one in value if one), "")
    # After a comma come memory and processors.
    return str(value or "").split(",")[0].strip()


def _interfaces(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One of each name, in the device's order."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        port = interface(row)
        if port is not None:
            found.setdefault(port["name"], port)
    return list(found.values())[:MOST_INTERFACES]
