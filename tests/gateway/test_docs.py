"""The documentation page: ours alone, complete, and closed to everything from elsewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib import resources

import pytest

from netraven_contracts.errors import NotFound
from netraven_gateway import docs
from netraven_gateway.answers import Answer
from netraven_gateway.request import Request
from netraven_gateway.routes import ROUTES

ROUTE = next(route for route in ROUTES if route.path == "/api/docs/{file}")
FILES = sorted(docs._FILES)


def part(name: str) -> Answer:
    return docs.part(None, Request("r", {"PATH_INFO": "/"}, ROUTE, {"file": name}))


def text(name: str) -> str:
    body = part(name).body
    assert isinstance(body, bytes)
    return body.decode()


def test_every_file_that_the_page_asks_for_is_there() -> None:
    asked = set(re.findall(r'/api/docs/([\w.]+)"', text("docs.html")))
    asked |= {
        name for one in FILES if one.endswith(".js") for name in re.findall(r'from "\./([\w.]+)"', text(one))
    }
    assert asked | {"docs.html"} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_nothing_comes_from_elsewhere(name: str) -> None:
    assert not re.search(r"https?://|//[a-z]+\.[a-z]+/", text(name))


def test_the_page_holds_no_script_or_style_that_its_policy_would_stop() -> None:
    page = text("docs.html")
    assert not re.search(r"<script(?![^>]*src=)|<style|style=|\son\w+=", page)
    answer = docs.page(None, Request("r", {"PATH_INFO": "/"}, ROUTE, {}))
    assert "default-src 'none'" in answer.policy and "unsafe" not in answer.policy


def test_text_from_the_description_never_becomes_markup() -> None:
    for name in FILES:
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text(name))


@pytest.mark.parametrize("name", ["../routes.py", "routes.py", "", "docs.html/", "..%2froutes.py"])
def test_no_other_file_is_served(name: str) -> None:
    with pytest.raises(NotFound):
        part(name)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node to parse JavaScript")
@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".js")])
def test_the_scripts_parse(name: str) -> None:
    command = ["node", "--input-type=module", "--check"]
    source = resources.files("netraven_gateway").joinpath("static", name).read_bytes()
    assert subprocess.run(command, input=source, capture_output=True, timeout=120).returncode == 0
