"""The route table as a whole: what it says of itself, and what is made of it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from netraven_contracts import errors
from netraven_gateway.openapi import describe
from netraven_gateway.problems import STATUS
from netraven_gateway.route import ROLES, Route
from netraven_gateway.router import Router
from netraven_gateway.routes import ROUTES

OPEN = {
    "/api", "/api/health", "/api/auth/token", "/api/auth/refresh", "/api/auth/logout",
    "/api/openapi.json", "/api/docs", "/api/docs/{file}", "/",
}  # fmt: skip

DOCUMENT = describe(ROUTES, "1")


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


def operation(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][route.path][route.method.lower()]
    return found


SHOWN = [route for route in ROUTES if not route.hidden]


def test_the_table_contradicts_itself_nowhere() -> None:
    router = Router(ROUTES)
    for route in ROUTES:
        path = route.path.replace("{", "").replace("}", "")
        assert router.find(route.method, path)[0] is route


def test_all_but_the_named_routes_need_a_log_in() -> None:
    assert {route.path for route in ROUTES if route.role is None} == OPEN


@pytest.mark.parametrize("route", ROUTES, ids=name)
def test_who_changes_anything_is_an_operator_at_least(route: Route) -> None:
    own_account = route.path.startswith("/api/users/me/")
    if route.role is not None and route.writes and not own_account:
        assert not route.allows("viewer")
    for lower, higher in pairwise(ROLES):
        assert route.allows(higher) or not route.allows(lower)
    assert route.allows("nobody") is (route.role is None)


@pytest.mark.parametrize("route", [row for row in ROUTES if row.tag == "users"], ids=name)
def test_other_users_are_an_admins_business(route: Route) -> None:
    assert route.role == ("viewer" if route.path.startswith("/api/users/me/") else "admin")


@pytest.mark.parametrize("route", SHOWN, ids=name)
def test_every_route_is_described_in_full(route: Route) -> None:
    described = operation(route)
    assert described["summary"] and described["tags"] == [route.tag]
    assert described["security"] == ([{"bearer": []}] if route.role else [])
    assert str(route.gives.status) in described["responses"]
    refusals: tuple[type[errors.NetRavenError], ...] = (
        errors.ValidationFailed,
        errors.Unavailable,
        route.failure,
        *route.errors,
    )
    for code in [refusal.code for refusal in refusals]:
        assert code in described["responses"][str(STATUS[code])]["description"]
    if route.role is not None:
        assert {"401", "403"} <= described["responses"].keys()
    if route.reads.body is not None:
        assert described["requestBody"]["content"].keys() == set(route.reads.accepts)
        assert {"408", "413", "415"} <= described["responses"].keys()


@pytest.mark.parametrize("route", SHOWN, ids=name)
def test_every_named_segment_is_a_parameter(route: Route) -> None:
    wanted = {part[1:-1] for part in route.path.split("/") if part.startswith("{")}
    given = {one["name"] for one in operation(route)["parameters"] if one["in"] == "path"}
    assert given == wanted


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation(route)["operationId"] for route in SHOWN]
    assert len(set(names)) == len(names)


def test_bodies_refuse_unknown_fields_in_the_description_too() -> None:
    for route in SHOWN:
        if route.reads.body is not None:
            schema = DOCUMENT["components"]["schemas"][route.reads.body.__name__]
            assert schema["additionalProperties"] is False


def test_what_stands_beside_the_envelope_leaves_room_for_it() -> None:
    schemas = [route.gives.beside for route in SHOWN if route.gives.beside is not None]
    assert schemas
    for schema in schemas:
        assert "additionalProperties" not in DOCUMENT["components"]["schemas"][schema.__name__]


def test_every_reference_leads_somewhere() -> None:
    found = references(DOCUMENT)
    assert len(found) > 100
    for reference in found:
        place: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            assert part in place, reference
            place = place[part]


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [one for value in node.values() for one in references(value)]
    return [one for value in node for one in references(value)] if isinstance(node, list) else []


def test_the_seeds_messages_and_failures_stand_in_the_table() -> None:
    rows = {name(route): (route.gives.status, route.gives.message, route.failure.code) for route in ROUTES}
    assert rows["GET /api/devices"] == (200, "ok", "LIST_FAILED")
    assert rows["POST /api/devices"] == (201, "Device created", "CREATE_FAILED")
    assert rows["GET /api/devices/{device_id}"] == (200, "ok", "GET_FAILED")
    assert rows["PUT /api/devices/{device_id}"] == (200, "Device updated", "UPDATE_FAILED")
    assert rows["PATCH /api/devices/{device_id}"] == (200, "Device updated", "UPDATE_FAILED")
    assert rows["DELETE /api/devices/{device_id}"][::2] == (204, "DELETE_FAILED")
    assert rows["GET /api/devices/{device_id}/status"] == (200, "Status checked", "STATUS_CHECK_FAILED")
