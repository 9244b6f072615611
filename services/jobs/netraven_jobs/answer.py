"""One answer of a device as it comes in: where it begins, whether it is over, what of it counts. Pure; no
channel and no clock here.
"""

from __future__ import annotations

from netraven_jobs.prompt import TAIL, last_line, settled

_HEAD = 1024  # characters in which the echo stands, if there is one: what came earlier is forgotten
# Silences after which an answer without echo is over: one with words, one without.
_ECHO_SECONDS, _MUTE_SECONDS = 3.0, 10.0
# A silence after which a device that has shown its prompt, and some of its log below, is asked for it again.
_PROD_SECONDS = 1.0


class Answer:
    """What comes after `command`, until the device shows `prompt` again. Times are seconds of any clock that
    only goes forward.
    """

    def __init__(self, command: str, prompt: str, now: float) -> None:
        self._command, self._prompt, self._heard = command, prompt, now
        self._parts: list[str] = []
        self._head, self._echoed = "", False
        self._prodded: int | None = None  # how many parts there were then
        self.tail = ""

    def add(self, text: str, now: float) -> None:
        """The device said something."""
        self._parts.append(text)
        self.tail, self._heard = (self.tail + text)[-TAIL:], now
        if not self._echoed and len(self._head) < _HEAD:
            self._head += text
            self._echoed = _echo(self._head, self._command) >= 0

    def over(self, now: float) -> bool:
        """Whether it ends here. A prompt that was still on its way does not end one that has not begun: where
        no echo tells that it has, its words must, or a long silence.
        """
        if last_line(self.tail) != self._prompt:
            return False
        if self._echoed:
            return True
        silence = now - self._heard
        if silence < _ECHO_SECONDS:
            return False
        lines = "".join(self._parts).splitlines()
        return silence > _MUTE_SECONDS or any(settled(line) not in ("", self._prompt) for line in lines)

    def below(self, now: float) -> bool:
        """Whether the prompt has been shown and something else since, which may be the device's log."""
        lines = self.tail.split("\n")[1:-1]
        silent = self._echoed and now - self._heard > _PROD_SECONDS
        return silent and any(settled(line) == self._prompt for line in lines)

    def prod(self, now: float) -> None:
        """The device is asked for its prompt again."""
        self._prodded = len(self._parts) if self._prodded is None else self._prodded
        self._heard = now

    def text(self) -> str:
        """All that was said; of a device that had to be asked for its prompt again, up to the one that ended
        its answer.
        """
        if self._prodded is None:
            return "".join(self._parts)
        before, after = "".join(self._parts[: self._prodded]), "".join(self._parts[self._prodded :])
        lines, words = before.split("\n"), [line for line in map(settled, after.split("\n")) if line]
        ends = [number for number, line in enumerate(lines) if settled(line) == self._prompt]
        if not ends or words[:1] != [self._prompt]:
            return before + after  # that was a line of its answer, and it was at it still
        return "\n".join(lines[: ends[-1] + 1])


def _echo(said: str, command: str) -> int:
    """Where the command's echo begins; -1 when there is none."""
    return said.find(command, 0, _HEAD)


def without_echo(said: str, command: str) -> str:
    """The answer alone: what stands before the command's echo, and the rest of its line, is none of it."""
    echo = _echo(said, command)
    if echo < 0:
        return said
    at = said.find("\n", echo)
    return said[at + 1 :] if at >= 0 else ""
