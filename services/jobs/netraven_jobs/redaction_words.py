"""What a secret looks like where it stands in a configuration: pieces of the expressions of the redaction's
tables. No rule stands here.

Any expression of the tables must take time by a line's length alone, whatever stands in it: where two of its
parts could share one stretch of text the first keeps what it has (`*+`, `++`), and what looks for a word
further on looks no further than the place from which another match would look for it (`beyond`).
"""

from __future__ import annotations

# A value: quoted, or up to the next blank.
VALUE = r"(?P<secret>\"[^\"\n]*\"|[^\s\"]\S*)"
# The same where a semicolon ends it.
BRACED = r"(?P<secret>\"(?:[^\"\\\n]|\\.)*\"|[^\s\";{}\[][^\s;]*)"
# The same where it may be in single quotes.
SINGLE = r"(?P<secret>'[^'\n]*'|\"[^\"\n]*\"|[^\s{}]+)"
# An address with a name and a password before it: looked for from the beginning of what an @ ends.
IN_URL = (
    r"(?<![^\s@\"'])(?=[^\s@\"']*+@)[^\s@\"']*?"
    r"\b(?:ftps?|scp|sftp|https?|tftp|ssh|mqtts?)://[^\s:/@\"']+:(?P<secret>[^\s@\"']+)@"
)


def beyond(beginning: str) -> str:
    """A rule's beginning with all that may stand between it and what the rule looks for: anything but another
    such beginning, from which that is found as well.
    """
    return rf"{beginning}(?:(?!{beginning}).)*?"
