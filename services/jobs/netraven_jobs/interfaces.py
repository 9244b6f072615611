"""One interface as the templates see it, in the form of a device's interface. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

_NAME = ("interface", "name", "port")
_DESCRIPTION = ("description", "interface_description")
_ADDRESS = ("ip_address", "local", "ip_addresses")
_MAC = ("mac_address", "hw_address")
_ADMIN = ("admin_state", "enabled", "link_status", "phy", "line_status", "status")
_LINK = ("link_status", "line_status", "phy", "state", "status")
_SPEED = ("speed", "bandwidth")
_UP = re.compile(r"^(?:up|connected|enabled|yes|running|r|u/u|link_up|unknown)\b", re.I)
_DOWN = re.compile(r"down|disabled|^no$|notconnect|shut|^x$|^d$", re.I)
_ADMIN_DOWN = re.compile(r"admin\w* ?down|^\*down|disabled|^no$|shut|^down$|^x$|adm/|a/d", re.I)
_RATE = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)(?!\.?\d)\s*([kmgt]?)", re.I)
_MEGA = {"k": 0.001, "m": 1.0, "g": 1000.0, "t": 1_000_000.0, "": 1.0}
_FASTEST = 10_000_000
_LONGEST = 255
_LONGEST_NAME = 100


def interface(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Its fields, None where nothing is known; None for a row without a name."""
    name = _text(row, _NAME)
    if not name:
        return None
    admin_up, link_up = _states(row)
    return {
        "name": name[:_LONGEST_NAME],
        "description": _text(row, _DESCRIPTION)[:_LONGEST] or None,
        "ip_address": _address(_text(row, _ADDRESS)),
        "mac_address": _mac(_text(row, _MAC)),
        "admin_up": admin_up,
        "link_up": link_up,
        "speed_mbps": _speed(row),
    }


def _text(row: Mapping[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = row.get(name)
        if isinstance(value, list):
            value = next((one for one in value if one), None)
        if value:
            return " ".join(str(value).split())
    return ""


def _states(row: Mapping[str, Any]) -> tuple[bool | None, bool | None]:
    """Whether it is switched on, and whether it has a link. A link tells that it is switched on."""
    link = _text(row, _LINK)
    link_up = True if _UP.search(link) else False if _DOWN.search(link) else None
    admin = _text(row, _ADMIN)
    if admin == link:  # one word for both: only some of them speak of the administrator
        admin_up = False if re.search(r"admin|^\*|disabled|shut", admin, re.I) else True if link_up else None
    else:
        admin_up = False if _ADMIN_DOWN.search(admin) else True if _UP.search(admin) or link_up else None
    return admin_up, link_up


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text.split("/")[0]))
    except ValueError:
        return None


def _mac(text: str) -> str | None:
    digits = re.sub(r"[.:-]", "", text).lower()
    if not re.fullmatch(r"[0-9a-f]{12}", digits):
        return None
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def _speed(row: Mapping[str, Any]) -> int | None:
    for name in _SPEED:
        match = _RATE.search(_text(row, (name,)))
        if match:
            speed = float(match[1]) * _MEGA[match[2].lower()]
            return int(speed) if speed <= _FASTEST else None
    return None
