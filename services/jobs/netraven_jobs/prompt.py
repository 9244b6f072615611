"""Which line is a device's prompt: the one at which it falls silent. No commands are asked here.

Netmiko takes whatever came within a moment; of a slow device that is half a prompt, or a line before it, and
no answer would ever end with that.
"""

from __future__ import annotations

import re
import time
from typing import Protocol

from netraven_jobs.failures import NO_PROMPT, Failed
from netraven_jobs.turns import PROMPT_ENDS

POLL_SECONDS = 0.01
TAIL = 512
"""Characters that a prompt, with what stands before it, may have."""
_FIND_SECONDS = 30.0
_QUIET_SECONDS = (0.2, 2.0)  # the first and the longest silence after which a line is taken for whole


class Channel(Protocol):
    """What is needed of a driver."""

    RETURN: str
    base_prompt: str

    def clear_buffer(self) -> str:
        """Forget what has come."""

    def read_channel(self) -> str:
        """What has come since."""

    def write_channel(self, out_data: str) -> None:
        """Write."""

    def has_answered(self) -> bool:
        """Whether the last line that was written has been answered."""


def settled(line: str) -> str:
    """A prompt without what changes in it: some count their commands, mark what is not saved yet, or write it
    twice over itself.
    """
    return re.sub(r"\.\d+ (?=[#>]$)", ".", line.strip().rsplit("\r", 1)[-1].strip().lstrip("* "))


def last_line(said: str) -> str:
    """What stands in the last line, as a prompt would."""
    return settled(said.rsplit("\n", 1)[-1])


def find(connection: Channel, deadline: float) -> str:
    """The line at which the device falls silent, twice the same or with its name in it; `deadline` on
    time.monotonic's clock. Raises Failed when there is none.
    """
    deadline = min(deadline, time.monotonic() + _FIND_SECONDS)
    before, quiet = "", _QUIET_SECONDS[0]
    connection.clear_buffer()
    while time.monotonic() < deadline:
        connection.write_channel(connection.RETURN)
        found = _where_it_rests(connection, quiet, deadline)
        if found and (found == before or _is_sure(connection, found)):
            return found
        before, quiet = found, min(quiet * 2, _QUIET_SECONDS[1])
    raise Failed("PROTOCOL", NO_PROMPT)


def _where_it_rests(connection: Channel, quiet: float, deadline: float) -> str:
    """What stands in the last line when nothing came for `quiet` seconds; "" when nothing does."""
    said, heard = "", time.monotonic()
    while time.monotonic() < deadline:
        text = connection.read_channel()
        if text:
            said, heard = (said + text)[-TAIL:], time.monotonic()
            continue
        found = last_line(said)
        rests = time.monotonic() - heard > quiet and connection.has_answered()
        if rests or (found and _is_sure(connection, found)):
            return found
        time.sleep(POLL_SECONDS)
    return ""


def _is_sure(connection: Channel, found: str) -> bool:
    """Whether that is a prompt, as far as the driver knows the device's name."""
    name = getattr(connection, "base_prompt", "")
    return len(name) > 2 and name in found and len(found) > len(name) and found[-1] in PROMPT_ENDS
