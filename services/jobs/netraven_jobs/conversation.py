"""Asking a device in its own command line: one command, its whole answer. Connecting and logging in is
elsewhere.

Netmiko takes an answer for finished where the prompt's text stands anywhere in it; a banner with the device's
name then cuts a configuration short. Here only a last line that is the prompt ends an answer.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from netraven_jobs.driver import Guarded
from netraven_jobs.failures import NO_PROMPT, Failed
from netraven_jobs.transcript import Transcript

_POLL_SECONDS = 0.01
_ECHO_SECONDS = 3.0
_PROMPT_SECONDS = 30.0
_QUIET_SECONDS = (0.2, 2.0)  # the first and the longest silence after which a line is taken for whole
_TAIL = 512
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
        self.prompt = self._find_prompt()

    def ask(self, command: str, quiet: bool = False) -> str:
        """The whole answer to a command, without echo and prompt; `quiet` keeps it out of the transcript.

        Raises Failed with PROTOCOL when the device does not know the command, with TIMEOUT when the session's
        time is over first.
        """
        self._transcript.asked(command, quiet)
        self._connection.write_channel(self._connection.normalize_cmd(command))
        said = _PAGED.sub("", self._until_prompt(command))
        answer = self._connection.strip_prompt(_without_echo(said, command))
        if len(answer) <= _LONGEST_NO and _NO.search(answer):
            # Hidden before it is cut: of half a secret nobody would know that it is one.
            why = " ".join(self._hide(answer).split())[:120]
            raise Failed("PROTOCOL", f"the device refuses “{command}”: {why}")
        return answer

    def _find_prompt(self) -> str:
        """The line at which the device falls silent, twice the same or with its name in it.

        Netmiko takes whatever came within a moment; of a slow device that is half a prompt, or a line before
        it, and no answer would ever end with that.
        """
        deadline = min(self._deadline, time.monotonic() + _PROMPT_SECONDS)
        before, quiet = "", _QUIET_SECONDS[0]
        self._connection.clear_buffer()
        while time.monotonic() < deadline:
            self._connection.write_channel(self._connection.RETURN)
            found = self._last_line(quiet, deadline)
            if found and (found == before or self._is_sure(found)):
                return found
            before, quiet = found, min(quiet * 2, _QUIET_SECONDS[1])
        raise Failed("PROTOCOL", NO_PROMPT)

    def _last_line(self, quiet: float, deadline: float) -> str:
        """What stands in the last line when nothing came for `quiet` seconds; "" when nothing does."""
        said, heard = "", time.monotonic()
        while time.monotonic() < deadline:
            text = self._connection.read_channel()
            if text:
                said, heard = (said + text)[-_TAIL:], time.monotonic()
                continue
            found = _settled(said.rsplit("\n", 1)[-1])
            if (found and self._is_sure(found)) or time.monotonic() - heard > quiet:
                return found
            time.sleep(_POLL_SECONDS)
        return ""

    def _is_sure(self, found: str) -> bool:
        """Whether that is a prompt, as far as the driver knows the device's name."""
        name = getattr(self._connection, "base_prompt", "")
        return len(name) > 2 and name in found and len(found) > len(name) and found[-1] in "#>$"

    def _until_prompt(self, command: str) -> str:
        parts: list[str] = []
        tail, began, echoed = "", time.monotonic(), False
        while time.monotonic() < self._deadline:
            text = self._connection.read_channel()
            if not text:
                time.sleep(_POLL_SECONDS)
                continue
            parts.append(text)
            tail = (tail + text)[-_TAIL:]
            # A prompt that was still on its way does not end an answer that has not begun.
            echoed = echoed or command in "".join(parts[-8:]) or time.monotonic() - began > _ECHO_SECONDS
            if echoed and _settled(tail.rsplit("\n", 1)[-1]) == self.prompt:
                return "".join(parts)
            if _PAGER.search(tail):
                self._connection.write_channel(" ")
                tail = ""
        raise Failed("TIMEOUT", f"the device did not finish its answer to “{command}” in time")


def _without_echo(said: str, command: str) -> str:
    """The answer alone: what stands before the command's echo, and the rest of its line, is none of it."""
    echo = said.find(command, 0, _TAIL)
    if echo < 0:
        return said
    at = said.find("\n", echo)
    return said[at + 1 :] if at >= 0 else ""


def _settled(prompt: str) -> str:
    """A prompt without what changes in it: some count their commands, mark what is not saved yet, or write it
    twice over itself.
    """
    return re.sub(r"\.\d+ (?=[#>]$)", ".", prompt.strip().rsplit("\r", 1)[-1].strip().lstrip("* "))
