"""Logging in, staying in, leaving; and every kind of token that is none."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from tests.patience import patience
from tests.servers.netraven import PASSWORD, Api, System

Address = Callable[[], str]


def log_in(api: Api, address: str, password: str = PASSWORD, user: str = "admin") -> tuple[int, Any, Any]:
    return api("POST", "/auth/token", {"username": user, "password": password}, X_Forwarded_For=address)


def part(data: Any) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def claims_of(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def test_a_log_in_gives_tokens_on_the_top_level_and_in_data(anyone: Api, address: Address) -> None:
    status, body, headers = log_in(anyone, address())
    assert status == 200
    for place in (body, body["data"]):
        assert place["token_type"] == "Bearer" and place["expires_in"] == 900
        assert place["access_token"] and place["refresh_token"]
    assert headers["Cache-Control"] == "no-store"
    assert jwt.get_unverified_header(body["access_token"])["alg"] == "EdDSA"


def test_a_form_will_do(anyone: Api, address: Address) -> None:
    form = f"grant_type=password&username=admin&password={PASSWORD}&scope=".encode()
    kind = "application/x-www-form-urlencoded"
    status, body, _ = anyone("POST", "/auth/token", form, Content_Type=kind, X_Forwarded_For=address())
    assert (status, body["token_type"]) == (200, "Bearer")


def test_the_caller_is_told_who_it_is(admin: Api) -> None:
    status, body, _ = admin("GET", "/users/me")
    assert (status, body["data"]["username"], body["data"]["role"]) == (200, "admin", "admin")
    assert "password" not in json.dumps(body)


def test_a_refresh_gives_new_tokens_once(anyone: Api, address: Address) -> None:
    first = log_in(anyone, address())[1]
    status, second, _ = anyone("POST", "/auth/refresh", {"refresh_token": first["refresh_token"]})
    assert status == 200
    assert second["refresh_token"] != first["refresh_token"]
    anyone.token = second["access_token"]
    assert anyone("GET", "/users/me")[0] == 200
    assert anyone("POST", "/auth/refresh", {"refresh_token": "x"})[0] == 401


def test_who_lost_the_answer_to_a_refresh_asks_again_and_stays_in(anyone: Api, address: Address) -> None:
    first = log_in(anyone, address())[1]
    lost, again = (
        anyone("POST", "/auth/refresh", {"refresh_token": first["refresh_token"]}, Idempotency_Key="k")
        for _ in range(2)
    )
    assert (lost[0], again[0]) == (200, 200)
    assert "Idempotency-Key" not in again[2]
    anyone.token = again[1]["access_token"]
    assert anyone("GET", "/users/me")[0] == 200
    assert anyone("POST", "/auth/refresh", {"refresh_token": again[1]["refresh_token"]})[0] == 200
    # What was lost is in somebody else's hands when it is shown.
    assert anyone("POST", "/auth/refresh", {"refresh_token": lost[1]["refresh_token"]})[0] == 401
    anyone.until(401, "GET", "/users/me")


def test_leaving_ends_the_session_within_a_second(anyone: Api, address: Address) -> None:
    tokens = log_in(anyone, address())[1]
    anyone.token = tokens["access_token"]
    assert anyone("GET", "/users/me")[0] == 200
    assert anyone("POST", "/auth/logout", {"refresh_token": tokens["refresh_token"]})[0] == 204
    left = time.monotonic()
    while anyone("GET", "/users/me")[0] != 401:
        assert time.monotonic() - left < patience(2)
        time.sleep(0.05)
    assert anyone("POST", "/auth/refresh", {"refresh_token": tokens["refresh_token"]})[0] == 401


def test_a_wrong_password_and_an_unknown_user_look_the_same(anyone: Api, address: Address) -> None:
    wrong = log_in(anyone, address(), "wrong")
    unknown = log_in(anyone, address(), user="nobody-here")
    assert wrong[0] == unknown[0] == 401
    assert wrong[1] == unknown[1]


def test_five_failures_from_an_address_stop_it_for_a_while(anyone: Api, address: Address) -> None:
    mine = address()
    for number in range(5):
        assert log_in(anyone, mine, "wrong", f"ghost-{number}")[0] == 401
    status, body, headers = log_in(anyone, mine)
    assert (status, body["code"]) == (429, "RATE_LIMITED")
    assert 0 < int(headers["Retry-After"]) <= 60
    assert log_in(anyone, address())[0] == 200


@pytest.mark.parametrize(
    "body",
    [{}, {"username": "admin"}, {"username": 1, "password": 2}, {"username": "", "password": ""}, [], "x"],
)
def test_half_a_log_in_is_none(anyone: Api, body: Any) -> None:
    assert anyone("POST", "/auth/token", body)[:1] == (400,)


def test_a_body_too_large_for_a_log_in_is_refused(anyone: Api) -> None:
    status, body, _ = anyone("POST", "/auth/token", {"username": "x" * 20_000, "password": "x"})
    assert (status, body["code"]) == (413, "PAYLOAD_TOO_LARGE")


def test_a_ticket_for_streams_is_given(admin: Api) -> None:
    status, body, _ = admin("POST", "/auth/stream-ticket")
    assert (status, body["data"]["expires_in"]) == (200, 30)
    assert len(body["data"]["ticket"]) >= 32


def signing_key(system: System) -> Any:
    pem = system.of("auth")[0].folder / "data" / "auth" / "signing-key.pem"
    return load_pem_private_key(pem.read_bytes(), None)


def forgeries(system: System, good: str) -> dict[str, str]:
    """Tokens that must not be taken, by what is wrong with them."""
    key: Any = signing_key(system)
    header, claims = jwt.get_unverified_header(good), claims_of(good)
    head, payload, signature = good.split(".")
    now = int(time.time())
    public = key.public_key()
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def hmac_signed(secret: bytes) -> str:
        signed = f"{part({**header, 'alg': 'HS256'})}.{payload}"
        return f"{signed}.{part(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"

    def signed(**changes: Any) -> str:
        return jwt.encode({**claims, **changes}, key, "EdDSA", {"kid": header["kid"]})

    endless = {name: value for name, value in claims.items() if name != "exp"}
    return {
        "no algorithm": f"{part({**header, 'alg': 'none'})}.{payload}.",
        "no algorithm, other spelling": f"{part({**header, 'alg': 'nOnE'})}.{payload}.",
        "HMAC with the public key": hmac_signed(raw),
        "HMAC with the public key as PEM": hmac_signed(pem),
        "another payload": f"{head}.{part({**claims, 'role': 'superadmin'})}.{signature}",
        "no signature": f"{head}.{payload}.",
        "another key": jwt.encode(claims, "k" * 32, "HS256", {"kid": header["kid"]}),
        "an unknown key": jwt.encode(claims, key, "EdDSA", {"kid": "unknown"}),
        "a key from elsewhere": f"{part({**header, 'jku': 'http://127.0.0.1/k'})}.{payload}.{signature}",
        "expired": signed(iat=now - 2000, exp=now - 1000),
        "from tomorrow": signed(iat=now + 86_400, exp=now + 90_000),
        "without an end": jwt.encode(endless, key, "EdDSA", {"kid": header["kid"]}),
        "another issuer": signed(iss="elsewhere"),
        "a role that is a list": signed(role=["admin"]),
    }


def test_forged_tokens_of_every_kind_are_refused(system: System, anyone: Api, address: Address) -> None:
    good = log_in(anyone, address())[1]["access_token"]
    anyone.token = good
    assert anyone("GET", "/users/me")[0] == 200
    for wrong, token in forgeries(system, good).items():
        anyone.token = token
        status, body, _ = anyone("GET", "/users/me")
        assert (status, body["code"]) == (401, "UNAUTHORIZED"), wrong
        assert anyone("DELETE", f"/devices/{'0' * 24}")[0] == 401, wrong


def test_a_token_with_the_right_key_is_good_so_that_the_forgeries_fail_for_their_own_reason(
    system: System, anyone: Api, address: Address
) -> None:
    good = log_in(anyone, address())[1]["access_token"]
    kid = jwt.get_unverified_header(good)["kid"]
    anyone.token = jwt.encode({**claims_of(good), "jti": "again"}, signing_key(system), "EdDSA", {"kid": kid})
    assert anyone("GET", "/users/me")[0] == 200


def test_no_password_and_no_token_stand_in_any_log(system: System, anyone: Api, address: Address) -> None:
    tokens = log_in(anyone, address())[1]
    anyone.token = tokens["access_token"]
    anyone("GET", "/users/me")
    log_in(anyone, address(), "a-wrong-but-telling-password")
    time.sleep(0.3)
    secrets = [PASSWORD, "a-wrong-but-telling-password", tokens["access_token"], tokens["refresh_token"]]
    for instance in system.instances:
        text = instance.log.read_text()
        assert not any(secret in text for secret in secrets), instance.name
