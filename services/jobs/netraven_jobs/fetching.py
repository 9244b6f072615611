"""What a session brings back: the configuration, or the facts. One table from action to function.

Runs in a child process, so that neither parsing nor comparing holds up anybody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from netraven_jobs import facts, truncation, volatile
from netraven_jobs.conversation import Conversation
from netraven_jobs.platforms import Platform
from netraven_jobs.session_request import BACKUP, FACTS, SessionRequest

Fetch = Callable[[Conversation, Platform, SessionRequest], Mapping[str, Any]]


def configuration(talk: Conversation, row: Platform, request: SessionRequest) -> dict[str, Any]:
    """The configuration, whole or with the reason why it is not."""
    answers = [talk.ask(command, quiet=True) for command in row.shows]
    text = "\n".join(answer.strip("\r\n") for answer in answers) + "\n"
    return described(request.platform, text, request.previous_size)


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
