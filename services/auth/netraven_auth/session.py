"""A session: a log-in until its end. Only the end is an event, since it must reach every gateway at once.

No clock, no database, no token. Log-ins and refreshes are telemetry and lie in collections of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from netraven_chassis.aggregate import Aggregate

LOGGED_OUT = "logged out"
TOKEN_REUSED = "refresh token used twice"  # noqa: S105 - a reason, not a token


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The session is over, for this reason: none of its tokens opens anything."""

    user_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Session:
    """What the next decision asks."""

    ended: bool = False


@dataclass(frozen=True, slots=True)
class EndSession:
    """End the user's session."""

    user_id: str
    reason: str


def decide(session: Session, command: EndSession) -> Sequence[SessionEnded]:
    """The end, unless it has come already."""
    return [] if session.ended else [SessionEnded(command.user_id, command.reason)]


def evolve(session: Session, event: object) -> Session:
    """The session after an event."""
    return replace(session, ended=session.ended or isinstance(event, SessionEnded))


SESSION = Aggregate(
    name="session",
    initial=Session(),
    decide=decide,
    evolve=evolve,
    events=(SessionEnded,),
)
