"""Webhooks over HTTP, from a whole running system to a real listener: told, signed, tried again."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from tests.jobs.fleet import HOUR, configuration
from tests.jobs.receiver import Receiver, receiving
from tests.jobs.served import Served, shared
from tests.patience import until

SECRET = "whsec-canary-0123456789"


@pytest.fixture(scope="module")
def served(request: pytest.FixtureRequest) -> Served:
    return shared(request)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def added(served: Served, receiver: Receiver, **fields: Any) -> dict[str, Any]:
    body = {
        "name": f"chat-{secrets.token_hex(3)}",
        "url": receiver.url(),
        "events": ["configuration.changed"],
        "secret": SECRET,
        **fields,
    }
    status, answer, headers = served.api("POST", "/webhooks", body)
    assert status == 201, answer
    assert headers["Location"] == f"/api/webhooks/{answer['data']['id']}"
    webhook: dict[str, Any] = answer["data"]
    return webhook


def ended(served: Served, webhook: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """The webhook's deliveries, once so many have ended."""

    def all_over() -> list[dict[str, Any]] | None:
        _, answer, _ = served.api("GET", f"/webhooks/{webhook['id']}/deliveries")
        rows = [row for row in answer["data"] if row["next_attempt_at"] is None]
        over = len(rows) == count and all(row["status"] != "sending" for row in rows)
        return rows if over else None

    rows: list[dict[str, Any]] = until(all_over)
    return rows


def test_a_change_reaches_a_listener_that_fails_first(served: Served, receiver: Receiver) -> None:
    webhook = added(served, receiver)
    device = served.registered(f"core-{secrets.token_hex(3)}")
    receiver.answers = [500, 503]
    first = served.backup(device, configuration("vlan 1"), served.now - HOUR)
    second = served.backup(device, configuration("vlan 2"), served.now)
    until(lambda: len(receiver.heard) >= 3)
    assert all(one.signed_with(SECRET) for one in receiver.heard)
    news = receiver.heard[-1].news
    assert (news["event"], news["data"]["backup_id"]) == ("configuration.changed", second)
    assert (news["data"]["previous_id"], news["data"]["added"]) == (first, 1)
    assert served.api("GET", news["data"]["links"]["diff"].removeprefix("/api"))[0] == 200
    (row,) = ended(served, webhook, 1)
    assert (row["status"], row["attempts"], row["response_code"]) == ("delivered", 3, 204)
    _, answer, _ = served.api("GET", f"/webhooks/{webhook['id']}/deliveries/{row['id']}")
    assert [one["code"] for one in answer["data"]["log"]] == [500, 503, 204]
    assert answer["data"]["body"] == news


def test_trying_one_says_how_it_fared(served: Served, receiver: Receiver) -> None:
    webhook = added(served, receiver)
    status, answer, _ = served.api("POST", f"/webhooks/{webhook['id']}/test")
    assert (status, answer["data"]["status"]) == (202, "waiting")
    (row,) = ended(served, webhook, 1)
    assert (row["id"], row["event"], row["status"]) == (answer["data"]["id"], "test", "delivered")
    wanted = f"/webhooks/{webhook['id']}/deliveries"
    assert served.api("GET", f"{wanted}?status=failed")[1]["total"] == 0
    assert served.api("GET", f"{wanted}?event=test")[1]["total"] == 1


def test_webhooks_are_an_admins_business(served: Served, receiver: Receiver) -> None:
    ident = added(served, receiver)["id"]
    operator = served.as_role("operator")
    for method, path in (
        ("GET", "/webhooks"),
        ("GET", f"/webhooks/{ident}"),
        ("GET", f"/webhooks/{ident}/deliveries"),
        ("POST", f"/webhooks/{ident}/test"),
        ("DELETE", f"/webhooks/{ident}"),
    ):
        assert operator(method, path)[0] == 403, path


def test_a_webhook_is_changed_and_removed_by_its_version(served: Served, receiver: Receiver) -> None:
    webhook = added(served, receiver, description="crew")
    path = f"/webhooks/{webhook['id']}"
    status, answer, headers = served.api("PATCH", path, {"enabled": False, "events": ["job.finished"]})
    assert (status, answer["data"]["enabled"], answer["data"]["events"]) == (200, False, ["job.finished"])
    assert served.api("PATCH", path, {"name": "x"}, If_Match='"1-00000000"')[0] == 412
    assert served.api("GET", path, If_None_Match=headers["ETag"])[0] == 304
    same = {**webhook, "secret": SECRET}
    refusal = served.api("POST", "/webhooks", same)[1]
    assert (refusal["code"], list(refusal["details"])) == ("DUPLICATE_NAME", ["name"])
    assert served.api("DELETE", path)[0] == 204
    assert served.api("GET", path)[0] == 404


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"url": "ftp://example.org/"}, "url"),
        ({"url": "https://ann:pw@example.org/"}, "url"),
        ({"url": "https://"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["everything"]}, "events"),
        ({"secret": "short"}, "secret"),
        ({"secret": None}, "secret"),
        ({"secret": SECRET, "encrypted_secret": "x"}, "secret"),
        ({"name": ""}, "name"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_is_named(served: Served, fields: dict[str, Any], name: str) -> None:
    body = {"name": "n", "url": "https://example.org/", "events": ["job.finished"], "secret": SECRET}
    status, answer, _ = served.api("POST", "/webhooks", {**body, **fields})
    assert (status, list(answer["details"])) == (400, [name])


def test_a_secret_is_nowhere_to_be_seen(served: Served, receiver: Receiver) -> None:
    webhook = added(served, receiver)
    for path in ("/webhooks", f"/webhooks/{webhook['id']}", f"/webhooks/{webhook['id']}/deliveries"):
        assert SECRET not in str(served.api("GET", path))
    assert SECRET not in served.instance.log.read_text()
    for name in served.database.list_collection_names():
        assert SECRET not in str(list(served.database[name].find())), name
