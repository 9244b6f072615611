"""A device's command line: what it shows, what it wants to be told first. No sockets.

The configuration is asked for at each showing, so that a changed one shows at once.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lab.answers import answer_of, own
from lab.dialects import Dialect

SCREEN = 24


@dataclass
class Shell:
    """One session's command line.

    `configuration` gives the text as it is now; `enable` is the password of the privileged mode; `password`
    is that of the log-in, for those who cannot keep it to themselves; `strict`: paging cannot be turned off.
    """

    platform: str
    dialect: Dialect
    name: str
    user: str
    enable: str = field(repr=False)
    configuration: Callable[[], str]
    paged: bool = True
    raised: bool = False
    asking: bool = False
    count: int = field(default=1)
    password: str = field(default="", repr=False)
    strict: bool = False

    @property
    def secret(self) -> bool:
        """Whether what is typed now must not be shown."""
        return self.asking

    @property
    def gossip(self) -> str:
        """What a device says that keeps nothing to itself."""
        return f"This device knows you by the words {self.enable} and {self.password}"

    def greeting(self) -> str:
        """What comes before the first prompt."""
        return self._filled(self.dialect.greeting)

    def prompt(self) -> str:
        """What stands before the next command."""
        if self.asking:
            return "Password: "
        text = self.dialect.privileged if self.raised else self.dialect.prompt
        return self._filled(text)

    def over(self, line: str) -> bool:
        """Whether the command ends the session."""
        return not self.asking and line.strip() in ("exit", "logout", "quit")

    def type(self, line: str) -> str:
        """The answer to a line, without the prompt that follows."""
        line = line.strip()
        self.count += bool(line)
        if self.asking:
            return self._password(line)
        if not line:
            return ""
        if line == "enable" and self.dialect.privileged:
            self.asking = not self.raised
            return ""
        return self._filled(self._answer(line))

    def pages(self, text: str) -> Iterator[str]:
        """An answer in the pieces between which the device waits for a key."""
        lines = text.split("\n")
        size = SCREEN if self.paged and self.dialect.unpaged else max(len(lines), 1)
        for at in range(0, len(lines), size):
            yield "\n".join(lines[at : at + size])

    def _password(self, typed: str) -> str:
        self.asking = False
        self.raised = typed == self.enable
        return "" if self.raised else "% Access denied"

    def _answer(self, line: str) -> str:
        dialect = self.dialect
        if line in dialect.unpaged:
            self.paged = self.strict
            return dialect.unpaged[line]
        if line in dialect.says:
            return dialect.says[line]
        if line in dialect.shows and (self.raised or not dialect.needs_privilege):
            return self.configuration().rstrip("\n")
        if line.startswith(dialect.silent) and dialect.silent:
            return ""
        if line in own(self.platform):
            return own(self.platform)[line]
        found = answer_of(dialect.fakenos, line) if dialect.fakenos and line not in dialect.shows else None
        return dialect.unknown if found is None else found

    def _filled(self, text: str) -> str:
        known = {"name": self.name, "user": self.user, "count": str(self.count)}
        known["serial"] = "LAB" + hashlib.sha256(self.name.encode()).hexdigest()[:8].upper()
        return re.sub(r"\{(name|user|count|serial)\}", lambda match: known[match[1]], text)
