"""Lists: every filter, every order, every page, compared with what plain Python makes of the same devices."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import MongoClient

from netraven_chassis.bound import BoundStore
from netraven_chassis.core import Core
from netraven_contracts.devices import DEVICE_SORTS, STATUSES, DeviceFilters
from netraven_contracts.errors import NotFound
from netraven_contracts.tags import TAG_SORTS, TagFilters
from netraven_devices import pulse, queries, tag_queries
from netraven_devices.device import DEVICE, RemoveDevice
from netraven_devices.documents import ip_number
from netraven_devices.filters import FILTERS, TAG_FILTERS
from netraven_devices.finder import Finder
from netraven_devices.views import put_verdicts
from tests.devices.conftest import START, MonitorLog, Ticks, asker, opened
from tests.devices.inventory import registered, tagged
from tests.servers.mongod import Mongod

Asked = Callable[..., BoundStore]
Rows = list[dict[str, Any]]

TYPES, PLACES = ["router", "switch"], ["Bern", "Zürich (HB)", "Basel"]
PLATFORMS, SERIALS = [None, "cisco_ios", "arista_eos"], [None, "FDO-1.a", "FDO-1xa"]
TAGS = ["core", "edge", "Lab"]


@pytest.fixture(scope="module")
def core(mongod: Mongod) -> Iterator[Core]:
    """One inventory for all questions of this module, because making it costs more than asking."""
    client: MongoClient[dict[str, Any]] = MongoClient(mongod.uri, w="majority", readConcernLevel="majority")
    name = f"test_{secrets.token_hex(6)}"
    yield opened(client[name], Ticks(), MonitorLog())
    client.drop_database(name)
    client.close()


@pytest.fixture(scope="module")
def asked(core: Core) -> Asked:
    return asker(core)


@pytest.fixture(scope="module")
def fleet(core: Core, asked: Asked) -> Rows:
    """Forty devices that differ in everything, as a list shows them; two more are gone."""
    tags = {name: tagged(asked(), name)["id"] for name in TAGS}
    devices = [registered(asked(), **differing(number)) for number in range(40)]
    commits = []
    for number, device in enumerate(devices):
        if number % 4:
            kind = ["DeviceWentOnline", "DeviceWentOffline", "DeviceWentUnknown"][number % 3]
            commits.append(MonitorLog().say(kind, device["id"], START + number))
        if number % 3:
            sample = (device["id"], START + number % 7, None if number % 2 else number / 2)
            pulse.keep(core.database, [sample])
    writer = core.generations.writer()
    put_verdicts(writer, commits)
    writer.flush()
    for _ in range(2):
        asked().handle(DEVICE, registered(asked(), tags=list(tags))["id"], RemoveDevice())
    shown = [queries.device(asked(), device["id"]) for device in devices]
    return [{name: value for name, value in row.items() if name != "interfaces"} for row in shown]


def differing(number: int) -> dict[str, Any]:
    return {
        "name": f"Dev-{number % 25:02}",
        "ip_address": f"172.16.{number % 3}.{number + 5}",
        "device_type": TYPES[number % 2],
        "location": PLACES[number % 3],
        "platform": PLATFORMS[number % 3],
        "serial": SERIALS[number % 5 % 3],
        "tags": [name for at, name in enumerate(TAGS) if number >> at & 1],
    }


def holds(name: str, value: Any, row: Mapping[str, Any]) -> bool:
    """What a filter means."""
    if name == "q":
        searched = (row[field] or "" for field in ("name", "ip_address", "serial", "location"))
        return any(value.casefold() in text.casefold() for text in searched)
    if name == "tag":
        return {word.casefold() for word in value} <= {tag.casefold() for tag in row["tags"]}
    return bool(row["status" if name == "reachability" else name] == value)


def weight(name: str) -> Callable[[Mapping[str, Any]], Any]:
    """What an order means: nothing before something, addresses as numbers."""

    def key(row: Mapping[str, Any]) -> Any:
        value = row[name]
        if name == "ip_address":
            return ip_number(value)
        if name == "status" and value == "unknown":
            value = None
        return (value is not None, value if value is not None else 0)

    return key


def expected(fleet: Rows, filters: Mapping[str, Any], sort: list[str]) -> Rows:
    found = [row for row in fleet if all(holds(name, value, row) for name, value in filters.items())]
    words = sort or ["name"]
    for word in [("-" if words[-1].startswith("-") else "") + "id", *reversed(words)]:
        found.sort(key=weight(word.removeprefix("-")), reverse=word.startswith("-"))
    return found


FILTER_VALUES = {
    "name": st.sampled_from(["Dev-07", "dev-07", "none"]),
    "ip_address": st.sampled_from(["172.16.0.5", "172.16.0.99"]),
    "device_type": st.sampled_from([*TYPES, "server"]),
    "location": st.sampled_from([*PLACES, "bern"]),
    "status": st.sampled_from(STATUSES),
    "platform": st.sampled_from([*PLATFORMS[1:], "linux"]),
    "serial": st.sampled_from(SERIALS[1:]),
    "tag": st.lists(st.sampled_from([*TAGS, "CORE", "nothing"]), min_size=1, max_size=3),
    "reachability": st.sampled_from(STATUSES),
    "q": st.sampled_from(["dev-0", "DEV", "6.0.1", ".", "ZÜRICH (", "fdo-1.", "\\", "e"]),
}
FEW_FILTERS = st.dictionaries(st.sampled_from(list(FILTER_VALUES)), st.none(), max_size=3).flatmap(
    lambda chosen: st.fixed_dictionaries({name: FILTER_VALUES[name] for name in chosen})
)
SORTS = st.lists(
    st.tuples(st.sampled_from(["", "-"]), st.sampled_from(DEVICE_SORTS)).map("".join),
    max_size=3,
    unique_by=lambda word: word.removeprefix("-"),
)


def test_any_filters_in_any_order_on_any_page_give_what_they_should(asked: Asked, fleet: Rows) -> None:
    finder = Finder()

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(FEW_FILTERS, SORTS, st.integers(1, 4), st.sampled_from([1, 7, 25, 1000]))
    def ask(filters: dict[str, Any], sort: list[str], page: int, size: int) -> None:
        wanted = expected(fleet, filters, sort)
        found, total = queries.devices(asked(), finder, filters, page, size, sort)
        assert found == wanted[(page - 1) * size : page * size]
        assert total == len(wanted)

    ask()


def test_every_filter_of_the_contract_has_its_query() -> None:
    assert {*FILTERS, "at"} == set(DeviceFilters().fields) == {*FILTER_VALUES, "at"}
    assert set(TAG_FILTERS) == set(TagFilters().fields)


@pytest.mark.parametrize("word", DEVICE_SORTS)
def test_every_order_of_the_contract_is_one(asked: Asked, fleet: Rows, word: str) -> None:
    for sign in ("", "-"):
        assert queries.devices(asked(), Finder(), {}, 1, 1000, [sign + word])[0] == expected(
            fleet, {}, [sign + word]
        )


def test_tags_are_found_by_id_as_well(asked: Asked, fleet: Rows) -> None:
    core_tag = tag_queries.tags(asked(), {"name": "CORE"}, 1, 25, [])[0][0]
    by_id = queries.devices(asked(), Finder(), {"tag": [core_tag["id"], "edge"]}, 1, 1000, [])
    assert by_id == queries.devices(asked(), Finder(), {"tag": ["core", "Edge"]}, 1, 1000, [])
    assert by_id[1] == 10


def test_tags_are_counted_listed_and_ordered(asked: Asked, fleet: Rows) -> None:
    shown, total = tag_queries.tags(asked(), {}, 1, 25, [])
    assert ([tag["name"] for tag in shown], total) == (["core", "edge", "Lab"], 3)
    assert {tag["name"]: tag["device_count"] for tag in shown} == {
        name: sum(name in row["tags"] for row in fleet) for name in TAGS
    }
    assert [tag["name"] for tag in tag_queries.tags(asked(), {}, 2, 2, ["-name"])[0]] == ["core"]
    assert [tag["name"] for tag in tag_queries.tags(asked(), {"q": "A"}, 1, 25, [])[0]] == ["Lab"]
    for word in TAG_SORTS:
        assert tag_queries.tags(asked(), {}, 1, 25, [f"-{word}"])[1] == 3


def test_what_is_not_there_is_not_found(asked: Asked) -> None:
    for question in (queries.device, tag_queries.tag, queries.address):
        with pytest.raises(NotFound):
            question(asked(), "f" * 24)


def stages_of(core: Core, stages: list[dict[str, Any]]) -> str:
    plan = core.database.command(
        "explain",
        {"aggregate": core.generations.collection("devices").name, "pipeline": stages, "cursor": {}},
        verbosity="queryPlanner",
    )
    return str(plan)


@pytest.mark.parametrize(
    "name", ["device_type", "location", "status", "platform", "serial", "name", "ip_address"]
)
def test_a_page_of_any_filter_comes_off_an_index_in_order(core: Core, fleet: Rows, name: str) -> None:
    query = {"live": True, **FILTERS[name](fleet[1][name])}
    order = {"name": 1, "_id": 1} if name not in ("serial", "ip_address") else {"_id": 1}
    plan = stages_of(core, [{"$match": query}, {"$sort": order}, {"$limit": 25}])
    winning = plan.split("rejectedPlans")[0]
    assert "IXSCAN" in winning and "'SORT'" not in winning


@pytest.mark.parametrize("name", ["name", "ip_number", "created_at", "updated_at", "status_since"])
@pytest.mark.parametrize("direction", [1, -1])
def test_a_page_in_any_plain_order_comes_off_an_index(
    core: Core, fleet: Rows, name: str, direction: int
) -> None:
    order = {name: direction, "_id": direction}
    plan = stages_of(core, [{"$match": {"live": True}}, {"$sort": order}, {"$limit": 25}])
    assert "IXSCAN" in plan and "'SORT'" not in plan.split("rejectedPlans")[0]
