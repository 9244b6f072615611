"""Stream tickets in a real database: once, and soon."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import eventlet

from netraven_auth.tickets import Tickets
from netraven_chassis.access import ticket_digest

OWNER = {"user_id": "u1", "session": "s1", "read_only": True}


def test_a_ticket_serves_its_owner_once(database: Any) -> None:
    tickets = Tickets(database)
    ticket = tickets.issue(OWNER)
    assert tickets.redeem(ticket_digest(ticket)) == OWNER
    assert tickets.redeem(ticket_digest(ticket)) is None
    assert tickets.redeem(ticket_digest("half \ud83d")) is None


def test_of_many_who_show_it_at_once_one_gets_in(database: Any) -> None:
    tickets = Tickets(database)
    ticket = tickets.issue(OWNER)
    ends = list(eventlet.GreenPool().imap(lambda _: tickets.redeem(ticket_digest(ticket)), range(20)))
    assert [end for end in ends if end] == [OWNER]


def test_a_ticket_is_over_in_time_even_before_the_database_sweeps(database: Any) -> None:
    tickets = Tickets(database)
    tickets.prepare()
    ticket = tickets.issue(OWNER)
    left = database["tickets"].find_one()["expires"].replace(tzinfo=UTC) - datetime.now(UTC)
    assert 25 < left.total_seconds() <= 30
    database["tickets"].update_one({}, {"$set": {"expires": datetime.now(UTC)}})
    assert tickets.redeem(ticket_digest(ticket)) is None


def test_the_database_has_no_ticket(database: Any) -> None:
    ticket = Tickets(database).issue(OWNER)
    assert ticket not in str(list(database["tickets"].find()))
