"""Pages of the feed of changes read what they need of the logs, and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

from netraven_contracts.events import SERVICES
from netraven_gateway import cursors
from tests.gateway.small import Raw
from tests.gateway.small_logs import Logs, running

Page = tuple[list[str], cursors.Vector, bool]


class Feed:
    """The feed over small logs; a change is called after its stream."""

    def __init__(self, port: int, logs: Logs) -> None:
        self._port = port
        self.logs = logs

    def page(self, query: str) -> Page:
        """What a page tells, where its reader is then, and whether there is more."""
        client = Raw(self._port)
        status, _, body = client.request("GET", f"/events?{query}").answer()
        client.close()
        assert status == 200, body
        answer = orjson.loads(body)
        return [row["stream"] for row in answer["data"]], cursors.decode(answer["next"]), answer["more"]


@pytest.fixture
def feed(settings_for: Callable[..., Any]) -> Iterator[Feed]:
    settings_for(NETRAVEN_PORT="0")
    with running() as (port, logs):
        yield Feed(port, logs)


def test_only_the_log_that_is_asked_for_is_read_and_the_reader_stays_where_it_is_in_the_others(
    feed: Feed,
) -> None:
    feed.logs.grow(20)
    begin = cursors.encode((3, 4, 5, 6))
    told, place, more = feed.page(f"service=devices&after={begin}&size=7")
    assert told == [f"devices-{number}" for number in range(5, 12)]
    assert (place, more, set(feed.logs.counted())) == ((3, 11, 5, 6), True, {"devices"})
    told, place, more = feed.page(f"service=devices&after={cursors.encode(place)}&size=50")
    assert told == [f"devices-{number}" for number in range(12, 21)]
    assert (place, more, feed.logs.counted()) == ((3, 20, 5, 6), False, {"devices": 9})
    told, place, more = feed.page(f"after={cursors.encode(place)}&size=100")
    rest = {"auth": 4, "jobs": 6, "monitor": 7}
    assert sorted(told) == sorted(
        f"{service}-{number}" for service, first in rest.items() for number in range(first, 21)
    )
    assert (place, more) == ((20, 20, 20, 20), False)


def test_the_latest_of_one_service_are_read_alone_and_their_reader_is_at_the_end_of_all(feed: Feed) -> None:
    feed.logs.grow(30)
    told, place, more = feed.page("latest=true&service=jobs&size=2")
    assert told == ["jobs-29", "jobs-30"]
    assert (place, more, feed.logs.counted()) == ((30, 30, 30, 30), False, {"jobs": 2})
    feed.logs.grow(1)
    told, _, _ = feed.page(f"after={cursors.encode(place)}")
    assert told == [f"{service}-31" for service in SERVICES]


def test_as_many_are_read_for_the_latest_as_are_told_unless_they_are_chosen(feed: Feed) -> None:
    feed.logs.grow(1100, ("monitor",))
    feed.logs.grow(10, ("auth", "devices"))
    told, place, _ = feed.page("latest=true&size=5")
    assert told == ["devices-8", "auth-9", "devices-9", "auth-10", "devices-10"]
    assert (place, feed.logs.counted()) == ((10, 10, 0, 1100), {"auth": 5, "devices": 5, "monitor": 5})
    told, place, _ = feed.page("latest=true&size=5&stream=monitor-101")
    assert told == ["monitor-101"]
    assert (place, feed.logs.counted()["monitor"]) == ((10, 10, 0, 1100), 1000)
