"""Auth as it runs: in a container, over a bus, with followers; in memory, and two instances over RabbitMQ."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import eventlet
import nameko
import pytest
import structlog
from nameko.containers import ServiceContainer
from pymongo import MongoClient

from netraven_auth.service import AuthService
from netraven_chassis import logs, mongo, settings
from netraven_chassis.access import AccessVerifier, api_token_digest
from netraven_chassis.bus import transport
from netraven_chassis.bus.client import Caller as BusCaller
from netraven_chassis.feed import Feed
from netraven_contracts.access import AccessList, Caller
from netraven_contracts.errors import (
    Conflict,
    DuplicateName,
    NotFound,
    RateLimited,
    Unauthorized,
    ValidationFailed,
)
from tests.auth.conftest import OTHER_PASSWORD, PASSWORD

ADMIN = {"id": "0" * 24, "name": "admin", "role": "admin"}


@pytest.fixture(params=["embedded", "rabbitmq"])
def uri(request: pytest.FixtureRequest) -> str:
    if request.param == "embedded":
        transport.register()
        return f"embedded://{secrets.token_hex(4)}"
    return str(request.getfixturevalue("amqp_uri"))


@pytest.fixture
def bus(uri: str, mongod: Any, settings_for: Callable[..., Any], tmp_path: Path) -> Iterator[str]:
    prefix = f"t{secrets.token_hex(4)}"
    settings_for(
        MONGODB_URI=mongod.uri,
        NETRAVEN_DATABASE_PREFIX=prefix,
        NETRAVEN_DATA=str(tmp_path),
        NETRAVEN_ADMIN_PASSWORD=PASSWORD,
    )
    mongo.close()
    with nameko.config.patch({"AMQP_URI": uri, "HEARTBEAT": 5, "max_workers": 100}):
        yield uri
    mongo.close()
    client: MongoClient[dict[str, Any]] = MongoClient(mongod.uri)
    client.drop_database(f"{prefix}_auth")
    client.close()


@contextmanager
def running(*services: type) -> Iterator[list[ServiceContainer]]:
    containers = [ServiceContainer(service) for service in services]
    for container in containers:
        container.start()
    try:
        yield containers
    finally:
        for container in reversed(containers):
            container.stop()


@pytest.fixture
def auth(bus: str) -> Iterator[Any]:
    """A client of auth: two instances over a broker; in memory there only ever is one."""
    caller = BusCaller(bus, "test")
    caller.start()
    with running(*[AuthService] * (1 if bus.startswith("embedded") else 2)):
        yield caller.client("auth", timeout=20, data={"actor": ADMIN, "request_id": "r1"})
    caller.stop()


def log_in(auth: Any, username: str = "admin", password: str = PASSWORD) -> dict[str, Any]:
    return dict(auth.issue_token(username=username, password=password, address="192.0.2.1"))


def new_user(auth: Any, username: str, role: str = "viewer") -> str:
    user = {"username": username, "role": role, "password": PASSWORD, "enabled": True}
    return str(auth.create_user(user=user)["id"])


def who(auth: Any, tokens: dict[str, Any]) -> Caller:
    return AccessVerifier(auth.keys()).verify(tokens["access_token"])


def test_somebody_logs_in_stays_in_and_leaves(auth: Any) -> None:
    tokens = log_in(auth)
    caller = who(auth, tokens)
    assert (caller.name, caller.role) == ("admin", "admin")
    me = auth.raw("me", user_id=caller.user_id)
    assert me.meta["version"] == 1
    assert auth.me(user_id=caller.user_id)["last_login"] is not None
    again = auth.refresh(refresh_token=tokens["refresh_token"])
    assert who(auth, again).session == caller.session
    auth.logout(refresh_token=again["refresh_token"])
    with pytest.raises(Unauthorized):
        auth.refresh(refresh_token=again["refresh_token"])
    assert auth.access_list()["ended"].keys() == {caller.session}


def test_errors_arrive_as_themselves(auth: Any) -> None:
    with pytest.raises(Unauthorized):
        log_in(auth, password="wrong")
    with pytest.raises(NotFound):
        auth.show_user(user_id="f" * 24)
    new_user(auth, "marie")
    with pytest.raises(DuplicateName):
        new_user(auth, "Marie")
    with pytest.raises(ValidationFailed) as error:
        auth.create_user(user={"username": "ben", "role": "viewer", "password": "short", "enabled": True})
    assert list(error.value.details) == ["password"]
    with pytest.raises(Conflict, match="last admin"):
        auth.disable_user(user_id=who(auth, log_in(auth)).user_id)


def test_both_instances_hold_back_who_fails_too_often(auth: Any) -> None:
    for _ in range(5):
        with pytest.raises(Unauthorized):
            log_in(auth, "nobody", "wrong")
    with pytest.raises(RateLimited) as error:
        log_in(auth, "nobody", "wrong")
    assert 50 < error.value.details["retry_after"] <= 60


def test_users_are_listed_by_page_filter_and_order(auth: Any) -> None:
    for name in ("Marie", "ben", "Zoe", "anna.b"):
        new_user(auth, name, "operator" if name == "ben" else "viewer")
    auth.disable_user(user_id=auth.index_users(filters={"username": "ZOE"}, page=1, size=9, sort=[])[0]["id"])

    def names(sort: Sequence[str] = (), page: int = 1, size: int = 25, **filters: Any) -> list[str]:
        return [
            row["username"]
            for row in auth.index_users(filters=filters, page=page, size=size, sort=list(sort))
        ]

    assert names() == ["admin", "anna.b", "ben", "Marie", "Zoe"]
    assert names(["-username"], page=2, size=2) == ["ben", "anna.b"]
    assert names(["role", "-username"]) == ["admin", "ben", "Zoe", "Marie", "anna.b"]
    assert names(enabled=False) == ["Zoe"]
    assert names(role="viewer", enabled=True) == ["anna.b", "Marie"]
    assert names(q="A") == ["admin", "anna.b", "Marie"]
    assert names(q=".") == ["anna.b"]
    assert auth.raw("index_users", filters={"role": "viewer"}, page=1, size=1, sort=[]).meta == {"total": 3}


def test_of_two_demotions_of_the_last_two_admins_at_once_one_wins(auth: Any) -> None:
    admin, marie = who(auth, log_in(auth)).user_id, new_user(auth, "marie", "admin")

    def demote(user_id: str) -> str:
        try:
            auth.change_user(user_id=user_id, changes={"role": "viewer"})
        except Conflict:
            return "refused"
        return "demoted"

    assert sorted(eventlet.GreenPool().imap(demote, [admin, marie])) == ["demoted", "refused"]
    assert len(auth.index_users(filters={"role": "admin"}, page=1, size=9, sort=[])) == 1


def test_a_password_change_ends_all_sessions_and_opens_one(auth: Any) -> None:
    user_id = new_user(auth, "marie")
    before = log_in(auth, "marie")
    after = auth.change_own_password(user_id=user_id, current_password=PASSWORD, new_password=OTHER_PASSWORD)
    with pytest.raises(Unauthorized):
        auth.refresh(refresh_token=before["refresh_token"])
    assert auth.refresh(refresh_token=after["refresh_token"])
    access = AccessList()
    access.reset(auth.access_list())
    access.check(who(auth, after))
    with pytest.raises(Unauthorized):
        access.check(who(auth, before))
    assert log_in(auth, "marie", OTHER_PASSWORD)


def test_programs_have_tokens_and_streams_have_tickets(auth: Any) -> None:
    user_id = new_user(auth, "marie", "operator")
    made = auth.create_api_token(user_id=user_id, token={"name": "script", "read_only": True})
    caller = Caller(**auth.authenticate_api_token(digest=api_token_digest(made["token"])))
    assert (caller.name, caller.role, caller.read_only) == ("marie", "operator", True)
    listed = auth.raw("index_api_tokens", user_id=user_id, filters={}, page=1, size=25, sort=["-created_at"])
    assert listed.meta == {"total": 1}
    ticket = auth.stream_ticket(user_id=user_id, session=caller.session, read_only=True)["ticket"]
    auth.revoke_api_token(user_id=user_id, token_id=made["id"])
    for refused in (
        lambda: auth.authenticate_api_token(digest=api_token_digest(made["token"])),
        lambda: auth.redeem_ticket(ticket=ticket),
    ):
        with pytest.raises(Unauthorized):
            refused()
    ticket = auth.stream_ticket(user_id=user_id, session="s1")["ticket"]
    assert Caller(**auth.redeem_ticket(ticket=ticket)).name == "marie"
    assert auth.user_logins(user_id=user_id) == []


class Gateway:
    """What a gateway does with auth's log, and no more."""

    name = "gateway"
    feed = Feed("auth")


