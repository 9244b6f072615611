"""Bodies of credentials: every form of a secret that is taken or refused, and that no error repeats one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from marshmallow import ValidationError

from netraven_contracts import credential_events
from netraven_contracts.credentials import (
    PARTS,
    Credential,
    CredentialBody,
    CredentialChanges,
    CredentialFilters,
    CredentialQuery,
    Rollback,
)

CANARY = "canary-7f3a"
KEY = f"\n-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}"
LONG_KEY = "-----BEGIN PRIVATE KEY-----".ljust(PARTS["private_key"], "x")
LEAST = {"name": "core", "username": "netops", "method": "ssh"}


TAKEN: dict[str, tuple[Any, dict[str, str]]] = {
    "a text is a password": (CANARY, {"password": CANARY}),
    "with its blanks": (f" {CANARY} ", {"password": f" {CANARY} "}),
    "a password": ({"password": CANARY}, {"password": CANARY}),
    "with an enable secret": (
        {"password": CANARY, "enable": "en"},
        {"password": CANARY, "enable": "en"},
    ),
    "a private key": ({"private_key": KEY}, {"private_key": KEY}),
    "with its passphrase": (
        {"private_key": KEY, "passphrase": "pp"},
        {"private_key": KEY, "passphrase": "pp"},
    ),
    "the longest password": ("x" * PARTS["password"], {"password": "x" * PARTS["password"]}),
    "the longest key": ({"private_key": LONG_KEY}, {"private_key": LONG_KEY}),
}


@pytest.mark.parametrize(("given_", "loaded"), TAKEN.values(), ids=TAKEN)
def test_what_is_taken_for_a_secret(given_: Any, loaded: dict[str, str]) -> None:
    assert CredentialBody().load({**LEAST, "secret": given_})["secret"] == loaded
    assert CredentialChanges().load({"secret": given_}) == {"secret": loaded}


REFUSED: dict[str, Any] = {
    "nothing": None,
    "an empty text": "",
    "an empty object": {},
    "a number": 71_717_171,
    "a switch": True,
    "a list": [CANARY],
    "a list of pairs": [["password", CANARY]],
    "another part": {"password": CANARY, "pin": CANARY},
    "a secret for the name of a part": {CANARY: "x"},
    "an empty part": {"password": CANARY, "enable": ""},
    "a part that is null": {"password": CANARY, "enable": None},
    "a part that is an object": {"password": {"text": CANARY}},
    "a part that is a number": {"password": 71_717_171},
    "an enable secret alone": {"enable": CANARY},
    "a passphrase alone": {"passphrase": CANARY},
    "a password with a passphrase": {"password": CANARY, "passphrase": CANARY},
    "a password and a key": {"password": CANARY, "private_key": CANARY},
    "a key with an enable secret": {"private_key": CANARY, "enable": CANARY},
    "too long a text": CANARY * 200,
    "too long a password": {"password": CANARY * 200},
    "too long an enable secret": {"password": "x", "enable": CANARY * 200},
    "too long a key": {"private_key": CANARY * 2000},
    "a public key": {"private_key": f"ssh-ed25519 {CANARY}"},
    "a key of PuTTY's": {"private_key": f"PuTTY-User-Key-File-3: ssh-ed25519\n{CANARY}"},
    "too long a passphrase": {"private_key": KEY, "passphrase": CANARY * 200},
}


@pytest.mark.parametrize("given_", REFUSED.values(), ids=REFUSED)
def test_what_is_refused_is_named_and_not_repeated(given_: Any) -> None:
    for schema, body in ((CredentialBody, LEAST), (CredentialChanges, {})):
        with pytest.raises(ValidationError) as error:
            schema().load({**body, "secret": given_})
        told = error.value.normalized_messages()
        assert set(told) == {"secret"}
        assert "canary" not in str(told) and "7171" not in str(told)


SEALED_REFUSED: dict[str, Any] = {
    "nothing": None,
    "an empty text": "",
    "an object": {"password": CANARY},
    "a list": [CANARY],
    "a number": 71_717_171,
    "without end": CANARY * 10_000,
}


@pytest.mark.parametrize("given_", SEALED_REFUSED.values(), ids=SEALED_REFUSED)
def test_a_sealed_secret_that_is_none_is_named_and_not_repeated(given_: Any) -> None:
    with pytest.raises(ValidationError) as error:
        CredentialBody().load({**LEAST, "encrypted_secret": given_})
    told = error.value.normalized_messages()
    assert set(told) == {"encrypted_secret"}
    assert "canary" not in str(told) and "7171" not in str(told)


def test_there_is_one_secret_and_not_two_nor_none() -> None:
    with pytest.raises(ValidationError) as error:
        CredentialBody().load(LEAST)
    assert set(error.value.normalized_messages()) == {"secret"}
    for schema, body in ((CredentialBody, LEAST), (CredentialChanges, {})):
        with pytest.raises(ValidationError) as error:
            schema().load({**body, "secret": CANARY, "encrypted_secret": CANARY})
        assert CANARY not in str(error.value.normalized_messages())
        assert schema().load({**body, "encrypted_secret": "a.b.c.d.e"})["encrypted_secret"] == "a.b.c.d.e"


def test_tags_are_a_list_of_names_or_ids() -> None:
    words = ["core", "0" * 24]
    assert CredentialChanges().load({"tags": words}) == {"tags": words}
    for wrong, said in (("core", "must be a list"), (None, "must not be null"), ([None], "must not be null")):
        with pytest.raises(ValidationError) as error:
            CredentialChanges().load({"tags": wrong})
        assert said in str(error.value.normalized_messages())


def test_a_credential_of_which_little_is_said() -> None:
    loaded = CredentialBody().load({**LEAST, "secret": "x"})
    assert loaded == {**LEAST, "priority": 100, "secret": {"password": "x"}}


def test_a_credential_as_a_get_gave_it_can_be_sent_back() -> None:
    told = {"id": "5", "secret_version": 3, "secret_versions": 4, "success_rate": 5.5, "version": 3}
    assert CredentialChanges().load({**told, "name": "x", "last_used": None, "attempts": 3}) == {"name": "x"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "x" * 101),
        ("username", None),
        ("method", "telnet"),
        ("priority", 0),
        ("priority", 1001),
        ("priority", "5"),
        ("tags", "core"),
        ("tags", [None]),
        ("description", "x" * 501),
        ("secrte", CANARY),
        ("$where", "1"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as error:
        CredentialBody().load({**LEAST, "secret": "x", field: value})
    told = error.value.normalized_messages()
    assert set(told) == {field}
    assert CANARY not in str(told)


@given(some.text(min_size=4), some.sampled_from([*PARTS, "pin"]), some.sampled_from([*PARTS, "pin"]))
def test_no_error_repeats_a_secret(text: str, one: str, other: str) -> None:
    canary = f"canary{text}"
    for secret in (canary * 3000, [canary], {one: canary, other: canary}, {one: [canary]}, {canary: canary}):
        for body in ({"secret": secret}, {**LEAST, "secret": secret}, {"encrypted_secret": secret}):
            try:
                CredentialBody().load(body)
            except ValidationError as error:
                assert "canary" not in str(error.normalized_messages())


def test_nothing_that_is_shown_has_a_place_for_a_secret() -> None:
    row = {"name": "x", "secret": CANARY, "encrypted_secret": CANARY, "rows": [CANARY], "sealed": CANARY}
    assert Credential().dump(row) == {"name": "x"}


WINDOWS = {"1m": 60_000, "30m": 1_800_000, "24h": 86_400_000, "7d": 604_800_000, "": None}


@pytest.mark.parametrize(("text", "ms"), WINDOWS.items())
def test_a_window_is_a_number_and_a_unit(text: str, ms: int | None) -> None:
    assert CredentialQuery().load({"window": text}) == ({} if ms is None else {"window_ms": ms})


@pytest.mark.parametrize("text", ["24", "h", "0h", "-1h", "1.5h", "24H", "1w", "100000h", "٢h", "1h\n1"])
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        CredentialQuery().load({"window": text})


def test_lists_are_asked_for_by_known_words_only() -> None:
    assert CredentialFilters().load({"min_success": "75", "method": "SNMP", "tag": "core", "q": "x"}) == {
        "min_success": 75,
        "method": "snmp",
        "tag": "core",
        "q": "x",
    }
    for wrong in ({"min_success": "101"}, {"method": "telnet"}, {"secret": CANARY}):
        with pytest.raises(ValidationError) as error:
            CredentialFilters().load(wrong)
        assert CANARY not in str(error.value.normalized_messages())


def test_a_rollback_may_name_its_version() -> None:
    assert Rollback().load({}) == {} and Rollback().load({"secret_version": 2}) == {"secret_version": 2}
    for wrong in (0, -1, "2", 1.5, True, 10**7):
        with pytest.raises(ValidationError):
            Rollback().load({"secret_version": wrong})


def test_no_event_has_a_place_for_a_secret_but_the_name_of_its_row() -> None:
    places = {name for schema in credential_events.EVENTS.values() for name in schema().fields}
    assert places == {"name", "username", "method", "priority", "tags", "description", "secret", "number"}
