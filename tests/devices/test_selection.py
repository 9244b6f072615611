"""Which credentials are tried on a device, and in which order, by examples."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from netraven_devices.selection import candidates


def one(
    ident: str, *tags: str, priority: int = 100, name: str | None = None, method: str = "ssh"
) -> dict[str, Any]:
    told = {"name": name or ident, "method": method, "priority": priority}
    return {"_id": ident, **told, "tags": list(tags)}


# {what it shows: (credentials, the device's tags, when each last worked on it, who is tried in which order)}
EXAMPLES: dict[str, tuple[list[dict[str, Any]], list[str], dict[str, int], list[str]]] = {
    "nothing of nothing": ([], ["core"], {}, []),
    "one without tags is for any device": ([one("a")], [], {}, ["a"]),
    "and for one with tags": ([one("a")], ["core"], {}, ["a"]),
    "one tag in common is enough": ([one("a", "core", "lab")], ["edge", "core"], {}, ["a"]),
    "none in common is not": ([one("a", "core")], ["edge"], {}, []),
    "a device without tags gets none that has some": ([one("a", "core"), one("b")], [], {}, ["b"]),
    "what nobody logs in with is tried nowhere": (
        [one("a", method="snmp", priority=1), one("b", method="api"), one("c")],
        [],
        {"a": 9000},
        ["c"],
    ),
    "the lower priority first": ([one("a", priority=2), one("b", priority=1)], [], {}, ["b", "a"]),
    "its tags give it no precedence": ([one("b", "core"), one("a")], ["core"], {}, ["a", "b"]),
    "among equals the one that worked last": ([one("a"), one("b")], [], {"a": 1000, "b": 2000}, ["b", "a"]),
    "one that worked before one that never did": ([one("a"), one("b")], [], {"b": 1}, ["b", "a"]),
    "priority before what worked": ([one("a", priority=1), one("b")], [], {"b": 9000}, ["a", "b"]),
    "at last by name, whatever the case": (
        [one("1", name="beta"), one("2", name="Alpha"), one("3", name="gamma")],
        [],
        {},
        ["2", "1", "3"],
    ),
}


@pytest.mark.parametrize(("credentials", "tags", "succeeded", "order"), EXAMPLES.values(), ids=EXAMPLES)
def test_who_is_tried_in_which_order(
    credentials: list[dict[str, Any]], tags: list[str], succeeded: dict[str, int], order: list[str]
) -> None:
    assert [found["_id"] for found in candidates(credentials, tags, succeeded)] == order


@given(some.permutations([one("a"), one("b", "core"), one("c", priority=1), one("d"), one("e", "lab")]))
def test_the_order_never_depends_on_how_they_lay(credentials: list[dict[str, Any]]) -> None:
    found = candidates(credentials, ["core"], {"d": 5})
    assert [each["_id"] for each in found] == ["c", "d", "a", "b"]
