"""Credentials with the command, against a real system: secrets come from files, stdin or the terminal."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import orjson
import pytest

from netraven_chassis.sealing import PrivateKey
from tests.cli.conftest import Command
from tests.cli.terminal import Terminal
from tests.servers.netraven import Instance


def fresh() -> str:
    return f"cred-{secrets.token_hex(4)}"


@pytest.fixture
def seen(netraven: Command) -> str:
    """A credential that is there; its name."""
    name = fresh()
    done = netraven("credentials", "add", name, "--username", "ops", "--secret-stdin", stdin="first\n")
    assert done.status == 0, done.err
    return name


def shown(netraven: Command, name: str) -> Any:
    return netraven("credentials", "show", name, "--json").json


def test_a_credential_is_added_shown_changed_rolled_back_and_removed(netraven: Command, seen: str) -> None:
    assert shown(netraven, seen.upper())["secret_version"] == 1
    done = netraven("credentials", "change", seen, "--priority", "5", "--secret-stdin", stdin="second\n")
    assert done.status == 0 and seen in done.said
    now = shown(netraven, seen)
    assert (now["secret_version"], now["secret_versions"], now["priority"]) == (2, 2, 5)
    assert "version 1 is in force" in netraven("credentials", "rollback", seen).said
    assert netraven("credentials", "rollback", seen, "--to", "2", "--json").json["secret_version"] == 2
    assert netraven("credentials", "rollback", seen, "--to", "9").status == 5
    assert seen in netraven("credentials", "list", "--q", seen).out
    assert netraven("credentials", "remove", seen).status == 2
    assert netraven("credentials", "remove", seen, "--yes").status == 0
    assert netraven("credentials", "show", seen).status == 4


def test_a_key_and_its_passphrase_come_from_files(netraven: Command, tmp_path: Path) -> None:
    key, passphrase, name = tmp_path / "key", tmp_path / "passphrase", fresh()
    key.write_text("-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n")
    passphrase.write_text("open sesame\n")
    read = ["--private-key", "--secret-file", str(key), "--more-file", str(passphrase)]
    done = netraven("credentials", "add", name, "--username", "ops", *read, "--json")
    assert done.status == 0, done.err
    assert "sesame" not in done.out + done.err


def test_what_is_sent_is_sealed(netraven: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from netraven_chassis import sealing
    from netraven_cli.client import Api

    sent: list[Any] = []
    whole = Api.call

    def call(self: Api, method: str, path: str, body: Any = None, *more: Any, **named: Any) -> Any:
        sent.append(body)
        return whole(self, method, path, body, *more, **named)

    monkeypatch.setattr(Api, "call", call)
    key: PrivateKey = sealing.make()
    document = {"data": dict(key.public.document)}
    monkeypatch.setattr(Api, "get", lambda *_: document["data"])
    netraven("credentials", "add", fresh(), "--username", "ops", "--secret-stdin", stdin="hunter2\n")
    (body,) = sent
    assert "hunter2" not in str(body)
    assert orjson.loads(key.open(body["encrypted_secret"])) == {"password": "hunter2"}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "no terminal"),
        (["--private-key"], "--secret-file"),
        (["--secret-file", "/nowhere/at/all"], "cannot read"),
        (["--secret-file", "/etc/hostname", "--secret-stdin"], "not both"),
        (["--secret-file", "/dev/null"], "is empty"),
        (["--private-key", "--secret-file", "/etc/hostname"], "no private key"),
    ],
)
def test_without_a_secret_nobody_is_asked(stranger: Command, arguments: list[str], reason: str) -> None:
    done = stranger("credentials", "add", "x", "--username", "ops", *arguments)
    assert done.status == 2 and reason in done.said


def test_a_change_of_nothing_is_told_before_anybody_is_asked(stranger: Command) -> None:
    for group in ("credentials", "users"):
        done = stranger(group, "change", "x")
        assert done.status == 2 and "nothing to change" in done.said


def test_a_history_says_what_changed_and_no_secret(netraven: Command, seen: str) -> None:
    netraven("credentials", "change", seen, "--secret-stdin", stdin="second\n")
    netraven("credentials", "change", seen, "--username", "other")
    done = netraven("history", "credential", seen)
    assert "CredentialSecretReplaced" in done.out and "username: ops → other" in done.out
    assert "3 entries" in done.out and "first" not in done.out and "second" not in done.out
    entries = netraven("history", "credential", seen, "--size", "1", "--page", "2", "--json").json
    assert [entry["event"] for entry in entries] == ["CredentialSecretReplaced"]


def test_devices_and_tags_have_histories_too(netraven: Command) -> None:
    device, tag = netraven.add(), f"tag-{secrets.token_hex(4)}"
    netraven("devices", "change", device["id"], "--location", "Basel")
    assert "location: Zurich → Basel" in netraven("history", "device", device["name"]).out
    netraven("tags", "add", tag)
    assert [one["event"] for one in netraven("history", "tag", tag, "--json").json] == ["TagCreated"]
    assert netraven("history", "tag", "f" * 24).status == 4


def test_a_user_is_added_changed_and_disabled(netraven: Command, system: Instance, tmp_path: Path) -> None:
    name, file = f"user-{secrets.token_hex(4)}", tmp_path / "password"
    file.write_text("a long enough pass phrase\n")
    done = netraven("users", "add", name, "--role", "operator", "--password-file", str(file))
    assert done.status == 0, done.err
    other = Command(tmp_path / "other", system.url.removesuffix("/api"))
    assert other("login", "-u", name, "--password-stdin", stdin=file.read_text()).status == 0
    changed = netraven("users", "change", name, "--password-stdin", "--json", stdin="another pass phrase\n")
    assert (changed.status, changed.json["role"]) == (0, "operator")
    assert other("login", "-u", name, "--password-stdin", stdin=file.read_text()).status == 3
    assert netraven("users", "change", name, "--role", "viewer", "--json").json["role"] == "viewer"
    assert netraven("users", "disable", name).status == 2
    assert netraven("users", "disable", name, "--yes").status == 0
    (row,) = netraven("users", "list", "--q", name, "--json").json
    assert row["enabled"] is False and name in netraven("users", "list").out
    assert netraven("users", "change", name, "--enable", "--json").json["enabled"] is True
    assert netraven("users", "disable", "nobody-at-all", "--yes").status == 4


def test_on_a_terminal_a_secret_is_asked_for_twice_and_not_shown(netraven: Command) -> None:
    name = fresh()
    add = ("credentials", "add", name, "--username", "ops")
    with Terminal(netraven, *add, start_new_session=True) as terminal:
        for question in (b"password:", b"Repeat for confirmation:"):
            terminal.until_shown(question)
            terminal.type_unseen(b"hunter2")
        assert terminal.ended() == 0 and b"hunter2" not in terminal.shown, terminal.shown
    assert shown(netraven, name)["username"] == "ops"
