"""Which exceptions mean that the database or the broker is away, and what a client is told then."""

from __future__ import annotations

from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)

from netraven_contracts.errors import NetRavenError, Unavailable

# Codes by which a member says "not me, not now": the outcome of a write is unknown.
# Source: MongoDB's list of error codes, the retryable ones and the time-outs.
PASSING = frozenset({6, 7, 50, 64, 89, 91, 100, 112, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436})


def passing(error: BaseException) -> bool:
    """Whether the database is away, changing its primary or too slow: worth another try later."""
    if isinstance(error, BulkWriteError):
        return bool(error.details.get("writeConcernErrors"))
    if isinstance(error, ConnectionFailure | ExecutionTimeout | WTimeoutError):
        return True
    if isinstance(error, OperationFailure):
        return error.code in PASSING
    return isinstance(error, PyMongoError) and error.timeout


def infrastructure(error: BaseException) -> bool:
    """Whether the fault lies with what we stand on, not with the data in hand."""
    return passing(error) or isinstance(error, Unavailable | OSError)


def as_error(error: BaseException) -> NetRavenError | None:
    """What a caller is told of an exception: itself, 'the database is away', or None for a fault of ours."""
    if isinstance(error, NetRavenError):
        return error
    if passing(error):
        return Unavailable("the database gives no answer; try again shortly", {"retry_after": 2})
    return None
