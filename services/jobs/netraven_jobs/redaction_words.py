"""What a secret looks like where it stands in a configuration: pieces of the expressions of the redaction's
tables. No rule stands here.
"""

from __future__ import annotations

# A value: quoted, or up to the next blank.
VALUE = r"(?P<secret>\"[^\"\n]*\"|[^\s\"]\S*)"
# The same where a semicolon ends it.
BRACED = r"(?P<secret>\"(?:[^\"\\\n]|\\.)*\"|[^\s\";{}\[][^\s;]*)"
# The same where it may be in single quotes.
SINGLE = r"(?P<secret>'[^'\n]*'|\"[^\"\n]*\"|[^\s{}]+)"
# An address with a name and a password before it.
IN_URL = r"\b(?:ftps?|scp|sftp|https?|tftp|ssh|mqtts?)://[^\s:/@\"']+:(?P<secret>[^\s@\"']+)@"
