"""What is said in a session, in pieces for the job's log: without secrets, and without configurations.

A piece is what was said until the first command, and then each command with its answer, a line for each of
theirs. What the device says is cut into lines and put through the platform's redaction; known secrets are
masked wherever they stand. Of a long answer only the beginning is told, of a configuration only how long it
was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from netraven_jobs.redaction import redact_line

MASK = "********"
LINES_SHOWN = 12
LONGEST_LINE = 240
_SHORTEST = 3


class Masks:
    """Hides known secrets in texts. Its repr shows none of them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # A private key never comes back in one line; each of its lines may. The longest first, for one secret
        # may begin with another.
        parts = {part.strip() for secret in secrets for part in [secret, *secret.splitlines()]}
        self._secrets = sorted((one for one in parts if len(one) >= _SHORTEST), key=len, reverse=True)

    def hide(self, text: str) -> str:
        """The text with a mask in place of every secret."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text


class Transcript:
    """Hears a session and tells it. `tell` gets one piece after the other."""

    def __init__(self, platform: str, masks: Masks, tell: Callable[[str], None]) -> None:
        self._platform, self._masks, self._tell = platform, masks, tell
        self._rest, self._more = "", 0
        self._shown: list[str] = []
        self._quiet: str | None = None

    def heard(self, text: str) -> None:
        """Take in what the device said."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._line(line)

    def asked(self, command: str, quiet: bool) -> None:
        """A command goes out now; `quiet`: of its answer only the length may be told."""
        self._close()
        self._quiet = command if quiet else None

    def end(self) -> None:
        """Nothing comes any more."""
        if self._rest:
            self._line(self._rest)
        self._rest = ""
        self._close()

    def _line(self, line: str) -> None:
        line = line.rstrip()
        if not line:
            return
        # Of a quiet command's answer only its echo is told.
        if len(self._shown) >= LINES_SHOWN or (self._quiet is not None and self._quiet not in line):
            self._more += 1
            return
        hidden = redact_line(self._platform, self._masks.hide(line))
        self._shown.append("".join(one if one.isprintable() else " " for one in hidden)[:LONGEST_LINE])

    def _close(self) -> None:
        if self._more:
            self._shown.append(f"… {self._more:,} more lines")
        if self._shown:
            self._tell("\n".join(self._shown))
        self._shown, self._more, self._quiet = [], 0, None
