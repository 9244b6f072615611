"""Host keys: the first is trusted, another waits for an operator."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from netraven_contracts.errors import Conflict, NotFound
from netraven_contracts.host_keys import HostKey
from netraven_jobs import host_keys
from netraven_jobs.host_keys import Offer

ONE = "65a1b2c3d4e5f60718293a4b"
FIRST = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1l2m3n4o5p6q7r8s9t0u1v2w3x4y5zAAAAAAAAAAAA"
OTHER = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ=="
THIRD = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgA=="
Mongo = Database[dict[str, Any]]


def test_the_first_key_is_trusted_and_stays(database: Mongo) -> None:
    assert host_keys.known(database, ONE) is None
    assert host_keys.seen(database, ONE, FIRST, 1_000) == FIRST
    assert host_keys.seen(database, ONE, OTHER, 2_000) == FIRST
    assert host_keys.known(database, ONE) == FIRST


def test_what_is_shown_is_what_the_contract_says(database: Mongo) -> None:
    host_keys.seen(database, ONE, FIRST, 1_000)
    told = host_keys.show(database, ONE)
    assert set(told) == set(HostKey().fields)
    assert told["algorithm"] == "ssh-ed25519"
    assert told["fingerprint"].startswith("SHA256:")
    assert (told["accepted_by"], told["offered_fingerprint"]) == (None, None)


def test_another_key_waits_until_it_is_accepted(database: Mongo) -> None:
    host_keys.seen(database, ONE, FIRST, 1_000)
    host_keys.seen(database, ONE, OTHER, 2_000)
    host_keys.seen(database, ONE, OTHER, 3_000)
    waiting = host_keys.show(database, ONE)
    assert waiting["offered_fingerprint"] == host_keys.fingerprint(OTHER)
    assert waiting["offered_at"] == "1970-01-01T00:00:02.000Z"
    taken = host_keys.accept(database, ONE, host_keys.offered(database, ONE), "marie")
    assert (taken["fingerprint"], taken["accepted_by"]) == (host_keys.fingerprint(OTHER), "marie")
    assert taken["offered_fingerprint"] is None
    assert host_keys.known(database, ONE) == OTHER


def test_the_last_key_that_was_shown_is_the_one_that_waits(database: Mongo) -> None:
    for at, key in enumerate((FIRST, OTHER, THIRD)):
        host_keys.seen(database, ONE, key, at)
    assert host_keys.show(database, ONE)["offered_fingerprint"] == host_keys.fingerprint(THIRD)


def test_a_key_that_was_shown_after_the_accepted_one_goes_on_waiting(database: Mongo) -> None:
    for at, key in enumerate((FIRST, OTHER)):
        host_keys.seen(database, ONE, key, at)
    looked_at = host_keys.offered(database, ONE)
    host_keys.seen(database, ONE, THIRD, 3)
    taken = host_keys.accept(database, ONE, looked_at, "$marie")
    assert (taken["fingerprint"], taken["accepted_by"]) == (host_keys.fingerprint(OTHER), "$marie")
    assert taken["offered_fingerprint"] == host_keys.fingerprint(THIRD)
    assert host_keys.accept(database, ONE, looked_at, "john")["accepted_by"] == "$marie"
    later = host_keys.offered(database, ONE)
    with pytest.raises(Conflict, match="another key"):
        host_keys.accept(database, ONE, Offer("SHA256:else", later.key, "x", later.fingerprint), "john")


def test_without_any_key_there_is_nothing_to_accept(database: Mongo) -> None:
    with pytest.raises(NotFound):
        host_keys.offered(database, ONE)
    with pytest.raises(NotFound):
        host_keys.show(database, ONE)
    host_keys.seen(database, ONE, FIRST, 1_000)
    assert host_keys.offered(database, ONE).fingerprint is None


def test_a_fingerprint_is_that_of_ssh_keygen() -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
    assert host_keys.fingerprint(key) == "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"
    with pytest.raises(ValueError, match="not a host key"):
        host_keys.fingerprint("nonsense")
