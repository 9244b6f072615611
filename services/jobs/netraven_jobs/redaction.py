"""Secrets in configurations, hidden: each value is replaced and its line kept. Pure.

Where secrets stand is told by the table in redaction_rules.py.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from netraven_jobs.platforms import platform
from netraven_jobs.redaction_rules import BLOCKS, NESTED, RULES, SECTIONS

HIDDEN = "<redacted>"
EDITION = hashlib.sha256(repr((HIDDEN, BLOCKS, SECTIONS, NESTED, RULES)).encode()).hexdigest()[:16]
"""Another one whenever the table is another: what was hidden under an older one may be hidden anew."""

_EVERYBODY = "any"
# Those that say more about a line come before those that would take its first word for the secret.
_ORDER = {"fortinet": 0, "huawei": 0, "cisco": 2, "linux": 3}
_UNKNOWN = tuple(sorted((one for one in RULES if one != _EVERYBODY), key=lambda one: _ORDER.get(one, 1)))
# No rule finds anything in a line without one of these: most lines are passed over at once.
_HINT = re.compile(
    r"pass|secret|key|communit|auth|priv|psk|hash|cipher|crypt|\$\w|snmp|securityname|simple|plaintext|://"
    r"|account|token|trap|md5|sha\d|ascii|hex|credential|standby|vrrp|glbp|string|cak|-pin|pincode|psk|pmk|"
    r"community|md5|passcode|com2sec|EAP|XAUTH|NTLM|license|vlink|spi|pw|Bearer|private|shared|aaa-server|"
    r"netlogin|createuser|mail server",
    re.I,
)
Put = Callable[[re.Match[str]], str]


def redact(platform_name: str | None, text: str) -> str:
    """The configuration with each secret's value replaced; every line is still there, but for those within
    keys and certificates. A platform that is not known gets the rules of all. Takes time by length alone.
    """
    rules = _patterns(platform_name or "")
    for pattern, put in rules.spanning:
        text = pattern.sub(put, text)
    return "\n".join(_hide(line, rules) for line in text.split("\n"))


def _hide(line: str, rules: _Rules) -> str:
    if _HINT.search(line) is None:
        return line
    hide = _hide_all_in if rules.mixed else _hide_in
    nested = rules.nested.match(line) if rules.nested is not None else None
    if nested is None:
        return hide(line, rules.lines)
    start, end = nested.span("said")
    return f"{line[:start]}{hide(line[start:end], rules.lines)}{line[end:]}"


def _hide_in(line: str, patterns: tuple[re.Pattern[str], ...]) -> str:
    for pattern in patterns:
        line = pattern.sub(_hidden, line)
    return line


def _hide_all_in(line: str, patterns: tuple[re.Pattern[str], ...]) -> str:
    """The line without anything that any of the rules takes for a secret: those of one family may take a word
    before it, which must not keep the others from seeing it.
    """
    parts, at = [], 0
    for start, end in sorted(match.span("secret") for rule in patterns for match in rule.finditer(line)):
        if start >= at:
            parts += [line[at:start], _covered(line[start:end])]
        at = max(at, end)
    return "".join([*parts, line[at:]])


def redact_line(platform_name: str | None, line: str) -> str:
    """The same for one line that stands alone."""
    return redact(platform_name, line)


@dataclass(frozen=True, slots=True)
class _Rules:
    """What holds for a platform: expressions for several lines, with what puts the replacement in, and those
    for one; `nested`, what finds the command in a line; `mixed`, whether they are those of several families.
    """

    spanning: tuple[tuple[re.Pattern[str], Put], ...]
    lines: tuple[re.Pattern[str], ...]
    nested: re.Pattern[str] | None
    mixed: bool


@cache
def _patterns(platform_name: str) -> _Rules:
    row = platform(platform_name)
    families = (*(_UNKNOWN if row is None else (row.family,)), _EVERYBODY)
    blocks = [block for name in families for block in BLOCKS.get(name, ())]
    sections = [pair for name in families for pair in SECTIONS.get(name, ())]
    nested = [NESTED[name] for name in families if name in NESTED]
    return _Rules(
        (
            *((re.compile(block, re.M | re.S | re.I), _emptied) for block in blocks),
            *((re.compile(heading, re.M | re.I), _within(line)) for heading, line in sections),
        ),
        tuple(re.compile(rule, re.I) for name in families for rule in RULES.get(name, ())),
        re.compile("|".join(nested), re.I) if nested else None,
        row is None,
    )


def _hidden(match: re.Match[str]) -> str:
    """The match with its secret replaced; one that is hidden already stays so."""
    start, end = match.start("secret") - match.start(), match.end("secret") - match.start()
    return f"{match[0][:start]}{_covered(match['secret'])}{match[0][end:]}"


def _covered(said: str) -> str:
    """What stands in a secret's place; its quotes stay."""
    quote = said[0] if len(said) > 1 and said[0] == said[-1] and said[0] in "\"'" else ""
    return f"{quote}{HIDDEN}{quote}"


def _within(line: str) -> Put:
    """What hides the secrets of such lines in a section."""
    pattern = re.compile(line, re.M | re.I)

    def hide(match: re.Match[str]) -> str:
        start = match.start("body") - match.start()
        return match[0][:start] + pattern.sub(_hidden, match["body"])

    return hide


def _emptied(match: re.Match[str]) -> str:
    """A block with what lies between its first and its last line replaced by one line."""
    return f"{match['head']}{match['indent']}{HIDDEN}\n{match['tail']}"
