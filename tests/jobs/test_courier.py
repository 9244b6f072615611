"""Webhooks are sent to a real HTTP listener: signed, tried again, in time, one at no other's expense."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from netraven_chassis import seals
from netraven_contracts.errors import DuplicateName, NotFound, PreconditionFailed, ValidationFailed
from netraven_jobs import deliveries, webhooks
from netraven_jobs.courier import Deliverer
from netraven_jobs.log_writer import LogWriter
from netraven_jobs.logbook import LogBook
from netraven_jobs.webhook_vault import VAULT
from tests.jobs.fleet import Fleet
from tests.jobs.receiver import Receiver, receiving, silent
from tests.patience import until

KEY = seals.make()
SECRET = "whsec-canary-0123456789"
LONG = 600.0
NEWS = {"id": "n1", "event": "job.finished", "at": "2026-01-02T03:04:05.678Z", "data": {"job_id": "j1"}}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def sealed(secret: str = SECRET) -> str:
    return KEY.public.seal(orjson.dumps(secret))


def made(fleet: Fleet, url: str, name: str = "chat", **fields: Any) -> dict[str, Any]:
    body = {"name": name, "url": url, "events": ["job.finished"], "encrypted_secret": sealed(), **fields}
    told: dict[str, Any] = orjson.loads(webhooks.create(fleet.asked(), KEY.public, body).body)
    return told


def changed(fleet: Fleet, ident: str, if_match: int | None = None, **fields: Any) -> dict[str, Any]:
    reply = webhooks.change(fleet.asked(), KEY.public, ident, fields, if_match)
    told: dict[str, Any] = orjson.loads(reply.body)
    return told


def deliverer(fleet: Fleet, key: seals.PrivateKey = KEY, **options: Any) -> Deliverer:
    lines = LogWriter(LogBook(fleet.database), "worker")
    return Deliverer(fleet.database, key, lines, first_pause=0.02, **{"seconds": LONG, **options})


def sent(fleet: Fleet, courier: Deliverer, ident: str) -> dict[str, Any]:
    """The delivery, once it has ended."""

    def ended() -> dict[str, Any] | None:
        courier.look()
        return fleet.database[deliveries.DELIVERIES].find_one({"_id": ident, "open": False})

    row: dict[str, Any] = until(ended)
    return row


def test_a_delivery_is_signed_and_says_what_it_is(fleet: Fleet, receiver: Receiver) -> None:
    webhook = made(fleet, receiver.url())
    deliveries.add(fleet.database, webhook["id"], "d1", NEWS)
    assert sent(fleet, deliverer(fleet), "d1")["status"] == deliveries.DELIVERED
    (heard,) = receiver.heard
    assert heard.news == NEWS
    assert heard.signed_with(SECRET) and not heard.signed_with(SECRET + "x")
    assert (heard.headers["X-NETRAVEN-EVENT"], heard.headers["X-NETRAVEN-DELIVERY"]) == ("job.finished", "d1")


def test_a_receiver_that_fails_twice_gets_it_the_third_time(fleet: Fleet, receiver: Receiver) -> None:
    webhook = made(fleet, receiver.url())
    receiver.answers = [500, 503]
    deliveries.add(fleet.database, webhook["id"], "d1", NEWS)
    row = sent(fleet, deliverer(fleet), "d1")
    assert row["status"] == deliveries.DELIVERED
    assert [one["code"] for one in row["attempts"]] == [500, 503, 204]
    assert {heard.headers["X-NETRAVEN-DELIVERY"] for heard in receiver.heard} == {"d1"}
    shown = webhooks.delivery(fleet.asked(), webhook["id"], "d1")
    assert [one["error"] for one in shown["log"]] == ["it answered 500", "it answered 503", None]


def test_a_redirect_is_a_refusal(fleet: Fleet, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "MOST_ATTEMPTS", 1)
    webhook = made(fleet, receiver.url())
    receiver.answers = [307]
    deliveries.add(fleet.database, webhook["id"], "d1", NEWS)
    row = sent(fleet, deliverer(fleet), "d1")
    assert (row["status"], row["code"]) == (deliveries.FAILED, 307)
    assert [heard.path for heard in receiver.heard] == ["/hook"]


def test_what_is_given_up_stands_in_the_log_without_the_address(
    fleet: Fleet, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "MOST_ATTEMPTS", 1)
    webhook = made(fleet, receiver.url())
    receiver.answers = [500]
    deliveries.add(fleet.database, webhook["id"], "d1", NEWS)
    lines = LogWriter(LogBook(fleet.database), "worker")
    lines.start()
    courier = Deliverer(fleet.database, KEY, lines)
    sent(fleet, courier, "d1")
    courier.wait()
    lines.stop()
    (entry,) = fleet.database["logs"].find({"log_type": "system"})
    told = "Webhook chat is given up for a delivery of job.finished: it answered 500"
    assert (entry["message"], entry["level"], entry["job_id"]) == (told, "error", None)
    assert entry["meta"] == {"webhook_id": webhook["id"], "delivery_id": "d1"}
    assert receiver.url() not in str(entry)


def test_one_that_never_answers_holds_up_nobody_else(fleet: Fleet, receiver: Receiver) -> None:
    with silent() as port:
        mute = made(fleet, f"http://127.0.0.1:{port}/", "mute")
        quick = made(fleet, receiver.url(), "quick")
        for number in range(20):
            deliveries.add(fleet.database, mute["id"], f"mute-{number}", NEWS)
        deliveries.add(fleet.database, quick["id"], "quick-1", NEWS)
        courier = deliverer(fleet)
        assert sent(fleet, courier, "quick-1")["status"] == deliveries.DELIVERED
    courier.wait()


def test_one_that_never_answers_is_given_up_in_time(fleet: Fleet) -> None:
    with silent() as port:
        mute = made(fleet, f"http://127.0.0.1:{port}/", "mute")
        deliveries.add(fleet.database, mute["id"], "mute-1", NEWS)
        courier = deliverer(fleet, seconds=0.5)
        assert courier.look() == 1
        courier.wait()
        row = fleet.database[deliveries.DELIVERIES].find_one({"_id": "mute-1"})
        assert row is not None and row["attempts"][0]["error"] == "no answer within 0.5 s"


def test_a_slow_receiver_is_waited_for(fleet: Fleet, receiver: Receiver) -> None:
    receiver.dawdle = 0.3
    webhook = made(fleet, receiver.url())
    deliveries.add(fleet.database, webhook["id"], "d1", NEWS)
    row = sent(fleet, deliverer(fleet), "d1")
    assert row["status"] == deliveries.DELIVERED and row["attempts"][0]["duration_ms"] >= 300


def test_private_addresses_may_be_forbidden(
    fleet: Fleet, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "MOST_ATTEMPTS", 1)
    webhook = made(fleet, receiver.url())
    deliveries.add(fleet.database, webhook["id"], "d1", NEWS)
    row = sent(fleet, deliverer(fleet, allow_private=False), "d1")
    assert row["attempts"][0]["error"] == "the address is one that webhooks may not reach"
    assert receiver.heard == []


def test_a_webhook_that_is_off_or_gone_is_told_nothing(fleet: Fleet, receiver: Receiver) -> None:
    off, gone = made(fleet, receiver.url(), "off"), made(fleet, receiver.url(), "gone")
    changed(fleet, off["id"], enabled=False)
    webhooks.remove(fleet.asked(), gone["id"], None)
    deliveries.add(fleet.database, off["id"], "d1", NEWS)
    deliveries.add(fleet.database, gone["id"], "d2", NEWS)
    courier = deliverer(fleet)
    assert {sent(fleet, courier, ident)["status"] for ident in ("d1", "d2")} == {deliveries.DROPPED}
    assert receiver.heard == []


def test_a_new_secret_signs_from_then_on_and_the_old_one_is_gone(fleet: Fleet, receiver: Receiver) -> None:
    webhook = made(fleet, receiver.url())
    changed(fleet, webhook["id"], encrypted_secret=sealed("another-secret-of-mine"))
    assert fleet.database[VAULT.collection].count_documents({}) == 1
    deliveries.add(fleet.database, webhook["id"], "d1", NEWS)
    sent(fleet, deliverer(fleet), "d1")
    assert receiver.heard[0].signed_with("another-secret-of-mine")


def test_a_secret_that_this_key_does_not_open_is_told_to_whoever_looks(
    fleet: Fleet, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "MOST_ATTEMPTS", 1)
    webhook = made(fleet, receiver.url())
    deliveries.add(fleet.database, webhook["id"], "d1", NEWS)
    row = sent(fleet, deliverer(fleet, seals.make()), "d1")
    assert "cannot be opened" in row["attempts"][0]["error"] and receiver.heard == []


def test_trying_a_webhook_shows_in_its_deliveries(fleet: Fleet, receiver: Receiver) -> None:
    webhook = made(fleet, receiver.url())
    told = webhooks.test(fleet.asked(), webhook["id"])
    assert sent(fleet, deliverer(fleet), told["id"])["status"] == deliveries.DELIVERED
    assert receiver.heard[0].news["event"] == "test"
    rows = orjson.loads(webhooks.deliveries_of(fleet.asked(), webhook["id"], {}, 1, 25).body)
    assert [(row["id"], row["status"], row["attempts"]) for row in rows] == [(told["id"], "delivered", 1)]
    with pytest.raises(NotFound):
        webhooks.delivery(fleet.asked(), "e" * 24, told["id"])


def test_a_webhook_is_made_changed_and_removed_and_never_shows_its_secret(fleet: Fleet) -> None:
    webhook = made(fleet, "https://hooks.example.org/x", description="for the crew")
    assert set(webhook) == {
        "id", "name", "url", "events", "description", "enabled", "version", "created_at", "updated_at",
    }  # fmt: skip
    assert changed(fleet, webhook["id"], 1, url="https://other.example.org/")["version"] == 2
    with pytest.raises(PreconditionFailed):
        changed(fleet, webhook["id"], 1, name="x", encrypted_secret=sealed("never-kept-0123456789"))
    with pytest.raises(DuplicateName):
        made(fleet, "https://hooks.example.org/y", "CHAT")
    with pytest.raises(ValidationFailed):
        made(fleet, "https://hooks.example.org/y", "bad", encrypted_secret="in clear")
    assert fleet.database[VAULT.collection].count_documents({}) == 1
    log = list(fleet.database["commits"].find())
    assert SECRET not in str(log) and SECRET not in str(list(fleet.database[VAULT.collection].find()))
    webhooks.remove(fleet.asked(), webhook["id"], None)
    assert fleet.database[VAULT.collection].count_documents({}) == 0
    assert made(fleet, "https://hooks.example.org/z", "chat")["name"] == "chat"


def test_what_a_crash_has_left_of_a_secret_is_found(fleet: Fleet) -> None:
    webhook = made(fleet, "https://hooks.example.org/x")
    other = made(fleet, "https://hooks.example.org/x", "other")
    webhooks.remove(fleet.asked(), webhook["id"], None)
    VAULT.keep(fleet.database, "left", webhook["id"], "sealed", "key")
    webhooks.shred_removed(fleet.asked())
    assert VAULT.owners(fleet.database) == {other["id"]}
