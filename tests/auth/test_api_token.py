"""What may be asked of an API token and what follows."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from netraven_auth.api_token import (
    API_TOKEN,
    DAY_MS,
    ApiToken,
    ApiTokenIssued,
    ApiTokenRevoked,
    IssueApiToken,
    RevokeApiToken,
    decide,
    evolve,
)
from netraven_contracts.errors import Conflict, NotFound, ValidationFailed

NOW = 1_800_000_000_000
ISSUED = ApiTokenIssued("u1", "backups", True, NOW + DAY_MS)


def token(*events: Any) -> ApiToken:
    state = ApiToken()
    for event in events:
        state = evolve(state, event)
    return state


def issue(expires_at: int | None) -> IssueApiToken:
    return IssueApiToken("u1", "backups", True, expires_at, NOW)


FOLLOWS = {
    "issuing": ([], issue(NOW + DAY_MS), [ISSUED]),
    "a year when nothing is said": (
        [],
        issue(None),
        [ApiTokenIssued("u1", "backups", True, NOW + 365 * DAY_MS)],
    ),
    "revoking": ([ISSUED], RevokeApiToken("u1"), [ApiTokenRevoked()]),
    "twice is once": ([ISSUED, ApiTokenRevoked()], RevokeApiToken("u1"), []),
}


@pytest.mark.parametrize(("given_", "when", "then"), FOLLOWS.values(), ids=FOLLOWS)
def test_what_follows_from_a_command(given_: list[Any], when: Any, then: list[Any]) -> None:
    assert list(decide(token(*given_), when)) == then


REFUSED = {
    "issuing twice under one id": ([ISSUED], issue(None), Conflict),
    "an end that has come": ([], issue(NOW), ValidationFailed),
    "an end that never comes": ([], issue(NOW + 3651 * DAY_MS), ValidationFailed),
    "revoking somebody else's": ([ISSUED], RevokeApiToken("u2"), NotFound),
    "revoking what never was": ([], RevokeApiToken("u1"), NotFound),
}


@pytest.mark.parametrize(("given_", "when", "error"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(given_: list[Any], when: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        decide(token(*given_), when)


def test_a_token_is_good_from_its_issue_to_its_end_or_its_revocation() -> None:
    assert token(ISSUED).good(NOW)
    assert not token(ISSUED).good(NOW + DAY_MS)
    assert not token(ISSUED, ApiTokenRevoked()).good(NOW)
    assert not token().good(NOW)


def test_a_fact_that_is_not_known_yet_changes_nothing() -> None:
    assert evolve(token(ISSUED), object()) == token(ISSUED)


def test_no_event_has_a_place_for_a_secret() -> None:
    assert {kind.__name__: [field.name for field in fields(kind)] for kind in API_TOKEN.events} == {
        "ApiTokenIssued": ["user_id", "name", "read_only", "expires_at"],
        "ApiTokenRevoked": [],
    }
