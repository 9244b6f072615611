"""Secrets in configurations, hidden: each value is replaced and its line kept. Pure.

Where secrets stand is told by the table in redaction_rules.py.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import cache

from netraven_jobs.platforms import platform
from netraven_jobs.redaction_rules import BLOCKS, RULES

HIDDEN = "<redacted>"
EDITION = hashlib.sha256(repr((HIDDEN, BLOCKS, RULES)).encode()).hexdigest()[:16]
"""Another one whenever the table is another: what was hidden under an older one may be hidden anew."""

_EVERYBODY = "any"
_UNKNOWN = tuple(family for family in RULES if family != _EVERYBODY)
Put = Callable[[re.Match[str]], str]


def redact(platform_name: str | None, text: str) -> str:
    """The configuration with each secret's value replaced; every line is still there, but for those within
    keys and certificates. A platform that is not known gets the rules of all.
    """
    for pattern, put in _patterns(platform_name or ""):
        text = pattern.sub(put, text)
    return text


def redact_line(platform_name: str | None, line: str) -> str:
    """The same for one line that stands alone."""
    return redact(platform_name, line)


@cache
def _patterns(platform_name: str) -> tuple[tuple[re.Pattern[str], Put], ...]:
    row = platform(platform_name)
    families = _UNKNOWN if row is None else (row.family,)
    blocks = [BLOCKS[name] for name in (_EVERYBODY, *families) if name in BLOCKS]
    rules = [rule for name in (*families, _EVERYBODY) for rule in RULES.get(name, ())]
    return (
        *((re.compile(rule, re.M | re.S | re.I), _emptied) for block in blocks for rule in block),
        *((re.compile(rule, re.M | re.I), _hidden) for rule in rules),
    )


def _hidden(match: re.Match[str]) -> str:
    """The match with its secret replaced; one that is hidden already stays so."""
    start, end = match.start("secret") - match.start(), match.end("secret") - match.start()
    said = match["secret"]
    quote = said[0] if len(said) > 1 and said[0] == said[-1] and said[0] in "\"'" else ""
    return f"{match[0][:start]}{quote}{HIDDEN}{quote}{match[0][end:]}"


def _emptied(match: re.Match[str]) -> str:
    """A block with what lies between its first and its last line replaced by one line."""
    return f"{match['head']}{match['indent']}{HIDDEN}\n{match['tail']}"
