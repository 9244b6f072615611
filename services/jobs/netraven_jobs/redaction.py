"""Secrets in configurations, hidden: the value is replaced and the line kept. Pure; one table per family of
platforms.

Placeholder of families, with the table in redaction_rules.py.
"""

from __future__ import annotations

from netraven_jobs.redaction_rules import patterns

HIDDEN = "<redacted>"


def redact(platform_name: str, text: str) -> str:
    """The configuration with each secret's value replaced; lines stay as many as they were, but for those of
    keys and certificates in several lines.
    """
    for pattern, put in patterns(platform_name):
        text = pattern.sub(put, text)
    return text


def redact_line(platform_name: str, line: str) -> str:
    """The same for one line that stands alone."""
    return redact(platform_name, line)
