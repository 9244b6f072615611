"""Searches through the latest configurations on a real database: right, bounded, resumable, no secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import eventlet
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pymongo import MongoClient

from netraven_contracts.errors import ValidationFailed
from netraven_jobs import matching, searching
from netraven_jobs.scribe import Scribe
from tests.jobs.fleet import HOUR, START, Fleet, configuration


@pytest.fixture(scope="module")
def fleet(mongod: Any) -> Iterator[Fleet]:
    """Twelve devices, each with two backups."""
    client: MongoClient[dict[str, Any]] = MongoClient(mongod.uri, serverSelectionTimeoutMS=5000)
    made = Fleet(client["test_searching"])
    for number in range(12):
        place, platform = ("Bern", "cisco_ios") if number % 2 else ("Chur", "arista_eos")
        device = made.device(f"sw-{number}", location=place, platform=platform)
        made.backup(device, configuration("vlan 99", "ip old"), START)
        lines = [f"vlan {number}", "interface Gi0/1", " description Uplink", " ip address 10.0.0.1 255.0.0.0"]
        made.backup(device, configuration(*lines), START + HOUR)
    made.device("without-backup")
    yield made
    client.drop_database("test_searching")
    client.close()


def found(fleet: Fleet, scribe: Scribe, q: str, **wanted: Any) -> dict[str, Any]:
    return searching.search(fleet.asked(), scribe, searching.asked({"q": q, **wanted}))


def test_every_device_with_such_a_line_is_found_with_its_number(fleet: Fleet, scribe: Scribe) -> None:
    told = found(fleet, scribe, "description uplink")
    assert (len(told["matches"]), told["lines"], told["searched"], told["devices"]) == (12, 12, 12, 12)
    assert told["complete"] and told["next"] is None
    (line,) = told["matches"][0]["lines"]
    assert (line["number"], line["text"]) == (7, " description Uplink")
    assert told["matches"][0]["device_name"] == "sw-0" and not told["matches"][0]["more"]


def test_what_stood_in_an_earlier_configuration_is_not_found(fleet: Fleet, scribe: Scribe) -> None:
    assert found(fleet, scribe, "ip old")["matches"] == []


def test_the_case_counts_where_it_is_asked_for(fleet: Fleet, scribe: Scribe) -> None:
    assert found(fleet, scribe, "UPLINK", case=True)["lines"] == 0
    assert found(fleet, scribe, "Uplink", case=True)["lines"] == 12


def test_an_expression_is_one_only_where_it_is_asked_for(fleet: Fleet, scribe: Scribe) -> None:
    assert found(fleet, scribe, r"^vlan 1\d$", regex=True)["lines"] == 2
    assert found(fleet, scribe, r"^vlan 1\d$")["lines"] == 0
    assert found(fleet, scribe, "10.0.0.1")["lines"] == 12
    with pytest.raises(ValidationFailed) as error:
        found(fleet, scribe, "vlan (", regex=True)
    assert set(error.value.details) == {"q"}


def test_the_lines_around_come_along(fleet: Fleet, scribe: Scribe) -> None:
    (line,) = found(fleet, scribe, "interface", context=2)["matches"][0]["lines"]
    assert line["before"] == ["enable secret 5 <redacted>", "vlan 0"] or line["before"][1] == "vlan 0"
    assert line["after"] == [" description Uplink", " ip address 10.0.0.1 255.0.0.0"]


def test_the_fleet_can_be_narrowed(fleet: Fleet, scribe: Scribe) -> None:
    assert found(fleet, scribe, "vlan", location="Bern")["devices"] == 6
    assert found(fleet, scribe, "vlan", platform="arista_eos")["lines"] == 6
    device_id = found(fleet, scribe, "vlan 7")["matches"][0]["device_id"]
    alone = found(fleet, scribe, "vlan", device_id=device_id)
    assert [match["device_name"] for match in alone["matches"]] == ["sw-7"]


def test_no_secret_is_found_nor_shown(fleet: Fleet, scribe: Scribe) -> None:
    assert found(fleet, scribe, "hunter2")["lines"] == 0
    assert "canary" not in str(found(fleet, scribe, "enable secret", context=5))


def test_a_search_goes_on_where_it_stopped(fleet: Fleet, scribe: Scribe) -> None:
    names: list[str] = []
    after: dict[str, str] = {}
    rounds = 0
    while rounds < 20:
        told = found(fleet, scribe, "vlan", limit=5, **after)
        names += [match["device_name"] for match in told["matches"]]
        rounds += 1
        if told["complete"]:
            break
        after = {"after": told["next"]}
    assert (rounds, names) == (3, [f"sw-{number}" for number in range(12)])


def test_however_little_time_there_is_each_answer_goes_further(fleet: Fleet, scribe: Scribe) -> None:
    wanted, seen = {"q": "vlan"}, 0
    for _ in range(12):
        told = searching.search(fleet.asked(), scribe, searching.asked(wanted), budget=0)
        seen += told["searched"]
        wanted["after"] = told["next"]
    assert seen == 12 and told["complete"]


def test_an_expression_that_never_ends_is_refused_and_the_hub_goes_on(
    fleet: Fleet, scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "SLOW_SECONDS", 1.3)
    device = fleet.device("slow")
    fleet.backup(device, configuration("a" * 20_000 + "!"), START)
    ticks = [0]

    def tick() -> None:
        while True:
            eventlet.sleep(0.01)
            ticks[0] += 1

    ticking = eventlet.spawn(tick)
    with pytest.raises(ValidationFailed) as error:
        found(fleet, scribe, r"(a|aa)+$", regex=True, device_id=device["id"])
    ticking.kill()
    assert "simpler" in str(error.value.details)
    assert ticks[0] > 10  # a hub that searched itself would have come round once


def test_of_one_device_a_bounded_number_of_lines_is_shown(
    fleet: Fleet, scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "MOST_LINES", 3)
    (match,) = found(fleet, scribe, "n", location="Bern", limit=1)["matches"]
    assert len(match["lines"]) == 3 and match["more"]


EXPRESSIONS = ["vlan", "2$", "^$", r"\bexit", "vlan 1\nvlan"]
TEXT = st.lists(st.sampled_from(["vlan 1", "vlan 22", "", " exit", "Vlan", "x" * 500]), max_size=15)


@examples(max_examples=100, deadline=None, database=None)
@given(
    TEXT, st.integers(0, 3), st.booleans(), st.sampled_from(["vlan", "2$", "^$", r"\bexit", "vlan 1\nvlan"])
)
def test_lines_are_those_that_each_line_tried_alone_gives(
    text: list[str], context: int, ended: bool, expression: str
) -> None:
    whole = "\n".join(text) + ("\n" if ended else "")
    wanted = matching.pattern(expression, True, False, context)
    lines, more = matching.lines(wanted, whole)
    rows = whole.split("\n")
    assert not more
    for line in lines:
        number = line["number"]
        assert line["text"] == rows[number - 1][: matching.LONGEST_LINE]
        before = rows[max(0, number - 1 - context) : number - 1]
        assert line["before"] == [row[: matching.LONGEST_LINE] for row in before]
        after = rows[number : number + context]
        assert line["after"] == [row[: matching.LONGEST_LINE] for row in after][: len(line["after"])]
    if "\n" not in expression:
        expected = [number for number, row in enumerate(rows, 1) if wanted.compiled.search(row)]
        assert [line["number"] for line in lines] == expected
