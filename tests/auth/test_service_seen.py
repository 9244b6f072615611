"""What others see of auth as it runs: gateways that follow its log, its views made anew, its log lines."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from io import StringIO
from typing import Any

import pytest
from nameko.containers import ServiceContainer

from netraven_chassis import logs, settings
from netraven_chassis.feed import Feed
from netraven_contracts.access import AccessList, Caller
from netraven_contracts.errors import (
    Unauthorized,
)
from tests.auth.calling import KEY, asked, log_in, log_out, new_user, sealed, who
from tests.auth.conftest import OTHER_PASSWORD, PASSWORD
from tests.patience import until


class Gateway:
    """What a gateway does with auth's log, and no more."""

    name = "gateway"
    feed = Feed("auth")


def test_whoever_follows_the_log_turns_a_disabled_user_away_unasked(auth: Any) -> None:
    access = AccessList()

    def reset() -> None:
        access.reset(auth.access_list())

    def refused(caller: Caller) -> bool:
        try:
            access.check(caller)
        except Unauthorized:
            return True
        return False

    container = ServiceContainer(Gateway)
    (feed,) = container.dependencies
    feed.subscribe("auth", access.apply, reset)
    container.start()
    try:
        marie, changes = new_user(auth, "marie", "operator"), auth.change_user
        new, first = sealed(auth, PASSWORD + "!"), sealed(auth, PASSWORD)
        ending: list[Callable[[dict[str, Any]], Any]] = [
            lambda _: changes(user_id=marie, changes={"role": "viewer"}),
            lambda _: changes(user_id=marie, changes={"password": new}),
            lambda _: changes(user_id=marie, changes={"password": first}),
            lambda tokens: log_out(auth, tokens),
            lambda _: auth.disable_user(user_id=marie),
        ]
        callers: list[Caller] = []
        for end in ending:
            tokens = log_in(auth, "marie", PASSWORD + ("!" if len(callers) == 2 else ""))
            callers.append(who(auth, tokens))
            assert not refused(callers[-1])
            end(tokens)
            until(partial(refused, callers[-1]))
        reset()
        for caller in callers:
            with pytest.raises(Unauthorized):
                access.check(caller)
    finally:
        container.stop()


def test_a_rebuilt_view_is_the_same_as_the_live_one(auth: Any) -> None:
    marie, ben = new_user(auth, "marie", "admin"), new_user(auth, "ben")
    auth.change_user(user_id=marie, changes={"role": "viewer", "password": sealed(auth, OTHER_PASSWORD)})
    auth.disable_user(user_id=ben)
    made = asked(auth, "create_api_token", user_id=ben, token={"name": "script", "read_only": False})
    asked(auth, "create_api_token", user_id=ben, token={"name": "other", "read_only": False})
    auth.revoke_api_token(user_id=ben, token_id=made["id"])
    log_out(auth, log_in(auth))

    def everything() -> Any:
        listed = auth.index_api_tokens(user_id=ben, filters={}, page=1, size=9, sort=[])
        return auth.access_list(), auth.index_users(filters={}, page=1, size=9, sort=[]), listed

    live = everything()
    auth.rebuild()
    # Each instance knows of its own rebuild only, and they answer in turn.
    until(lambda: auth.rebuild_state()["state"] == "done")
    # Until every instance has looked at the pointer again.
    until(lambda: all(everything() == live for _ in range(4)))


@pytest.mark.usefixtures("logging_as_before")
def test_no_secret_is_in_a_line_of_the_log_or_in_an_error(
    auth: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    canary, lines, said = "canary-canary-canary", StringIO(), []
    logs.configure(settings.load({"NETRAVEN_LOG_LEVEL": "debug", "NETRAVEN_LOG_FORMAT": "json"}), lines)

    def try_it(method: str, **arguments: Any) -> Any:
        try:
            return getattr(auth, method)(**arguments)
        except Exception as error:
            said.append(f"{error!r} {error}")
            return {}

    hidden, other, key = sealed(auth, canary), sealed(auth, canary + "2"), dict(KEY.public.document)
    user = {"username": "marie", "role": "viewer", "password": hidden, "enabled": True}
    user_id = try_it("create_user", user=user)["id"]
    try_it("create_user", user=user)
    try_it("create_user", user={**user, "username": canary})
    try_it("create_user", user={"password": canary})
    attempts = [("marie", hidden), ("marie", other), ("marie", canary), (canary, hidden)]
    for username, password in [*attempts, ("marie", [canary]), ("marie", [{"x": canary}])]:
        try_it("issue_token", username=username, password=password, address="192.0.2.1", seal_for=key)
    try_it("issue_token", username="marie", password=canary, unknown=canary)
    try_it("change_user", user_id=user_id, changes={"password": sealed(auth, canary + "\n")})
    try_it("issue_token", username="marie", password=hidden, seal_for={"kty": canary})
    own = partial(try_it, "change_own_password", user_id=user_id, seal_for=key)
    own(current_password=other, new_password=hidden)
    own(current_password=hidden, new_password=canary)
    own(current_password=hidden, new_password=other)
    try_it("refresh", refresh_token=canary, seal_for=key)
    try_it("refresh", refresh_token=hidden, seal_for=key)
    try_it("redeem_ticket", digest=canary)
    try_it("authenticate_api_token", digest=canary)
    try_it("me", user_id=canary)
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
