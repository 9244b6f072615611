"""Accepting another host key: who did it is taken down, once, and only the key that was looked at counts."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from netraven_chassis.bound import BoundStore
from netraven_chassis.clock import SystemClock
from netraven_chassis.core import Core
from netraven_chassis.eventlog.commit import Context
from netraven_chassis.ids import new_id
from netraven_contracts.errors import Conflict, NotFound
from netraven_jobs import host_key_accepting, host_keys
from netraven_jobs.host_key import HOST_KEY
from netraven_jobs.log_writer import LogWriter
from netraven_jobs.logbook import LogBook
from netraven_jobs.views import VIEWS
from tests.jobs.office import nobody
from tests.jobs.test_host_keys import FIRST, ONE, OTHER, THIRD

Mongo = Database[dict[str, Any]]
KNOWN, OFFERED, LATER = (host_keys.fingerprint(key) for key in (FIRST, OTHER, THIRD))


class Desk:
    """Where keys are accepted."""

    def __init__(self, database: Mongo) -> None:
        self.database = database
        self.core = Core("jobs", database, [HOST_KEY], VIEWS, SystemClock(), lambda *_: nobody())
        self.core.prepare()
        self.lines = LogWriter(LogBook(database), "jobs")
        self.lines.start()

    def shows(self, *keys: str) -> None:
        for at, key in enumerate(keys):
            host_keys.seen(self.database, ONE, key, at)

    def accept(self, fingerprint: str | None = None, command: str = "") -> dict[str, Any]:
        context = Context({"id": "u1", "name": "marie"}, command or new_id(), "request-1")
        return host_key_accepting.accept(BoundStore(self.core, context), self.lines, ONE, fingerprint)

    def events(self) -> list[tuple[str, dict[str, Any], str]]:
        found = self.database["commits"].find({"stream": f"host_key-{ONE}"}).sort("position", 1)
        return [(event["t"], event["d"], one["actor"]["name"]) for one in found for event in one["events"]]

    def said(self) -> list[dict[str, Any]]:
        self.lines.flush()
        return list(self.database["logs"].find({"log_type": "system"}).sort("position", 1))


@pytest.fixture
def desk(database: Mongo) -> Any:
    made = Desk(database)
    yield made
    made.lines.stop()


def test_who_accepted_which_key_in_the_place_of_which_is_an_event_and_in_the_log(desk: Desk) -> None:
    desk.shows(FIRST, OTHER)
    shown = desk.accept(OFFERED)
    assert (shown["fingerprint"], shown["accepted_by"]) == (OFFERED, "marie")
    told = {"device_id": ONE, "algorithm": "ssh-rsa", "fingerprint": OFFERED, "replaced": KNOWN}
    assert desk.events() == [("HostKeyAccepted", told, "marie")]
    (entry,) = desk.said()
    assert entry["message"] == f"Host key of {ONE} accepted by marie: {OFFERED}, before {KNOWN}"
    assert (entry["device_id"], entry["level"]) == (ONE, "warning")


def test_another_key_than_the_one_that_was_looked_at_is_not_accepted(desk: Desk) -> None:
    desk.shows(FIRST, OTHER, THIRD)
    with pytest.raises(Conflict, match="by now, " + LATER.replace("+", r"\+")):
        desk.accept(OFFERED)
    assert host_keys.known(desk.database, ONE) == FIRST and desk.events() == []
    assert desk.accept()["fingerprint"] == LATER


def test_accepting_what_is_accepted_changes_nothing(desk: Desk) -> None:
    desk.shows(FIRST, OTHER)
    desk.accept(OFFERED, "same")
    for again in ({"fingerprint": OFFERED}, {"command": "same"}, {"fingerprint": OFFERED, "command": "same"}):
        assert desk.accept(**again)["fingerprint"] == OFFERED
    assert len(desk.events()) == len(desk.said()) == 1
    with pytest.raises(Conflict, match="no other key waits"):
        desk.accept()


def test_the_same_request_does_not_accept_what_was_shown_after_it(desk: Desk) -> None:
    desk.shows(FIRST, OTHER)
    desk.accept(None, "same")
    host_keys.seen(desk.database, ONE, THIRD, 9)
    with pytest.raises(Conflict, match="since"):
        desk.accept(None, "same")
    assert host_keys.known(desk.database, ONE) == OTHER


def test_a_crash_between_the_two_steps_leaves_it_to_be_accepted_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.shows(FIRST, OTHER)
    with monkeypatch.context() as broken, pytest.raises(TypeError):
        broken.setattr(host_keys, "accept", None)
        desk.accept()
    assert host_keys.known(desk.database, ONE) == FIRST and len(desk.events()) == 1
    assert desk.accept()["fingerprint"] == OFFERED
    assert len(desk.events()) == 1 and len(desk.said()) == 1


def test_a_device_that_has_shown_no_key_has_none_to_accept(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.accept()
    desk.shows(FIRST)
    with pytest.raises(Conflict, match="no other key waits"):
        desk.accept()
