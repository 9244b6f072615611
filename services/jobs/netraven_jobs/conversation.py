"""Asking a device in its own command line: one command, its whole answer. Connecting and logging in is
elsewhere.

Netmiko takes an answer for finished where the prompt's text stands anywhere in it; a banner with the device's
name then cuts a configuration short. Here only a last line that is the prompt ends an answer.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from netraven_jobs import paging, prompt
from netraven_jobs.answer import Answer, without_echo
from netraven_jobs.driver import Guarded
from netraven_jobs.failures import Failed, HungUp
from netraven_jobs.prompt import POLL_SECONDS
from netraven_jobs.transcript import Transcript

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
        said = paging.unpaged(self._until_prompt(command))
        answer = self._connection.strip_prompt(without_echo(said, command))
        if len(answer) <= _LONGEST_NO and _NO.search(answer):
            # Hidden before it is cut: of half a secret nobody would know that it is one.
            why = " ".join(self._hide(answer).split())[:120]
            raise Refused("PROTOCOL", f"the device refuses “{command}”: {why}")
        return answer

    def _until_prompt(self, command: str) -> str:
        answer = Answer(command, self.prompt, time.monotonic())
        while time.monotonic() < self._deadline:
            try:
                text = self._connection.read_channel()
            except HungUp:
                if not answer.over(time.monotonic()):
                    raise
                return answer.text()  # it was whole before they went
            if text:
                answer.add(text, time.monotonic())
            elif answer.over(time.monotonic()):
                return answer.text()
            else:
                self._go_on(answer)
        raise Failed("TIMEOUT", f"the device did not finish its answer to “{command}” in time")

    def _go_on(self, answer: Answer) -> None:
        """Do what the device may wait for, or wait for it."""
        if paging.asks(answer.tail):
            self._connection.write_channel(" ")
            answer.tail = ""
        elif answer.below(time.monotonic()):
            self._connection.write_ahead(self._connection.RETURN)
            answer.prod(time.monotonic())
        else:
            time.sleep(POLL_SECONDS)
