"""Who calls, and who may no longer: what auth's log says about a token signed in good faith. No I/O, no keys.

A token carries the version that its user's history had when it was signed. Whatever ends tokens (another
role, another password, disabling) makes that history longer: two numbers tell an older token, not two clocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from netraven_contracts.errors import Unauthorized

# The events that end one session, or one API token.
ENDS_ONE = frozenset({"SessionEnded", "ApiTokenRevoked"})
# How long the end of a session is remembered here: longer than any access token or cached API token lives.
REMEMBERED_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request, as a token or a ticket says.

    `session` is the log-in that the token belongs to, or the id of the API token; `version` the user's when
    it was signed; `expires` UTC milliseconds. `read_only`: may only read, whatever the role.
    """

    user_id: str
    name: str
    role: str
    session: str
    version: int
    expires: int
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for one user: tokens from before `not_before`, a version of the user, are worthless."""

    role: str
    enabled: bool
    not_before: int


class RecordedEvent(Protocol):
    """An event as a log hands it on."""

    @property
    def type(self) -> str:
        """Its name."""

    @property
    def data(self) -> Mapping[str, Any]:
        """Its fields."""


class LogCommit(Protocol):
    """A commit as a log hands it on."""

    @property
    def stream(self) -> str:
        """`user-<id>`, `session-<id>`, `token-<id>`."""

    @property
    def first(self) -> int:
        """The version of its first event."""

    @property
    def at(self) -> int:
        """UTC milliseconds."""

    @property
    def events(self) -> Sequence[RecordedEvent]:
        """What happened, in order."""


class AccessList:
    """What a gateway knows of auth's users: `reset` with auth's answer, then `apply` each commit after it.

    Applying a commit twice, or one that the answer had in it already, changes nothing.
    """

    def __init__(self) -> None:
        self._users: dict[str, Standing] = {}
        self._ended: dict[str, int] = {}

    def reset(self, answer: Mapping[str, Any]) -> None:
        """Begin anew from what `auth.access_list()` answers.

        That is {"users": {id: {"role", "enabled", "not_before"}}, "ended": {session or API token: ms}, …}.
        """
        self._users = {ident: Standing(**standing) for ident, standing in answer["users"].items()}
        self._ended = dict(answer["ended"])

    def apply(self, commits: Iterable[LogCommit]) -> None:
        """Take in commits of auth's log, in order."""
        for commit in commits:
            kind, _, ident = commit.stream.partition("-")
            if kind == "user":
                self._users[ident] = standing_after(self._users.get(ident), commit)
            elif any(event.type in ENDS_ONE for event in commit.events):
                self._forget(commit.at - REMEMBERED_MS)
                self._ended[ident] = commit.at

    def check(self, caller: Caller) -> None:
        """Whether the caller's token still counts; Unauthorized when not.

        A user that is not known here is a new one, whose first commit is still on its way.
        """
        standing = self._users.get(caller.user_id)
        if standing is not None and (not standing.enabled or caller.version < standing.not_before):
            raise Unauthorized("this token is no longer good; log in again")
        if caller.session in self._ended:
            raise Unauthorized("this session has ended; log in again")

    def _forget(self, before: int) -> None:
        # Ends come in order of time, so that the old ones lie in front.
        while self._ended and next(iter(self._ended.values())) < before:
            del self._ended[next(iter(self._ended))]


def standing_after(standing: Standing | None, commit: LogCommit) -> Standing:
    """The user's standing once this commit of the user's stream is known as well; None: nothing was known."""
    now = standing or Standing("", True, 0)
    for version, event in enumerate(commit.events, commit.first):
        if version > now.not_before:
            now = _changed(now, version, event)
    return now


def _changed(now: Standing, version: int, event: RecordedEvent) -> Standing:
    match event.type:
        case "UserCreated":
            return Standing(event.data["role"], event.data["enabled"], version)
        case "UserRoleChanged":
            return Standing(event.data["role"], now.enabled, version)
        case "UserDisabled":
            return Standing(now.role, False, version)
        case "UserEnabled":
            return Standing(now.role, True, version)
        case "UserPasswordChanged":
            return Standing(now.role, now.enabled, version)
    return now
