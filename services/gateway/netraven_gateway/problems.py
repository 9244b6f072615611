"""The one table from an error's code to its HTTP status, and how any exception becomes an answer.

What an exception of ours does not say itself is never told to a client: it stands in the log, under the
request id.
"""

from __future__ import annotations

from typing import Any

from netraven_contracts import errors
from netraven_gateway import envelope
from netraven_gateway.answers import Answer
from netraven_gateway.http1 import ProtocolError

STATUS = {
    "INVALID_ID": 400,
    "VALIDATION_ERROR": 400,
    "INVALID_DEVICE": 400,
    "UNAUTHORIZED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "CONFLICT": 409,
    "DUPLICATE_IP": 409,
    "DUPLICATE_NAME": 409,
    "PRECONDITION_FAILED": 412,
    "PAYLOAD_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "RATE_LIMITED": 429,
    "CREATE_FAILED": 500,
    "UPDATE_FAILED": 500,
    "DELETE_FAILED": 500,
    "LIST_FAILED": 500,
    "GET_FAILED": 500,
    "STATUS_CHECK_FAILED": 500,
    "INTERNAL": 500,
    "SERVICE_UNAVAILABLE": 503,
}

# Bytes that are no proper request fail before there is a route; these are HTTP's own words for it.
PROTOCOL = {
    400: "BAD_REQUEST",
    408: "REQUEST_TIMEOUT",
    413: "PAYLOAD_TOO_LARGE",
    414: "URI_TOO_LONG",
    417: "EXPECTATION_FAILED",
    431: "HEADERS_TOO_LARGE",
    500: "INTERNAL",
    501: "NOT_IMPLEMENTED",
    503: "SERVICE_UNAVAILABLE",
    505: "HTTP_VERSION_NOT_SUPPORTED",
}

NEUTRAL = {
    "CREATE_FAILED": "It could not be created; nothing is wrong with the request",
    "UPDATE_FAILED": "It could not be changed; nothing is wrong with the request",
    "DELETE_FAILED": "It could not be deleted; nothing is wrong with the request",
    "LIST_FAILED": "The list could not be read; nothing is wrong with the request",
    "GET_FAILED": "It could not be read; nothing is wrong with the request",
    "STATUS_CHECK_FAILED": "The status could not be checked; that says nothing about the device",
    "INTERNAL": "Something went wrong on our side; nothing is wrong with the request",
}

# What a fault of ours is called where there is no route to name it.
FAILURE = errors.Internal

_RETRY_SECONDS = 2


def is_ours(error: BaseException) -> bool:
    """Whether the error says itself what a client may know; anything else is a fault that goes to the log."""
    return isinstance(error, ProtocolError) or (
        isinstance(error, errors.NetRavenError) and not isinstance(error, errors.Internal)
    )


def answer_to(error: BaseException, failure: type[errors.Internal] = FAILURE) -> Answer:
    """The answer that tells a client of `error`.

    Parameters: `failure`, what the route calls a fault of ours (CREATE_FAILED, LIST_FAILED, …).
    """
    if isinstance(error, ProtocolError):
        return _answer(error.status, error.reason, PROTOCOL.get(error.status, "BAD_REQUEST"), None)
    if not isinstance(error, errors.NetRavenError) or type(error) in (errors.Internal, errors.NetRavenError):
        return _answer(500, NEUTRAL.get(failure.code, NEUTRAL["INTERNAL"]), failure.code, None)
    message = NEUTRAL.get(error.code, error.message)
    return _answer(STATUS.get(error.code, 500), message, error.code, error.details)


def _answer(status: int, message: str, code: str, details: Any) -> Answer:
    answer = Answer(status, envelope.error(message, code, details))
    return _helped(answer, details if isinstance(details, dict) else {})


def _helped(answer: Answer, details: dict[str, Any]) -> Answer:
    """The headers that HTTP wants beside some statuses."""
    if answer.status in (429, 503):
        answer.add("Retry-After", str(max(1, round(details.get("retry_after") or _RETRY_SECONDS))))
    elif answer.status == 405:
        answer.add("Allow", ", ".join(details.get("allow", ())))
    elif answer.status == 401:
        answer.add("WWW-Authenticate", 'Bearer realm="netraven"')
    return answer
