"""What a session brings back: the configuration, or the facts. One table from action to function.

Runs in a child process, so that neither parsing nor comparing holds up anybody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from netraven_jobs import facts, truncation, volatile
from netraven_jobs.conversation import Conversation, Refused
from netraven_jobs.platforms import Platform
from netraven_jobs.session_request import BACKUP, FACTS, SessionRequest

Fetch = Callable[[Conversation, Platform, SessionRequest], Mapping[str, Any]]


def configuration(talk: Conversation, row: Platform, request: SessionRequest) -> dict[str, Any]:
    """The configuration, whole or with the reason why it is not."""
    text = "\n".join(answer.strip("\r\n") for answer in _answers(talk, row)) + "\n"
    return described(request.platform, text, request.previous_size)


def _answers(talk: Conversation, row: Platform) -> list[str]:
    try:
        return _all(talk, row.shows)
    except Refused as refused:
        if not row.earlier:
            raise
        try:
            return _all(talk, row.earlier)
        except Refused:
            raise refused from None  # what is amiss is not the release


def _all(talk: Conversation, commands: Sequence[str]) -> list[str]:
    return [talk.ask(command, quiet=True) for command in commands]


def described(platform: str, text: str, previous_size: int | None) -> dict[str, Any]:
    """A configuration with all that is said about it: as in SessionAnswer."""
    # Octets that are no text become one mark each, not a failure to store what the device said.
    octets = text.encode("utf-8", "replace")
    normal = volatile.normalise(platform, text)
    return {
        "text": octets.decode(),
        "size": len(octets),
        "lines": text.count("\n"),
        "normal_sha256": hashlib.sha256(normal.encode("utf-8", "replace")).hexdigest(),
        "truncated": truncation.check(platform, text, previous_size),
    }


def learned(talk: Conversation, row: Platform, _request: SessionRequest) -> dict[str, Any]:
    """Serial, model, version and interfaces."""
    return facts.learn(talk.ask, row)


FETCHES: dict[str, Fetch] = {BACKUP: configuration, FACTS: learned}
