"""Where secrets stand in configurations: one table, family of platforms -> expressions. No configuration is
read here.

In each expression the group `secret` is the value; everything else of the line stays. A rule of the family
"any" holds for all platforms.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from netraven_jobs.platforms import platform

_S = r"(?P<secret>\"[^\"\n]*\"|\S+)"
_Q = r"(?P<secret>\"(?:[^\"\\]|\\.)*\"|[^\s;]+)"
_KIND = (
    r"(?:\d{1,2} |encrypted |hash |sha\d* |md5 |cipher |simple |plaintext |irreversible-cipher |aes |3des )*"
)

RULES: dict[str, tuple[str, ...]] = {
    "any": (
        r"(?P<head>-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----)(?P<secret>.*?)(?P<tail>-----END [A-Z0-9 ]*PRIVATE KEY-----)",
    ),
    "cisco": (),
}
Put = Callable[[re.Match[str]], str]


def _put(match: re.Match[str]) -> str:
    start, end = match.start("secret") - match.start(), match.end("secret") - match.start()
    whole = match[0]
    return f"{whole[:start]}<redacted>{whole[end:]}"


@cache
def patterns(platform_name: str) -> tuple[tuple[re.Pattern[str], Put], ...]:
    """The expressions that hold for a platform, with what puts the replacement in."""
    row = platform(platform_name)
    family = row.family if row is not None else ""
    rules = (*RULES["any"], *RULES.get(family, ()))
    return tuple((re.compile(rule, re.M | re.S), _put) for rule in rules)
