"""Other origins' pages."""

from __future__ import annotations

from netraven_gateway.cors import Cors

OPS = "https://ops.example.com"


def test_nothing_is_said_unless_origins_are_set() -> None:
    assert Cors([]).headers(OPS) == []
    assert Cors([]).preflight(OPS, ["GET"]) == []


def test_a_listed_origin_is_let_in_by_name() -> None:
    headers = dict(Cors([OPS]).headers(OPS))
    assert headers["Access-Control-Allow-Origin"] == OPS
    assert headers["Vary"] == "Origin"
    assert "ETag" in headers["Access-Control-Expose-Headers"]


def test_an_origin_that_is_not_listed_is_not() -> None:
    for origin in (None, "null", "https://evil.example.com", f"{OPS}.evil.com", OPS.upper()):
        assert Cors([OPS]).headers(origin) == [("Vary", "Origin")]
        assert Cors([OPS]).preflight(origin, ["GET"]) == []


def test_a_preflight_names_methods_and_headers() -> None:
    headers = dict(Cors([OPS]).preflight(OPS, ["GET", "PATCH"]))
    assert headers["Access-Control-Allow-Methods"] == "GET, PATCH"
    assert "Authorization" in headers["Access-Control-Allow-Headers"]


def test_a_star_lets_every_page_in_and_never_allows_credentials() -> None:
    headers = dict(Cors(["*"]).headers(OPS))
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in headers
