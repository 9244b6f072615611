"""Many devices in one call: each row alone, all together fast, nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.core import Core
from netraven_devices import queries, tagging
from netraven_devices.bulk import register_many
from netraven_devices.finder import Finder
from tests.devices.inventory import body, registered, tagged

Asked = Callable[..., BoundStore]


def everything(store: BoundStore) -> list[dict[str, Any]]:
    return queries.devices(store, Finder(), {}, 1, 1000, ["name"])[0]


def test_rows_become_devices_and_the_others_are_told_about(asked: Asked, core: Core) -> None:
    tagged(asked(), "core")
    there = registered(asked())
    rows = [
        (2, body(name="a", tags=["core"], serial="S1")),
        (3, body(ip_address=there["ip_address"])),
        (4, body(name="b", tags=["nowhere"])),
        (5, body(name="c", ip_address="192.0.2.1")),
        (6, body(name="d", ip_address="192.0.2.1")),
        (7, body(name="e", tags=["New", "new"], create_missing_tags=True)),
        (8, body(name="f", tags=["NEW", "core"], create_missing_tags=True)),
    ]
    foreseen = register_many(asked(), rows, dry_run=True)
    assert len(everything(asked())) == 1, "a dry run writes nothing"
    report = register_many(asked(), rows, dry_run=False)
    for told in (foreseen, report):
        assert [line["row"] for line in told.created] == [2, 5, 7, 8]
        assert [(line["row"], line["field"]) for line in told.duplicates] == [
            (3, "ip_address"),
            (6, "ip_address"),
        ]
        assert [(line["row"], line["field"]) for line in told.errors] == [(4, "tags")]
    devices = {row["name"]: row for row in everything(asked())}
    assert set(devices) == {"a", "c", "e", "f", there["name"]}
    assert [devices[name]["tags"] for name in "aef"] == [["core"], ["New"], ["New", "core"]]
    assert {line["id"] for line in report.created} == {devices[name]["id"] for name in "acef"}


def test_a_call_that_is_repeated_makes_the_same_devices(asked: Asked, core: Core) -> None:
    rows = [(number, body(tags=["x"], create_missing_tags=True)) for number in range(1, 30)]
    first = register_many(asked("c1", "h1"), rows, dry_run=False)
    head = core.log.head()
    assert register_many(asked("c1", "h1"), rows, dry_run=False) == first
    assert core.log.head() == head


def test_a_call_that_is_repeated_after_a_tag_was_renamed_tells_the_same(asked: Asked, core: Core) -> None:
    tag = tagged(asked(), "core")
    rows = [(1, body()), (2, body(tags=["core"])), (3, body())]
    first = register_many(asked("c1", "h1"), rows, dry_run=False)
    tagging.change(asked(), tag["id"], {"name": "backbone"}, None)
    head = core.log.head()
    assert register_many(asked("c1", "h1"), rows, dry_run=False) == first
    assert core.log.head() == head
    assert [line["row"] for line in register_many(asked("c2", "h1"), rows, dry_run=True).errors] == [2]


def test_a_thousand_rows_are_one_call(asked: Asked, core: Core) -> None:
    rows = [(number, body()) for number in range(1000)]
    assert len(register_many(asked(), rows, dry_run=False).created) == 1000
    assert len(Finder().up_to_date(core)) == 1000
