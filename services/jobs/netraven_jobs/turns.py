"""Whose turn it is to speak: a device is told its next line when it has answered the last one. Pure; no
channel here.

Netmiko's drivers write ahead of the device. Of a slow one, the prompts that are still on their way are then
taken for the answers to later lines: a password is typed where nobody asked, a configuration is two prompts.
"""

from __future__ import annotations

import re

SILENT_SECONDS = 2.0
"""After that silence a line stands as an answer though it ends with nothing known."""
DEAF_SECONDS = 5.0
"""A device that says nothing for so long is told the next line all the same: some wait for it."""
RESTLESS_SECONDS = 10.0
"""So is one that never falls silent: it writes its log to whoever is there, and its prompt was long ago."""
PROMPT_ENDS = "#>$%]"
"""What a prompt of any platform ends with."""
_TAIL = 400
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# A prompt, or a question.
_ENDS = rf"[{re.escape(PROMPT_ENDS)}:?)]"
_OVER = re.compile(rf"(?:{_ENDS}|\bcontinue\b[^\n]{{0,30}}|\baccept\b[^\n]{{0,30}})[ \t]*$", re.I)
# What looks like a prompt, or like any question, and takes a command for a password: of a new account, or of
# one whose password is too old.
_NEW_PASSWORD = re.compile(
    r"\b(?:new|old|current|repeat|retype|re-enter|confirm)\b[\w ]{0,12}\bpass(?:word|code)\W{0,3}$", re.I
)


class Turns:
    """What was said last, by whom and when; times are seconds of any clock that only goes forward."""

    def __init__(self, now: float) -> None:
        self._open, self._tail, self._at, self._asked_at = True, "", now, now

    def asked(self, text: str, now: float) -> None:
        """We wrote something; only a whole line is to be answered."""
        if text.endswith(("\n", "\r")):
            self._open, self._tail, self._at, self._asked_at = True, "", now, now

    def said(self, text: str, now: float) -> None:
        """The device said something."""
        if text:
            self._tail, self._at = (self._tail + text)[-_TAIL:], now

    @property
    def wants_new_password(self) -> bool:
        """Whether the device has asked for another password, and nothing else may be said to it."""
        return _NEW_PASSWORD.search(self._tail[-80:]) is not None

    def ours(self, now: float) -> bool:
        """Whether the last line has been answered, as far as one can tell."""
        if self._open:
            line = _COLOURS.sub("", self._tail).rsplit("\n", 1)[-1].rsplit("\r", 1)[-1]
            # Behind an echo there is an empty line: the device is still at it.
            patience = SILENT_SECONDS if line.strip() else DEAF_SECONDS
            waits = now - self._at < patience and now - self._asked_at < RESTLESS_SECONDS
            self._open = waits and not _OVER.search(line)
        return not self._open
