"""Asking a device in its own command line: one command, its whole answer. Connecting and logging in is
elsewhere.

Netmiko takes an answer for finished where the prompt's text stands anywhere in it; a banner with the device's
name then cuts a configuration short. Here only a last line that is the prompt ends an answer.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from netraven_jobs import prompt
from netraven_jobs.driver import Guarded
from netraven_jobs.failures import Failed, HungUp
from netraven_jobs.prompt import POLL_SECONDS, TAIL, last_line, settled
from netraven_jobs.transcript import Transcript

_HEAD = 1024  # characters in which the echo stands, if there is one: what came earlier is forgotten
# Silences after which an answer without echo is over: one with words, one without.
_ECHO_SECONDS, _MUTE_SECONDS = 3.0, 10.0
# Pagers of devices on which paging stayed on; a space goes on.
_MORE = r"-- ?More ?--|---- More ----|<--- More --->|---\(more(?: \d+%)?\)---|-- MORE --, next page[^\n]*"
_PAGER = re.compile(rf"(?:{_MORE})\s*$", re.I)
# The pager's line goes with what the device blots it out with.
_PAGED = re.compile(rf"[ \t]*(?:{_MORE})[ \t]*\n?(?:[\b ]*|\r *\r)", re.I)
_NO = re.compile(
    r"^\s*(?:%\s*(?:Invalid|Incomplete|Unrecognized|Unknown|Ambiguous|Authorization|Permission|Bad)"
    r"|%\s*Error|ERROR: %|\s*\^\s*$|syntax error|unknown command|Unknown action|Invalid input"
    r"|Error: ?(?:Unrecognized|Incomplete|Wrong|Too many)|bad command name|expected end of command"
    r"|command parse error|Command fail|Invalid syntax|permission denied)",
    re.I | re.M,
)
_LONGEST_NO = 600


class Refused(Failed):
    """The device does not know a command, or does not allow it."""


class Conversation:
    """Commands and answers over a driver that is logged in.

    `deadline`, on time.monotonic's clock, is when the session must be over; `hide` takes the secrets out of
    what the device said.
    """

    def __init__(
        self, connection: Guarded, transcript: Transcript, deadline: float, hide: Callable[[str], str]
    ) -> None:
        self._connection, self._transcript, self._deadline = connection, transcript, deadline
        self._hide = hide
        self.prompt = prompt.find(connection, deadline)

    def ask(self, command: str, quiet: bool = False) -> str:
        """The whole answer to a command, without echo and prompt; `quiet` keeps it out of the transcript.

        Raises Refused, with PROTOCOL, when the device does not know the command; Failed with TIMEOUT when the
        session's time is over first.
        """
        self._transcript.asked(command, quiet)
        self._connection.write_channel(self._connection.normalize_cmd(command))
        said = _PAGED.sub("", self._until_prompt(command))
        answer = self._connection.strip_prompt(_without_echo(said, command))
        if len(answer) <= _LONGEST_NO and _NO.search(answer):
            # Hidden before it is cut: of half a secret nobody would know that it is one.
            why = " ".join(self._hide(answer).split())[:120]
            raise Refused("PROTOCOL", f"the device refuses “{command}”: {why}")
        return answer

    def _until_prompt(self, command: str) -> str:
        parts: list[str] = []
        head, tail, echoed, heard = "", "", False, time.monotonic()
        while time.monotonic() < self._deadline:
            try:
                text = self._connection.read_channel()
            except HungUp:
                if not self._is_over(echoed, tail, parts, time.monotonic() - heard):
                    raise
                return "".join(parts)  # it was whole before they went
            if text:
                parts.append(text)
                tail, heard = (tail + text)[-TAIL:], time.monotonic()
                if not echoed and len(head) < _HEAD:
                    head += text
                    echoed = _echo(head, command) >= 0
            elif self._is_over(echoed, tail, parts, time.monotonic() - heard):
                return "".join(parts)
            elif _PAGER.search(tail):
                self._connection.write_channel(" ")
                tail = ""
            else:
                time.sleep(POLL_SECONDS)
        raise Failed("TIMEOUT", f"the device did not finish its answer to “{command}” in time")

    def _is_over(self, echoed: bool, tail: str, parts: list[str], silence: float) -> bool:
        """Whether an answer ends here. A prompt that was still on its way does not end one that has not
        begun: where no echo tells that it has, its words must, or a long silence.
        """
        if last_line(tail) != self.prompt:
            return False
        if echoed:
            return True
        if silence < _ECHO_SECONDS:
            return False
        return silence > _MUTE_SECONDS or any(self._is_word(line) for line in "".join(parts).splitlines())

    def _is_word(self, line: str) -> bool:
        return settled(line) not in ("", self.prompt)


def _echo(said: str, command: str) -> int:
    """Where the command's echo begins; -1 when there is none."""
    return said.find(command, 0, _HEAD)


def _without_echo(said: str, command: str) -> str:
    """The answer alone: what stands before the command's echo, and the rest of its line, is none of it."""
    echo = _echo(said, command)
    if echo < 0:
        return said
    at = said.find("\n", echo)
    return said[at + 1 :] if at >= 0 else ""