def test_whoever_follows_the_log_turns_a_disabled_user_away_within_a_second(auth: Any) -> None:
    access = AccessList()

    def reset() -> None:
        access.reset(auth.access_list())

    def seconds_until_refused(change: Callable[[], Any], caller: Caller) -> float:
        access.check(caller)
        change()
        began = time.monotonic()
        while time.monotonic() < began + 5:
            try:
                access.check(caller)
            except Unauthorized:
                return time.monotonic() - began
            eventlet.sleep(0.005)
        raise AssertionError("still let in")

    container = ServiceContainer(Gateway)
    (feed,) = container.dependencies
    feed.subscribe("auth", access.apply, reset)
    container.start()
    try:
        marie, changes = new_user(auth, "marie", "operator"), auth.change_user
        ending: list[Callable[[dict[str, Any]], Any]] = [
            lambda _: changes(user_id=marie, changes={"role": "viewer"}),
            lambda _: changes(user_id=marie, changes={"password": PASSWORD + "!"}),
            lambda _: changes(user_id=marie, changes={"password": PASSWORD}),
            lambda tokens: auth.logout(refresh_token=tokens["refresh_token"]),
            lambda _: auth.disable_user(user_id=marie),
        ]
        callers: list[Caller] = []
        for end in ending:
            tokens = log_in(auth, "marie", PASSWORD + ("!" if len(callers) == 2 else ""))
            callers.append(who(auth, tokens))
            assert seconds_until_refused(lambda: end(tokens), callers[-1]) < 1  # noqa: B023 - called at once
        reset()
        for caller in callers:
            with pytest.raises(Unauthorized):
                access.check(caller)
    finally:
        container.stop()


