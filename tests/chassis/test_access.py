"""Access tokens by public key alone: good ones get through, and forged ones of every kind do not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as some

from netraven_chassis import access
from netraven_chassis.access import AccessVerifier, UnknownKey, api_token_digest
from netraven_contracts.access import Caller
from netraven_contracts.errors import Unauthorized

NOW = 1_800_000_000
KEY, OTHER_KEY = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
CLAIMS = {
    "iss": "netraven",
    "sub": "u1",
    "name": "Marie",
    "role": "operator",
    "iat": NOW,
    "exp": NOW + 900,
    "jti": "j1",
    "sid": "s1",
    "ver": 3,
}


def raw(key: Any) -> bytes:
    return bytes(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwk(kid: str, key: Any, **more: str) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": text(raw(key)), **more}


JWKS = {"keys": [jwk("k1", KEY)]}


class Hand:
    """A clock that stands until it is moved."""

    time = float(NOW)

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def verifier(hand: Hand) -> AccessVerifier:
    return AccessVerifier(JWKS, hand)


def token(key: Any = KEY, alg: str = "EdDSA", header: dict[str, Any] | None = None, **claims: Any) -> str:
    kept = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not ...}
    return jwt.encode(kept, key, alg, {"kid": "k1", **(header or {})})


def odd(**claims: Any) -> Any:
    """Claims for a token, for use with **."""
    return claims


def by_hand(header: Any, payload: Any, sign: Callable[[bytes], bytes]) -> str:
    """A token as its parts say, without a library that would refuse to make it."""
    told = f"{text(json.dumps(header).encode())}.{text(json.dumps(payload).encode())}"
    return f"{told}.{text(sign(told.encode()))}"


def hmac_with(secret: bytes) -> Callable[[bytes], bytes]:
    return lambda data: hmac.new(secret, data, hashlib.sha256).digest()


def test_a_good_token_tells_its_caller(verifier: AccessVerifier) -> None:
    assert verifier.verify(token()) == Caller("u1", "Marie", "operator", "s1", 3, (NOW + 900) * 1000, False)


PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
EC, RSA = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
ED448 = ed448.Ed448PrivateKey.generate()
HEAD = {"alg": "EdDSA", "kid": "k1", "typ": "JWT"}
GOOD = token()
FORGED = {
    "nothing": "",
    "no token": "hello",
    "three dots": "...",
    "not base64": "%%%.%%%.%%%",
    "a header that is a list": f"{text(b'[]')}.{text(b'{}')}.{text(b'x')}",
    "a header that is no JSON": f"{text(b'{')}.{text(b'{}')}.{text(b'x')}",
    "an empty signature": GOOD.rsplit(".", 1)[0] + ".",
    "no signature at all": GOOD.rsplit(".", 1)[0],
    "another signature": GOOD[:-4] + "AAAA",
    "other claims under the same signature": by_hand(
        HEAD, {**CLAIMS, "role": "admin"}, lambda _: base64.urlsafe_b64decode(GOOD.rsplit(".", 1)[1] + "==")
    ),
    "another key of the same kind": token(OTHER_KEY),
    "alg none": by_hand({**HEAD, "alg": "none"}, CLAIMS, lambda _: b""),
    "alg None, spelt otherwise": by_hand({**HEAD, "alg": "nOnE"}, CLAIMS, lambda _: b""),
    "alg none with a signature": by_hand({**HEAD, "alg": "none"}, CLAIMS, KEY.sign),
    "no alg": by_hand({"kid": "k1"}, CLAIMS, KEY.sign),
    "alg that is no text": by_hand({**HEAD, "alg": ["EdDSA"]}, CLAIMS, KEY.sign),
    "HS256 with the public key, raw": by_hand({**HEAD, "alg": "HS256"}, CLAIMS, hmac_with(raw(KEY))),
    "HS256 with the public key, PEM": by_hand({**HEAD, "alg": "HS256"}, CLAIMS, hmac_with(PEM)),
    "HS256 with the public key, JWK": by_hand(
        {**HEAD, "alg": "HS256"}, CLAIMS, hmac_with(text(raw(KEY)).encode())
    ),
    "HMAC said to be EdDSA": by_hand(HEAD, CLAIMS, hmac_with(raw(KEY))),
    "ES256": token(EC, "ES256"),
    "RS256": token(RSA, "RS256"),
    "Ed448 said to be ours": token(ED448),
    "its own key in the header": token(OTHER_KEY, header={"jwk": jwk("k1", OTHER_KEY)}),
    "an extension that must be understood": token(header={"crit": ["exp2"], "exp2": 1}),
    "a kid that is no text": by_hand({**HEAD, "kid": 1}, CLAIMS, KEY.sign),
    "no kid": by_hand({"alg": "EdDSA"}, CLAIMS, KEY.sign),
    "claims that are a list": by_hand(HEAD, [1], KEY.sign),
    "another issuer": token(iss="somebody"),
    "an audience that we are not": token(aud="others"),
    "expired": token(iat=NOW - 1000, exp=NOW - 6),
    "from the future": token(iat=NOW + 60),
    "not yet": token(nbf=NOW + 10**9),
    "too long": token(name="x" * 5000),
    **{f"without {name}": token(**odd(**{name: ...})) for name in CLAIMS},
    **{f"{name} that is a number": token(**odd(**{name: 5})) for name in ("name", "role", "sid")},
    **{f"{name} that is a text": token(**odd(**{name: "5"})) for name in ("ver",)},
    **{
        f"{name} that is true": by_hand(HEAD, {**CLAIMS, name: True}, KEY.sign)
        for name in ("iat", "exp", "ver")
    },
    **{
        f"{name} that is a fraction": by_hand(HEAD, {**CLAIMS, name: 1.5}, KEY.sign)
        for name in ("exp", "ver")
    },
    "exp without end": by_hand(HEAD, {**CLAIMS, "exp": float("inf")}, KEY.sign),
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_forged_token_is_refused(verifier: AccessVerifier, forged: str) -> None:
    for _ in range(2):  # and is not remembered as good either
        with pytest.raises(Unauthorized):
            verifier.verify(forged)


@given(some.integers(0, len(GOOD) - 1), some.sampled_from("ABCxyz019-_.="))
def test_no_changed_character_gets_through(at: int, letter: str) -> None:
    changed = GOOD[:at] + letter + GOOD[at + 1 :]
    verifier = AccessVerifier(JWKS, Hand())
    # The last character of a part has bits that stand for nothing: such a token is the same one.
    if changed == GOOD or (GOOD + ".")[at + 1] == ".":
        return
    with pytest.raises(Unauthorized):
        verifier.verify(changed)


@given(some.text())
def test_no_text_makes_it_stumble(garbage: str) -> None:
    with pytest.raises(Unauthorized):
        AccessVerifier(JWKS, Hand()).verify(garbage)


def test_a_few_seconds_between_clocks_are_forgiven(verifier: AccessVerifier, hand: Hand) -> None:
    ahead, over = token(iat=NOW + 4), token(exp=NOW - 4, iat=NOW - 900)
    assert verifier.verify(ahead).user_id == verifier.verify(over).user_id == "u1"


def test_a_token_that_was_good_ends_at_its_time_also_when_it_is_remembered(
    verifier: AccessVerifier, hand: Hand
) -> None:
    good = token()
    verifier.verify(good)
    hand.time += 904
    verifier.verify(good)
    hand.time += 2
    with pytest.raises(Unauthorized, match="expired"):
        verifier.verify(good)


def test_an_unknown_key_is_told_apart_so_that_auth_can_be_asked(verifier: AccessVerifier) -> None:
    new = token(OTHER_KEY, header={"kid": "k2"})
    with pytest.raises(UnknownKey):
        verifier.verify(new)
    verifier.use({"keys": [jwk("k1", KEY), jwk("k2", OTHER_KEY)]})
    assert verifier.verify(new).user_id == verifier.verify(token()).user_id == "u1"


def test_a_key_that_is_taken_away_takes_its_remembered_tokens_along(verifier: AccessVerifier) -> None:
    good = token()
    verifier.verify(good)
    verifier.use({"keys": []})
    with pytest.raises(UnknownKey):
        verifier.verify(good)


def test_only_public_ed25519_keys_are_taken() -> None:
    others: list[dict[str, str]] = [
        {"kty": "oct", "kid": "k1", "k": text(b"secret")},
        jwk("k1", KEY, d=text(b"x" * 32)),
        {"kty": "OKP", "crv": "Ed448", "kid": "k1", "x": text(raw(ED448))},
        {"kty": "OKP", "crv": "X25519", "kid": "k1", "x": text(raw(KEY))},
    ]
    for other in others:
        with pytest.raises(UnknownKey):
            AccessVerifier({"keys": [other]}, Hand()).verify(token())


def test_a_hot_token_is_checked_once_and_memory_is_bounded(
    verifier: AccessVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, checked = token(), list[str]()
    check = verifier._check

    def counted(one: str) -> Caller:
        checked.append(one)
        return check(one)

    monkeypatch.setattr(verifier, "_check", counted)
    for _ in range(1000):
        verifier.verify(good)
    assert checked == [good]
    monkeypatch.setattr(access, "REMEMBERED", 10)
    for number in range(25):
        verifier.verify(token(jti=str(number)))
    assert len(verifier._seen) == 10


@pytest.mark.parametrize("other", ["", "nrt_", "nrt_" + "a" * 42, "nrt_" + "a" * 44, "nrr_" + "a" * 43, GOOD])
def test_only_what_looks_like_an_api_token_has_a_digest(other: str) -> None:
    assert api_token_digest(other) is None
    good = "nrt_" + "a" * 43
    assert api_token_digest(good) == hashlib.sha256(good.encode()).hexdigest()
