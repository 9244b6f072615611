"""From an error to its answer: the table whole, and the silence about faults of ours."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from netraven_contracts import errors
from netraven_gateway import problems
from netraven_gateway.answers import Answer
from netraven_gateway.http1 import ProtocolError


def told(answer: Answer) -> dict[str, Any]:
    assert isinstance(answer.body, bytes)
    document: dict[str, Any] = orjson.loads(answer.body)
    return document


def test_every_code_that_there_is_has_a_status() -> None:
    assert set(problems.STATUS) == set(errors.BY_CODE)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidId("x"), 400),
        (errors.ValidationFailed("x"), 400),
        (errors.Unauthorized("x"), 401),
        (errors.Forbidden("x"), 403),
        (errors.NotFound("x"), 404),
        (errors.DuplicateIp("x"), 409),
        (errors.DuplicateName("x"), 409),
        (errors.PreconditionFailed("x"), 412),
        (errors.PayloadTooLarge("x"), 413),
        (errors.UnsupportedMediaType("x"), 415),
        (errors.StatusCheckFailed("x"), 500),
    ],
)
def test_an_error_becomes_its_status_with_code_and_message(error: errors.NetRavenError, status: int) -> None:
    answer = problems.answer_to(error)
    assert answer.status == status
    assert told(answer)["code"] == error.code


@pytest.mark.parametrize("error", [KeyError("secret"), errors.Internal("secret"), ValueError("secret")])
def test_a_fault_of_ours_is_called_what_the_route_calls_it_and_says_nothing(error: Exception) -> None:
    answer = problems.answer_to(error, errors.CreateFailed)
    assert (answer.status, told(answer)["code"]) == (500, "CREATE_FAILED")
    assert b"secret" not in answer.body


def test_a_named_fault_from_a_service_keeps_its_name_and_loses_its_text() -> None:
    answer = problems.answer_to(errors.StatusCheckFailed("socket.error at 10.0.0.1"), errors.GetFailed)
    assert told(answer)["code"] == "STATUS_CHECK_FAILED"
    assert "10.0.0.1" not in told(answer)["message"]


def test_some_statuses_say_what_to_do_next() -> None:
    assert ("Retry-After", "7") in problems.answer_to(errors.RateLimited("x", {"retry_after": 7})).headers
    assert ("Retry-After", "2") in problems.answer_to(errors.Unavailable("x")).headers
    assert ("Retry-After", "2") in problems.answer_to(ProtocolError(503, "full")).headers
    assert ("Allow", "GET, PUT") in problems.answer_to(
        errors.MethodNotAllowed("x", {"allow": ["GET", "PUT"]})
    ).headers
    assert problems.answer_to(errors.Unauthorized("x")).headers[0][0] == "WWW-Authenticate"


def test_only_faults_go_to_the_log() -> None:
    assert problems.is_ours(errors.NotFound("x"))
    assert problems.is_ours(ProtocolError(400, "x"))
    assert not problems.is_ours(errors.Internal("x"))
    assert not problems.is_ours(KeyError("x"))
