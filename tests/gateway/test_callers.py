"""Who asks, over a real bus in memory: an auth that signs, is followed, falls silent and goes away."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from typing import Any

import eventlet
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eventlet.event import Event
from nameko import config
from nameko.containers import ServiceContainer

from netraven_chassis.eventlog.commit import from_document
from netraven_contracts.access import Caller
from netraven_contracts.errors import Unauthorized
from netraven_gateway import callers
from netraven_gateway.callers import Callers, bearer, host_name
from tests.gateway.small_auth import (
    API_TOKEN,
    AUTH,
    Auth,
    SmallAuth,
    SmallGateway,
    ask,
    port_of,
    saying,
)
from tests.patience import until
from tests.servers.services import running


@pytest.fixture(autouse=True)
def in_memory(settings_for: Callable[..., Any]) -> Iterator[None]:
    settings_for(NETRAVEN_PORT="0", NETRAVEN_STOP_TIMEOUT_SECONDS="3")
    AUTH.__init__()  # type: ignore[misc]
    with config.patch({"AMQP_URI": f"embedded://{time.monotonic_ns()}", "max_workers": 20, "HEARTBEAT": 5}):
        yield


@pytest.fixture
def gateway() -> Iterator[ServiceContainer]:
    """One that follows auth's log already."""
    with running(SmallAuth, SmallGateway) as (_, gateway):
        until(lambda: "access_list" in AUTH.calls)
        yield gateway


@pytest.fixture
def port(gateway: ServiceContainer) -> int:
    return port_of(gateway)


