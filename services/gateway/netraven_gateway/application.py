"""The WSGI application: a request's variables go through the route table and become an answer. No sockets.

Everything HTTP happens here, before and after the one worker that runs the handler; no exception leaves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import structlog

from netraven_contracts.access import Caller
from netraven_contracts.errors import NotFound, ValidationFailed
from netraven_gateway import checks, idempotency, problems, request_ids
from netraven_gateway.answers import Answer
from netraven_gateway.cors import Cors
from netraven_gateway.http1 import ProtocolError, status_text
from netraven_gateway.request import Request
from netraven_gateway.route import Route
from netraven_gateway.router import Router

_log = structlog.get_logger(__name__)

Headers = list[tuple[str, str]]

_SAFETY: Headers = [
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
]


class Callers(Protocol):
    """Whoever knows who asks."""

    def identify(self, request: Request) -> Caller:
        """The caller; raises Unauthorized when there is none, Unavailable when nobody can say."""


class AccessLog(Protocol):
    """Whoever writes one line per request."""

    def __call__(
        self,
        environ: dict[str, Any],
        answer: Answer,
        request: Request | None,
        request_id: str,
        seconds: float,
    ) -> None:
        """Write it."""


class Application:
    """Answers HTTP requests.

    Parameters: `router` over the route table; `run`, which gives a checked request to a worker and returns
    its answer; `callers`; `cors`; `body_limit` in octets; `access_log`.
    """

    def __init__(
        self,
        router: Router[Route],
        run: Callable[[Request], Answer],
        callers: Callers,
        cors: Cors,
        body_limit: int,
        access_log: AccessLog,
    ) -> None:
        self._router = router
        self._run = run
        self._callers = callers
        self._cors = cors
        self._body_limit = body_limit
        self._access_log = access_log

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """WSGI."""
        started = time.perf_counter()
        request_id = request_ids.accept(environ.get("HTTP_X_REQUEST_ID"))
        request, answer = self._answer(environ, request_id)
        headers = self._headers(environ, request_id, answer, request)
        start_response(status_text(answer.status), headers)
        self._access_log(environ, answer, request, request_id, time.perf_counter() - started)
        return [answer.body] if isinstance(answer.body, bytes) else answer.body

    def refuse(self, error: ProtocolError) -> tuple[str, Headers, bytes]:
        """Status, headers and body for bytes that never became a request."""
        answer = problems.answer_to(error)
        assert isinstance(answer.body, bytes)  # noqa: S101 - a problem is never a stream
        headers = self._headers({}, request_ids.accept(None), answer, None)
        return status_text(answer.status), headers, answer.body

    def _answer(self, environ: dict[str, Any], request_id: str) -> tuple[Request | None, Answer]:
        request: Request | None = None
        try:
            path = _decoded(environ)
            if environ["REQUEST_METHOD"] == "OPTIONS":
                return None, self._options(environ, path)
            route, params = self._router.find(environ["REQUEST_METHOD"], path)
            request = Request(request_id, environ, route, params)
            return request, self._serve(request)
        except Exception as error:
            return request, _problem(error, request, request_id)

    def _serve(self, request: Request) -> Answer:
        if request.route.role is not None:
            request.caller = caller = self._callers.identify(request)
            request.context["actor"] = {"id": caller.user_id, "name": caller.name, "role": caller.role}
            checks.permit(request)
        checks.read(request, self._body_limit)
        return self._run(request)

    def _options(self, environ: dict[str, Any], path: str) -> Answer:
        methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]
        if path != "*":
            methods = self._router.allowed(path)
        answer = Answer(204, headers=[("Allow", ", ".join(methods))])
        if environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD"):
            answer.headers += self._cors.preflight(environ.get("HTTP_ORIGIN"), methods)
        return answer

    def _headers(
        self, environ: dict[str, Any], request_id: str, answer: Answer, request: Request | None
    ) -> Headers:
        headers = [
            (request_ids.HEADER, request_id),
            *_SAFETY,
            ("Cache-Control", answer.cache),
            ("Content-Security-Policy", answer.policy),
            *answer.headers,
        ]
        if answer.status not in (204, 304):
            headers.append(("Content-Type", answer.content_type))
        # It comes back only from where it counts: a client can tell that a repetition is done once.
        if request and request.route.keyed and (key := environ.get("HTTP_IDEMPOTENCY_KEY")):
            headers += idempotency.echo(key)
        headers += self._cors.headers(environ.get("HTTP_ORIGIN"))
        return headers


def _decoded(environ: dict[str, Any]) -> str:
    """The path as text; WSGI hands it over as octets in disguise (PEP 3333)."""
    path: str = environ["PATH_INFO"]
    if path.isascii():
        if "\0" in path:
            raise NotFound("There is nothing under this path")
        return path
    try:
        environ["PATH_INFO"] = decoded = path.encode("latin-1").decode()
        return decoded
    except UnicodeDecodeError:
        raise ValidationFailed("The path is not UTF-8", {"path": ["must be UTF-8"]}) from None


def _problem(error: Exception, request: Request | None, request_id: str) -> Answer:
    failure = request.route.failure if request else problems.FAILURE
    if not problems.is_ours(error):
        _log.error("request failed", request_id=request_id, exc_info=error)
    return problems.answer_to(error, failure)
