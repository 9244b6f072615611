"""How a device of the lab may misbehave, and who may log in to it. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

GREETING, LOG_IN, PROMPT, ANSWER = "greeting", "log-in", "prompt", "answer"
"""Where a device may fall silent."""


@dataclass(frozen=True, slots=True)
class Manners:
    """`slow`: seconds before each answer; `hangs`: where it falls silent for ever, "" nowhere; `truncates`:
    whether it shows half its configuration; `locked`: whether it refuses every log-in; `hangs_up`: whether it
    closes each connection before it greets; `drops`: whether it closes in the middle of its configuration;
    `leaves`: whether it closes as soon as it has shown it; `parrots`: whether it says again the passwords
    that it knows: in its greeting, in its prompt, before each answer, and as they are typed; `dribbles`:
    seconds between two pieces of a few characters in which it says what is short; `older`: whether it is of a
    release that does not know the newer commands of its dialect; `stutters`: seconds that it falls silent in
    the middle of each end of a line, each character of several octets, each escape sequence; `chats`: whether
    it says a line of its log as soon as it has shown its configuration, below the prompt; `pages`: whether
    it lets nobody turn its paging off; `questions`: whether it takes a password only as the answer to a
    question; `once`: whether it closes the connection when it does not accept the first log-in.
    """

    slow: float = 0.0
    hangs: str = ""
    truncates: bool = False
    locked: bool = False
    hangs_up: bool = False
    drops: bool = False
    leaves: bool = False
    parrots: bool = False
    dribbles: float = 0.0
    older: bool = False
    stutters: float = 0.0
    chats: bool = False
    pages: bool = False
    questions: bool = False
    once: bool = False


WELL_BEHAVED = Manners()


@dataclass(frozen=True, slots=True)
class Login:
    """Who may log in. `public_key` is "<type> <base64>", None where only the password is taken; the enable
    password is the password unless given. Its repr shows neither.
    """

    username: str
    password: str = field(repr=False)
    enable: str = field(default="", repr=False)
    public_key: str | None = None

    @property
    def privilege(self) -> str:
        """The enable password."""
        return self.enable or self.password