@pytest.fixture
def doubtful(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From then on what was heard was long ago, and what was asked too."""

    def doubt() -> None:
        monkeypatch.setattr(callers, "SILENCE_SECONDS", -1.0)
        monkeypatch.setattr(callers, "_ASK_EVERY_SECONDS", -1.0)

    return doubt


def test_a_good_token_is_a_caller_and_auth_is_asked_for_keys_once(port: int) -> None:
    assert ask(port, AUTH.token()) == (200, b'["u1","operator"]')
    for _ in range(5):
        assert ask(port, AUTH.token())[0] == 200
    assert AUTH.calls.count("keys") == 1


def test_without_a_token_only_open_routes_answer(port: int) -> None:
    assert ask(port, None)[0] == 401
    assert ask(port, None, path="/open")[0] == 200


@pytest.mark.parametrize("token", ["x", "a.b.c", "..", "nrt_short", "é", "x" * 8000])
def test_nonsense_is_no_token(port: int, token: str) -> None:
    assert ask(port, token)[0] in (400, 401)


def test_a_forged_token_is_refused(port: int) -> None:
    other = Auth()
    assert ask(port, other.token())[0] == 401
    good = AUTH.token()
    head, _, signature = good.split(".")
    payload = orjson.loads(base64.urlsafe_b64decode(good.split(".")[1] + "=="))
    forged = base64.urlsafe_b64encode(orjson.dumps({**payload, "role": "admin"})).rstrip(b"=").decode()
    assert ask(port, f"{head}.{forged}.{signature}")[0] == 401


def test_the_role_decides(port: int) -> None:
    assert ask(port, AUTH.token("viewer"), "POST", "/change")[0] == 403
    assert ask(port, AUTH.token("operator"), "POST", "/change")[0] == 200
    assert ask(port, AUTH.token("operator"), "DELETE", "/all")[0] == 403
    assert ask(port, AUTH.token("admin"), "DELETE", "/all")[0] == 200
    assert ask(port, AUTH.token("superadmin"))[0] == 403


def test_a_new_key_is_learned_when_a_token_names_it(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(port, AUTH.token())[0] == 200
    monkeypatch.setattr(callers, "_ASK_EVERY_SECONDS", 0.0)
    AUTH.key, AUTH.kid = Ed25519PrivateKey.generate(), "k2"
    assert ask(port, AUTH.token())[0] == 200


def test_unknown_keys_do_not_make_auth_answer_every_time(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "_ASK_EVERY_SECONDS", 600.0)
    stranger = Auth()
    stranger.kid = "unknown"
    for _ in range(20):
        assert ask(port, stranger.token())[0] == 401
    assert AUTH.calls.count("keys") == 1


@pytest.mark.parametrize(
    "event",
    [("UserDisabled", {}), ("UserRoleChanged", {"role": "viewer"}), ("UserPasswordChanged", {})],
)
def test_what_ends_a_user_ends_the_tokens_at_once(
    gateway: ServiceContainer, port: int, event: tuple[str, dict[str, Any]]
) -> None:
    token = AUTH.token()
    with saying(gateway) as say:
        say()
        assert ask(port, token)[0] == 200
        say("user-u1", 2, event)
        assert ask(port, token)[0] == 401
        if event[0] != "UserDisabled":
            assert ask(port, AUTH.token(version=2))[0] == 200


def test_the_end_of_a_session_ends_its_token_and_no_other(gateway: ServiceContainer, port: int) -> None:
    with saying(gateway) as say:
        say()
        say("session-s1", 2, ("SessionEnded", {}))
        assert ask(port, AUTH.token())[0] == 401
        assert ask(port, AUTH.token(sid="s2"))[0] == 200


def test_as_long_as_auth_is_heard_it_is_not_asked(
    gateway: ServiceContainer, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "_ASK_EVERY_SECONDS", -1.0)
    with saying(gateway) as say:
        say()
        ask(port, AUTH.token())
        asked = len(AUTH.calls)
        for _ in range(3):
            assert ask(port, AUTH.token())[0] == 200
        assert len(AUTH.calls) == asked


def test_after_too_long_a_silence_auth_is_asked_before_a_token_is_trusted(
    gateway: ServiceContainer, port: int, doubtful: Callable[[], None]
) -> None:
    with saying(gateway) as say:
        say()
    assert ask(port, AUTH.token())[0] == 200
    doubtful()
    AUTH.users["u1"] = {"role": "operator", "enabled": False, "not_before": 2}
    assert ask(port, AUTH.token())[0] == 401


def test_after_too_long_a_silence_nobody_gets_in_when_auth_does_not_answer(
    doubtful: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(SmallAuth, SmallGateway) as (auth, gateway):
        with saying(gateway) as say:
            say()
        token, port = AUTH.token(), port_of(gateway)
        assert ask(port, token)[0] == 200
        auth.stop()
        assert ask(port, token)[0] == 200
        doubtful()
        monkeypatch.setattr(callers, "_TIMEOUT_SECONDS", 0.3)
        status, body = ask(port, token)
        assert (status, orjson.loads(body)["code"]) == (503, "SERVICE_UNAVAILABLE")


def test_a_gateway_that_never_heard_of_auth_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "_TIMEOUT_SECONDS", 0.3)
    with running(SmallGateway) as (gateway,):
        assert ask(port_of(gateway), AUTH.token())[0] == 503
        assert ask(port_of(gateway), None)[0] == 401
        assert ask(port_of(gateway), None, path="/open")[0] == 200


def test_a_revocation_heard_while_the_list_is_on_its_way_is_kept() -> None:
    class Slow(Callers):
        def _auth(self) -> Any:
            self._on_commits([disabled])
            return self

        def access_list(self) -> dict[str, Any]:
            return {"users": {"u1": {"role": "operator", "enabled": True, "not_before": 1}}, "ended": {}}

    disabled = from_document(
        {
            **dict.fromkeys(("request_id", "causation_id", "command_id", "body_hash")),
            "stream": "user-u1", "first": 2, "events": [{"t": "UserDisabled", "v": 1, "d": {}}],
            "position": 2, "at": 0, "actor": {},
        }
    )  # fmt: skip
    who_knows = Slow()
    who_knows._ask_for_list()
    with pytest.raises(Unauthorized):
        who_knows._access.check(Caller("u1", "n", "operator", "s", 1, 0))


def test_those_who_come_at_once_share_a_question_that_was_asked_after_they_came() -> None:
    class Crowded(Callers):
        def _auth(self) -> Any:
            return self

        def access_list(self) -> dict[str, Any]:
            asked.append(len(asked))
            answer.wait()
            return {"users": {}, "ended": {}}

        def keys(self) -> dict[str, Any]:
            return {"keys": self.access_list() and []}

    answer, asked = Event(), []  # type: ignore[var-annotated]
    crowd, token = Crowded(), AUTH.token()
    threads = [eventlet.spawn(crowd._ask_for_list) for _ in range(50)]
    threads += [eventlet.spawn(pytest.raises, Unauthorized, crowd._verify, token) for _ in range(50)]
    until(lambda: len(asked) == 2)  # the first of both kinds, behind whom all others stand
    answer.send()
    for thread in threads:
        thread.wait()
    assert len(asked) == 4


def test_an_api_token_is_asked_for_once_a_minute_and_may_only_read(port: int) -> None:
    for _ in range(3):
        assert ask(port, API_TOKEN) == (200, b'["u1","operator"]')
    assert AUTH.calls.count("api_token") == 1
    assert ask(port, API_TOKEN, "POST", "/change")[0] == 403


@pytest.mark.parametrize(
    ("event", "role"),
    [(("UserRoleChanged", {"role": "viewer"}), "viewer"), (("UserPasswordChanged", {}), "operator")],
)
def test_an_api_token_outlives_changes_of_its_user_and_carries_them_at_once(
    gateway: ServiceContainer, port: int, event: tuple[str, dict[str, Any]], role: str
) -> None:
    with saying(gateway) as say:
        say()
        assert ask(port, API_TOKEN) == (200, b'["u1","operator"]')
        say("user-u1", 2, event)
        AUTH.robot = {"role": role, "version": 2}
        for _ in range(3):
            assert ask(port, API_TOKEN) == (200, orjson.dumps(["u1", role]))
        assert AUTH.calls.count("api_token") == 2


def test_an_api_token_that_was_revoked_is_refused_although_it_was_known(
    gateway: ServiceContainer, port: int
) -> None:
    with saying(gateway) as say:
        say()
        assert ask(port, API_TOKEN)[0] == 200
        say("token-t1", 2, ("ApiTokenRevoked", {}))
        assert ask(port, API_TOKEN)[0] == 401


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic x", "Token x", "Bearer a b", "x"])
def test_what_is_no_bearer_header_is_refused(header: str | None) -> None:
    with pytest.raises(Unauthorized):
        bearer(header)


def test_a_bearer_header_may_be_written_in_any_case() -> None:
    assert bearer("bearer  abc ") == "abc"


@pytest.mark.parametrize(
    ("host", "name"), [("LocalHost:8080", "localhost"), ("[::1]:80", "::1"), ("[::1]", "::1"), ("a", "a")]
)
def test_the_name_in_a_host_header(host: str, name: str) -> None:
    assert host_name(host) == name
