"""An API token: a long-lived right of one user, for a program. No clock, no database, no token, no hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from netraven_chassis.aggregate import Aggregate
from netraven_contracts.errors import Conflict, NotFound, ValidationFailed

DAY_MS = 86_400_000
USUAL_LIFE_MS = 365 * DAY_MS
LONGEST_LIFE_MS = 10 * 365 * DAY_MS


@dataclass(frozen=True, slots=True)
class ApiTokenIssued:
    """The user has a new token, good until `expires_at` (UTC milliseconds)."""

    user_id: str
    name: str
    read_only: bool
    expires_at: int


@dataclass(frozen=True, slots=True)
class ApiTokenRevoked:
    """It opens nothing any more."""


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What the next decision asks."""

    user_id: str = ""
    name: str = ""
    read_only: bool = False
    expires_at: int = 0
    revoked: bool = False

    def good(self, now: int) -> bool:
        """Whether it opens anything at `now` (UTC milliseconds)."""
        return bool(self.user_id) and not self.revoked and now < self.expires_at


@dataclass(frozen=True, slots=True)
class IssueApiToken:
    """Give the user a token; without an end it is good for a year from `at`."""

    user_id: str
    name: str
    read_only: bool
    expires_at: int | None
    at: int


@dataclass(frozen=True, slots=True)
class RevokeApiToken:
    """Make it worthless, as this user, to whom it must belong."""

    user_id: str


Command = IssueApiToken | RevokeApiToken
Event = ApiTokenIssued | ApiTokenRevoked


def decide(token: ApiToken, command: Command) -> Sequence[Event]:
    """The events that follow; Conflict, NotFound or ValidationFailed when it cannot be."""
    match command:
        case IssueApiToken() if token.user_id:
            raise Conflict("this API token exists already")
        case IssueApiToken(user_id, name, read_only):
            return [ApiTokenIssued(user_id, name, read_only, _end(command))]
        case RevokeApiToken(user_id) if token.user_id != user_id:
            raise NotFound("there is no such API token")
        case RevokeApiToken():
            return [] if token.revoked else [ApiTokenRevoked()]


def evolve(token: ApiToken, event: object) -> ApiToken:
    """The token after an event."""
    match event:
        case ApiTokenIssued(user_id, name, read_only, expires_at):
            return ApiToken(user_id, name, read_only, expires_at)
        case ApiTokenRevoked():
            return replace(token, revoked=True)
    return token


def _end(command: IssueApiToken) -> int:
    if command.expires_at is None:
        return command.at + USUAL_LIFE_MS
    if command.expires_at <= command.at:
        raise ValidationFailed("the token would be over at once", {"expires_at": ["must be in the future"]})
    if command.expires_at > command.at + LONGEST_LIFE_MS:
        reason = "must be within ten years; choose a nearer time"
        raise ValidationFailed("the token would live too long", {"expires_at": [reason]})
    return command.expires_at


API_TOKEN = Aggregate(
    name="token",
    initial=ApiToken(),
    decide=decide,
    evolve=evolve,
    events=(ApiTokenIssued, ApiTokenRevoked),
)
