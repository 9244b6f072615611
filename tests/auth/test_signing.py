"""The signing key: one for all who start at once, private in its file, public in the database."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import eventlet
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from netraven_auth.signing import BadKey, PublicKeys, SigningKey, from_file, from_folder


def pem(key: Any, encryption: Any = None) -> bytes:
    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption()))


def test_the_first_start_makes_a_key_for_its_owner_alone_and_later_ones_keep_it(tmp_path: Path) -> None:
    first, again = from_folder(tmp_path / "data"), from_folder(tmp_path / "data")
    assert first.kid == again.kid
    path = tmp_path / "data" / "auth" / "signing-key.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir()] == ["signing-key.pem"]


def test_of_many_that_start_at_once_all_have_the_same_key(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from netraven_auth.signing import from_folder; sys.stdin.read(); "
        "print(from_folder(pathlib.Path(sys.argv[1])).kid)"
    )
    # Processes, since greenthreads would not interrupt each other here; all wait for the same word.
    command = [sys.executable, "-W", "ignore", "-c", program, str(tmp_path)]
    children = [Popen(command, stdin=PIPE, stdout=PIPE, text=True) for _ in range(4)]
    for child in children:
        assert child.stdin is not None
        child.stdin.close()
    kids = {child.stdout.read() for child in children if child.stdout is not None}
    assert [child.wait() for child in children] == [0] * 4
    for child in children:
        assert child.stdout is not None
        child.stdout.close()
    assert len(kids) == 1


BROKEN = {
    "nothing": b"",
    "no key": b"hello",
    "another kind of key": pem(rsa.generate_private_key(65537, 2048)),
    "a key with a passphrase": pem(Ed25519PrivateKey.generate(), BestAvailableEncryption(b"x")),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_file_that_holds_something_else_is_refused_with_the_remedy(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(content)
    with pytest.raises(BadKey, match="openssl genpkey"):
        from_file(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadKey, match=r"missing\.pem"):
        from_file(tmp_path / "missing.pem")


def test_neither_key_nor_text_of_it_shows_in_a_repr() -> None:
    key = SigningKey(Ed25519PrivateKey.generate())
    assert "private" not in repr(key)
    assert "SigningKey" in repr(key)


def test_the_name_of_a_key_is_its_thumbprint() -> None:
    """The example of RFC 8037, appendices A.1 to A.3."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    key = SigningKey(Ed25519PrivateKey.from_private_bytes(seed))
    assert key.public == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert key.kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"[:16]


def test_every_instance_makes_its_key_known_and_the_private_half_is_nowhere_in_the_database(
    database: Any, tmp_path: Path
) -> None:
    keys = PublicKeys(database)
    keys.prepare()
    one, other = from_folder(tmp_path / "one"), from_folder(tmp_path / "other")
    for key in (one, other, one):
        keys.publish(key)
    found = keys.jwks()["keys"]
    assert {key["kid"] for key in found} == {one.kid, other.kid}
    assert all(set(key) == {"kty", "crv", "use", "alg", "kid", "x"} for key in found)
    assert database["signing_keys"].index_information()["seen_1"]["expireAfterSeconds"] == 3600


def test_threads_of_one_process_agree_too(tmp_path: Path) -> None:
    pool = eventlet.GreenPool()
    assert len({key.kid for key in pool.imap(lambda _: from_folder(tmp_path), range(8))}) == 1
