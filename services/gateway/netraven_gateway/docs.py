"""The documentation page: files of our own that read the API's description in the browser. No templates."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Any

from netraven_contracts.errors import NotFound
from netraven_gateway.answers import Answer
from netraven_gateway.request import Request

# Everything comes from here and nothing from elsewhere; no script or style stands in the page itself.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FILES = {
    "docs.html": "text/html; charset=utf-8",
    "docs.css": "text/css; charset=utf-8",
    "docs.js": "text/javascript; charset=utf-8",
    "dom.js": "text/javascript; charset=utf-8",
    "try.js": "text/javascript; charset=utf-8",
}


def page(gateway: Any, request: Request) -> Answer:
    """The page."""
    return _answer("docs.html")


def part(gateway: Any, request: Request) -> Answer:
    """What the page is made of."""
    return _answer(request.params["file"])


def home(gateway: Any, request: Request) -> Answer:
    """A browser that was given the bare address finds the page."""
    return Answer(302, headers=[("Location", "/api/docs")], content_type="text/plain")


def _answer(name: str) -> Answer:
    if name not in _FILES:
        raise NotFound("The documentation has no such file")
    return Answer(200, _content(name), content_type=_FILES[name], cache="no-cache", policy=_POLICY)


@lru_cache(maxsize=len(_FILES))
def _content(name: str) -> bytes:
    return resources.files("netraven_gateway").joinpath("static", name).read_bytes()
