"""Changes as they happen: jobs' states for everybody, all changes for admins, each once and in order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from netraven_gateway import cursors
from tests.gateway.log_house import Client, Event, House, standing
from tests.servers.netraven import PASSWORD


@pytest.fixture(scope="module")
def house(rabbitmq, mongod) -> Iterator[House]:
    services = ("auth", "devices", "monitor", "jobs", "gateway")
    with standing(rabbitmq.vhost(), mongod.uri, services=services) as house:
        house.api.until(200, "GET", "/events")
        yield house


def changes(house: House, after: str = "", **query: str) -> list[dict]:
    """All pages of the audit feed."""
    rows: list[dict] = []
    more = True
    while more:
        asked = {"after": after, "size": "7", **query}
        words = "&".join(f"{name}={value}" for name, value in asked.items())
        status, body, _ = house.api("GET", f"/events?{words}")
        assert status == 200, body
        rows += body["data"]
        after, more = body["next"], body["more"]
    return rows


def device(house: House, number: int) -> str:
    body = {
        "name": f"d{number}",
        "ip_address": f"127.9.{number}.1",
        "device_type": "switch",
        "location": "lab",
    }
    status, answer, _ = house.api("POST", "/devices", body)
    assert status == 201, answer
    return str(answer["data"]["id"])


def test_the_latest_changes_are_told_without_reading_all(house: House) -> None:
    made = [device(house, number) for number in (201, 202, 203)]
    status, body, _ = house.api("GET", "/events?latest=true&service=devices&types=DeviceRegistered&size=2")
    assert status == 200, body
    assert [row["stream"] for row in body["data"]] == [f"device-{ident}" for ident in made[1:]]
    assert not body["more"]
    later = device(house, 204)
    (row,) = changes(house, body["next"], types="DeviceRegistered")
    assert row["stream"] == f"device-{later}"
    assert house.api("GET", f"/events?latest=true&after={body['next']}")[0] == 400


def told_of_jobs(house: House, client: Client) -> list[int]:
    """The positions of all changes that a client hears of until a job made now is told of."""
    last, told = house.job(), []
    for name, ident, data in iter(client.next, None):
        if name == "job":
            told.append(int(ident or 0))
            assert told[-1] == data["position"]
            if (data["job_id"], data["status"]) == (last, "queued"):
                break
    client.close()
    return told


def test_a_jobs_states_are_told_as_they_change(house: House) -> None:
    client = house.stream("/jobs/events")
    job = house.job()
    ((name, _, data),) = client.events(1)
    client.close()
    assert (name, data["job_id"], data["status"]) == ("job", job, "queued")
    assert data["events"][0]["type"] == "JobRequested" and data["actor"]["name"] == "admin"


def test_a_dashboard_that_comes_back_gets_what_it_missed_once(house: House) -> None:
    begun = house.stream("/jobs/events")
    for _ in range(4):
        house.job()
    told = told_of_jobs(house, begun)
    stored = [row["position"] for row in changes(house, service="jobs", stream="job")]
    assert told == [position for position in stored if told[0] <= position <= told[-1]]
    for cut in told:
        again = told_of_jobs(house, house.stream("/jobs/events", cut))
        stored = [row["position"] for row in changes(house, service="jobs", stream="job")]
        assert again == [position for position in stored if cut < position <= again[-1]]


def test_the_feed_tells_every_change_of_every_service_once(house: House) -> None:
    made = device(house, 1)
    rows = changes(house)
    assert {row["service"] for row in rows} >= {"auth", "devices", "jobs"}
    for service in ("auth", "devices", "jobs", "monitor"):
        positions = [row["position"] for row in rows if row["service"] == service]
        assert positions == list(range(1, len(positions) + 1))
    mine = [row for row in rows if row["stream"] == f"device-{made}"]
    assert mine[0]["events"][0]["type"] == "DeviceRegistered"
    assert mine[0]["actor"]["name"] == "admin" and mine[0]["request_id"]


def test_a_feed_is_narrowed_by_type_thing_kind_and_service(house: House) -> None:
    made = device(house, 2)
    assert {row["stream"] for row in changes(house, stream=f"device-{made}")} == {f"device-{made}"}
    assert {row["service"] for row in changes(house, stream="device")} == {"devices"}
    registered = changes(house, types="DeviceRegistered,TagCreated", service="devices")
    assert registered and all(row["events"][0]["type"] == "DeviceRegistered" for row in registered)
    assert changes(house, types="NoSuchThing") == []


def test_an_auditor_goes_on_from_any_cursor_in_pages_and_in_streams(house: House) -> None:
    rows = changes(house)
    middle = len(rows) // 2
    assert [row["position"] for row in changes(house, after=rows[middle]["cursor"])] == [
        row["position"] for row in rows[middle + 1 :]
    ]
    client = house.stream("/events/stream", rows[0]["cursor"])
    made = device(house, 3)
    told: list[Event] = []
    wanted = {(row["service"], row["position"]) for row in rows[1:]}
    while not any(f"device-{made}" == data["stream"] for _, _, data in told):
        told += client.events(1)
    client.close()
    seen = [(data["service"], data["position"]) for _, _, data in told]
    assert len(seen) == len(set(seen)) and wanted <= set(seen)


def test_an_auditor_that_comes_back_at_every_cut_misses_nothing(house: House) -> None:
    cursor = changes(house)[-1]["cursor"]
    devices = [device(house, number) for number in range(10, 16)]
    told: list[str] = []
    for _ in range(6):
        client = house.stream("/events/stream?types=DeviceRegistered", cursor)
        ((name, ident, data),) = client.events(1)
        client.close()
        assert (name, ident) == ("change", data["cursor"])
        cursor = ident or ""
        told.append(data["stream"])
    assert told == [f"device-{one}" for one in devices]


def test_only_admins_audit_and_a_viewer_may_follow_jobs(house: House) -> None:
    body = {"username": "looker", "password": "a long enough pass phrase", "role": "viewer"}
    assert house.api("POST", "/users", body)[0] == 201
    viewer = type(house.api)(house.url).log_in("looker", "a long enough pass phrase")
    assert viewer("GET", "/events")[0] == 403
    assert house.stream_as(viewer.token, "/events/stream").status == 403
    client = house.stream_as(viewer.token, "/jobs/events")
    assert client.status == 200
    client.close()


@pytest.mark.parametrize("cursor", ["x", "W10", "eyJhdXRoIjotMX0", "eyJ4IjoxfQ"])
def test_a_cursor_that_is_none_is_refused(house: House, cursor: str) -> None:
    assert house.api("GET", f"/events?after={cursor}")[0] == 400
    client = house.stream("/events/stream", cursor)
    assert (client.status, client.body()["code"]) == (400, "VALIDATION_ERROR")


def test_who_comes_back_past_the_end_is_told_that_the_log_was_restored_and_goes_on_from_there(
    house: House,
) -> None:
    ahead = cursors.encode((10**6, 0, 0, 0))
    feed, jobs = house.stream("/events/stream?service=jobs", ahead), house.stream("/jobs/events", 10**6)
    assert [client.events(1)[0][0] for client in (feed, jobs)] == ["restored"] * 2
    feed.close()
    made = house.job()
    ((kind, place, data),) = jobs.events(1)
    jobs.close()
    assert (kind, data["job_id"]) == ("job", made) and int(place or 0) in range(1, 10**6)


def test_no_feed_holds_a_password(house: House) -> None:
    text = str(changes(house))
    assert PASSWORD not in text and "a long enough pass phrase" not in text


def test_streams_go_on_by_themselves_when_the_database_was_replaced_by_an_earlier_one(house: House) -> None:
    """The last one: what it leaves behind is not the database that the others know."""
    earlier = {name: list(house.database[name].find()) for name in house.database.list_collection_names()}
    lost, streams = house.job(), [house.stream("/jobs/events"), house.stream("/events/stream?service=jobs")]
    jobs = house.instances["jobs"]
    jobs.kill()
    for name in house.database.list_collection_names():
        house.database[name].delete_many({})
        if rows := earlier.get(name):
            house.database[name].insert_many(rows)
    house.database["log"].update_one({"_id": "log"}, {"$set": {"log_id": "another"}})
    jobs.begin().wait_ready()
    for client in streams:  # what was told before it was lost comes first
        while client.events(1)[0][0] != "restored":
            pass
    made = house.job()
    assert made != lost
    assert made in {data["job_id"] for _, _, data in streams[0].events(1)}
    assert f"job-{made}" in {data["stream"] for _, _, data in streams[1].events(1)}
    for client in streams:
        client.close()