def test_a_rebuilt_view_is_the_same_as_the_live_one(auth: Any) -> None:
    marie, ben = new_user(auth, "marie", "admin"), new_user(auth, "ben")
    auth.change_user(user_id=marie, changes={"role": "viewer", "password": OTHER_PASSWORD})
    auth.disable_user(user_id=ben)
    made = auth.create_api_token(user_id=ben, token={"name": "script", "read_only": False})
    auth.create_api_token(user_id=ben, token={"name": "other", "read_only": False})
    auth.revoke_api_token(user_id=ben, token_id=made["id"])
    auth.logout(refresh_token=log_in(auth)["refresh_token"])

    def everything() -> Any:
        listed = auth.index_api_tokens(user_id=ben, filters={}, page=1, size=9, sort=[])
        return auth.access_list(), auth.index_users(filters={}, page=1, size=9, sort=[]), listed

    live = everything()
    auth.rebuild()
    deadline = time.monotonic() + 20
    # Each instance knows of its own rebuild only, and they answer in turn.
    while (state := auth.rebuild_state()["state"]) != "done" and time.monotonic() < deadline:
        eventlet.sleep(0.1)
    assert state == "done"
    eventlet.sleep(1.5)  # until every instance has looked at the pointer again
    assert everything() == live


def test_no_secret_is_in_a_line_of_the_log_or_in_an_error(
    auth: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    canary, lines, said = "canary-canary-canary", StringIO(), []
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    logs.configure(settings.load({"NETRAVEN_LOG_LEVEL": "debug", "NETRAVEN_LOG_FORMAT": "json"}), lines)

    def try_it(method: str, **arguments: Any) -> Any:
        try:
            return getattr(auth, method)(**arguments)
        except Exception as error:
            said.append(f"{error!r} {error}")
            return {}

    try:
        user = {"username": "marie", "role": "viewer", "password": canary, "enabled": True}
        user_id = try_it("create_user", user=user)["id"]
        try_it("create_user", user=user)
        try_it("create_user", user={**user, "username": canary})
        try_it("create_user", user={"password": canary})
        for username, password in (
            ("marie", canary),
            ("marie", canary + "x"),
            (canary, "x"),
            ("marie", [canary]),
        ):
            try_it("issue_token", username=username, password=password, address="192.0.2.1")
        try_it("issue_token", username="marie", password=canary, unknown=canary)
        try_it("change_user", user_id=user_id, changes={"password": canary + "\n"})
        try_it("change_own_password", user_id=user_id, current_password=canary, new_password=canary + "2")
        try_it("refresh", refresh_token=canary)
        try_it("redeem_ticket", ticket=canary)
        try_it("authenticate_api_token", digest=canary)
        try_it("me", user_id=canary)
    finally:
        structlog.configure(**before)
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.captureWarnings(False)
    assert len(said) > 6
    printed = capsys.readouterr()
    assert canary not in "".join(said) + printed.out + printed.err
    assert [line for line in lines.getvalue().splitlines() if canary in line] == []
    assert "a request was refused" in lines.getvalue(), "nothing was logged at all"
    assert canary not in str(auth.log_range(after=0)).replace(f"'username': '{canary}'", "")
    assert "$argon2" not in str(auth.log_range(after=0))


def test_the_log_says_who_did_what(auth: Any) -> None:
    new_user(auth, "marie")
    commits: list[dict[str, Any]] = auth.log_range(after=0)["commits"]
    told = [
        (commit["stream"].split("-")[0], [event["t"] for event in commit["events"]]) for commit in commits
    ]
    assert told == [
        ("user", ["UserCreated"]),
        ("membership", ["AdminGranted"]),
        ("user", ["UserCreated"]),
    ]
    assert [commit["actor"]["name"] for commit in commits] == ["system", "system", "admin"]
    assert commits[-1]["request_id"] == "r1"
