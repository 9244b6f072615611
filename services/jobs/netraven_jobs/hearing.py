"""What a device says, put together from whatever pieces the network makes of it. No log-in, no prompts.

Netmiko takes each piece for itself: of a character that was cut in two it loses both halves, of a line's end
it makes two, of an escape sequence it leaves both parts. What a device says must not depend on how it comes.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from typing import Any

from netmiko.channel import Channel

from netraven_jobs.paging import LEFT

MOST_AT_ONCE = 1024 * 1024
"""Octets after which a reading ends though there are more, so that whoever counts them comes to it."""
_BUFFER = 65_536
# What may go on in the next piece: the end of a line, an escape sequence, a pager's blot.
_ESCAPE = r"\x1b(?:\[[0-9;?]{0,16})?"
_UNFINISHED = re.compile(rf"(?:(?<!\r)\r{{1,16}}|{_ESCAPE}|\x1b\[\d{{2,3}}D {{0,200}}(?:{_ESCAPE})?)\Z")
_LONGEST_RUN = 16  # line ends that are remembered
_AS_IT_IS = "netraven-latin-1"


def _single_octets(error: UnicodeError) -> tuple[str, int]:
    """Octets that are no UTF-8 are what they are in Latin-1, as older devices have it."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error(_AS_IT_IS, _single_octets)


class Pieces:
    """Octets in, text out: whole characters, whole escape sequences, line ends as `normal` makes them."""

    def __init__(self, normal: Callable[[str], str]) -> None:
        self._normal = normal
        self._decoder = codecs.getincrementaldecoder("utf-8")(_AS_IT_IS)
        self._held, self._ends = "", ""

    def add(self, octets: bytes) -> str:
        """What can be said for certain now; the rest comes with the next octets."""
        text = self._held + self._decoder.decode(octets)
        blots = [blot.end() for blot in LEFT.finditer(text)]
        unfinished = _UNFINISHED.search(text, blots[-1] if blots else 0)
        cut = unfinished.start() if unfinished is not None else len(text)
        text, self._held = text[:cut], text[cut:]
        if not text:
            return ""
        # Some devices end a line with more than this one knows of yet: what follows is read with what was.
        before, whole = self._ends, self._ends + text
        self._ends = whole[len(whole.rstrip("\r\n")) :][-_LONGEST_RUN:]
        return self._normal(whole)[len(self._normal(before)) :]


class Hearing(Channel):
    """A channel of Netmiko's over another one: writes as that does, and reads in its own way.

    `read` gives the octets that are there, b"" when there are none, and may raise EOFError; `normal` makes
    the driver's line ends.
    """

    def __init__(self, channel: Channel, read: Callable[[], bytes], normal: Callable[[str], str]) -> None:
        self._channel, self._read, self._pieces = channel, read, Pieces(normal)

    def write_channel(self, out_data: str) -> None:
        """Write."""
        self._channel.write_channel(out_data)

    def read_buffer(self) -> str:
        """What came in one piece."""
        return self._pieces.add(self._read())

    def read_channel(self) -> str:
        """What has come, as far as it can be said for certain; at most MOST_AT_ONCE and a piece."""
        parts: list[bytes] = []
        size = 0
        while size < MOST_AT_ONCE:
            try:
                octets = self._read()
            except EOFError:
                if not parts:
                    raise
                break  # told again at the next reading
            if not octets:
                break
            parts.append(octets)
            size += len(octets)
        return self._pieces.add(b"".join(parts))


def of_ssh(remote: Any) -> Callable[[], bytes]:
    """What reads from a channel of Paramiko's."""
    return lambda: bytes(remote.recv(_BUFFER)) if remote.recv_ready() else b""


def of_telnet(remote: Any) -> Callable[[], bytes]:
    """What reads from a telnet connection."""
    return lambda: bytes(remote.read_eager())
