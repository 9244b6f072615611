"""Private keys from their texts, and what is said of those that cannot be used."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from netraven_jobs.failures import Failed
from netraven_jobs.keys import private_key

KEYS: dict[str, Any] = {
    "ssh-ed25519": ed25519.Ed25519PrivateKey.generate(),
    "ecdsa-sha2-nistp256": ec.generate_private_key(ec.SECP256R1()),
    "ssh-rsa": rsa.generate_private_key(65537, 2048),
}


def _text(kind: str, passphrase: str | None = None) -> str:
    sealed: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        sealed = serialization.BestAvailableEncryption(passphrase.encode())
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, sealed)
    return str(KEYS[kind].private_bytes(*form).decode())


@pytest.mark.parametrize("kind", KEYS)
def test_each_kind_is_read_with_and_without_a_passphrase(kind: str) -> None:
    assert private_key(_text(kind), None).get_name() == kind
    assert private_key(_text(kind).rstrip("\n"), None).get_name() == kind
    assert private_key(_text(kind, "canary"), "canary").get_name() == kind


@pytest.mark.parametrize("passphrase", [None, "canary-wrong"])
def test_a_key_that_cannot_be_opened_is_an_authentication_error(passphrase: str | None) -> None:
    with pytest.raises(Failed, match="passphrase") as raised:
        private_key(_text("ssh-ed25519", "canary-right"), passphrase)
    assert raised.value.error_class == "AUTHENTICATION"
    assert "canary" not in str(raised.value)


def test_what_is_no_key_is_told_so() -> None:
    with pytest.raises(Failed, match="cannot be read"):
        private_key("canary", None)
