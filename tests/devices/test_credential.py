"""What a credential allows and what follows. Secrets are not known here, only the names of their rows."""

from __future__ import annotations

from typing import Any

import pytest

from netraven_contracts.errors import Conflict, NotFound
from netraven_devices.credential import (
    ChangeCredential,
    CreateCredential,
    Credential,
    CredentialCreated,
    CredentialDescribed,
    CredentialMethodSet,
    CredentialPrioritySet,
    CredentialRemoved,
    CredentialRenamed,
    CredentialRolledBack,
    CredentialSecretReplaced,
    CredentialTagsSet,
    CredentialUsernameSet,
    RemoveCredential,
    RollBackCredential,
    decide,
    evolve,
    unique,
)

CREATED = CredentialCreated("Core", "netops", "ssh", 100, (), None, "row-1")
SECOND = CredentialSecretReplaced(2, "row-2")
THIRD = CredentialSecretReplaced(3, "row-3")


def credential(*events: Any) -> Credential:
    state = Credential()
    for event in events:
        state = evolve(state, event)
    return state


FOLLOWS = {
    "creating is one event": ([], CreateCredential("Core", "netops", "ssh", "row-1"), [CREATED]),
    "every field has its event": (
        [CREATED],
        ChangeCredential(
            {
                "name": "core",
                "username": "ops",
                "method": "snmp",
                "priority": 5,
                "tags": ["t1"],
                "description": "the ring",
            }
        ),
        [
            CredentialRenamed("core"),
            CredentialUsernameSet("ops"),
            CredentialMethodSet("snmp"),
            CredentialPrioritySet(5),
            CredentialTagsSet(("t1",)),
            CredentialDescribed("the ring"),
        ],
    ),
    "what is so already is no news": ([CREATED], ChangeCredential({"name": "Core", "tags": []}), []),
    "a new secret is the next version": ([CREATED], ChangeCredential({}, "row-2"), [SECOND]),
    "after a rollback a new secret comes after all that are kept": (
        [CREATED, SECOND, CredentialRolledBack(1)],
        ChangeCredential({}, "row-3"),
        [THIRD],
    ),
    "back is to the one before": (
        [CREATED, SECOND, THIRD],
        RollBackCredential(),
        [CredentialRolledBack(2)],
    ),
    "back may be to any that is kept": (
        [CREATED, SECOND, THIRD],
        RollBackCredential(1),
        [CredentialRolledBack(1)],
    ),
    "and forth again": (
        [CREATED, SECOND, CredentialRolledBack(1)],
        RollBackCredential(2),
        [CredentialRolledBack(2)],
    ),
    "back to what is in force is no news": ([CREATED, SECOND], RollBackCredential(2), []),
    "it can go": ([CREATED], RemoveCredential(), [CredentialRemoved()]),
}


@pytest.mark.parametrize(("given_", "when", "then"), FOLLOWS.values(), ids=FOLLOWS)
def test_what_follows_from_a_command(given_: list[Any], when: Any, then: list[Any]) -> None:
    assert list(decide(credential(*given_), when)) == then


GONE = [CREATED, CredentialRemoved()]
REFUSED = {
    "creating twice under one id": ([CREATED], CreateCredential("x", "y", "ssh", "r"), Conflict),
    "creating under the id of a removed one": (GONE, CreateCredential("x", "y", "ssh", "r"), Conflict),
    "changing what was never there": ([], ChangeCredential({"name": "x"}), NotFound),
    "changing what is removed": (GONE, ChangeCredential({}, "row-2"), NotFound),
    "going back before the first": ([CREATED], RollBackCredential(), Conflict),
    "going to a version that was never": ([CREATED, SECOND], RollBackCredential(3), Conflict),
    "going to version nought": ([CREATED, SECOND], RollBackCredential(0), Conflict),
    "going back on what is removed": (GONE, RollBackCredential(1), NotFound),
    "removing twice": (GONE, RemoveCredential(), NotFound),
    "what no credential can": ([CREATED], "Sing", TypeError),
}


@pytest.mark.parametrize(("given_", "when", "error"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(given_: list[Any], when: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        decide(credential(*given_), when)


def test_events_make_the_credential() -> None:
    made = credential(
        CREATED,
        CredentialRenamed("core"),
        CredentialUsernameSet("ops"),
        CredentialMethodSet("api"),
        CredentialPrioritySet(1),
        CredentialTagsSet(("t1", "t2")),
        CredentialDescribed("the ring"),
        SECOND,
        CredentialRolledBack(1),
    )
    rows = ("row-1", "row-2")
    assert made == Credential("active", "core", "ops", "api", 1, ("t1", "t2"), "the ring", rows, 1)


def test_an_event_that_nobody_knows_changes_nothing() -> None:
    assert evolve(credential(CREATED), object()) == credential(CREATED)


def test_a_name_is_held_whatever_its_case_and_only_as_long_as_the_credential_is_there() -> None:
    assert unique(credential(CREATED)) == {"credential_name": "core"}
    assert unique(credential()) == unique(credential(*GONE)) == {}
