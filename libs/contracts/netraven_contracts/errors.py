"""Every error that may cross a service's border, by the code that clients see. No HTTP numbers, no I/O.

NetRavenError
├── BadRequest
│   ├── InvalidId            an identifier is not 24 hex digits
│   ├── ValidationFailed     a field or parameter is wrong; details name it
│   └── InvalidDevice        the device as stored cannot be asked for this
├── Unauthorized             no token, or one that is not accepted
├── Forbidden                a known caller without the right
├── NotFound
├── MethodNotAllowed
├── Conflict                 the state of things forbids it
│   ├── DuplicateIp
│   └── DuplicateName
├── PreconditionFailed       If-Match names a version that is gone
├── PayloadTooLarge
├── UnsupportedMediaType
├── RateLimited              details: {"retry_after": seconds}
├── Unavailable              no answer in time; details: {"retry_after": seconds}
└── Internal                 a fault of ours; the message never says which
    ├── CreateFailed  UpdateFailed  DeleteFailed  ListFailed  GetFailed
    └── StatusCheckFailed
"""

from __future__ import annotations

from typing import Any, ClassVar


class NetRavenError(Exception):
    """An error with a code for programs, a sentence for people and optional details.

    Parameters: `message`, one sentence that says what to do about it; `details`, JSON-able or None.
    Everything lies in `args`, so that the error survives any copy.
    """

    code: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str = "", details: Any = None) -> None:
        super().__init__(message, details)

    @property
    def message(self) -> str:
        """The sentence for people."""
        return str(self.args[0])

    @property
    def details(self) -> Any:
        """What a program may want to know more: usually {field: [reasons]}."""
        return self.args[1]

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class BadRequest(NetRavenError):
    """The request cannot be understood or is against the contract."""

    code = "VALIDATION_ERROR"


class InvalidId(BadRequest):
    """An identifier that is not 24 hex digits."""

    code = "INVALID_ID"


class ValidationFailed(BadRequest):
    """A field or a parameter is wrong; details are {name: [reasons]}."""

    code = "VALIDATION_ERROR"


class InvalidDevice(BadRequest):
    """The device as it is stored cannot be asked for this."""

    code = "INVALID_DEVICE"


class Unauthorized(NetRavenError):
    """No token, or one that is not accepted."""

    code = "UNAUTHORIZED"


class Forbidden(NetRavenError):
    """The caller is known and may not do this."""

    code = "FORBIDDEN"


class NotFound(NetRavenError):
    """There is no such thing, or no longer."""

    code = "NOT_FOUND"


class MethodNotAllowed(NetRavenError):
    """The path exists and does not know this verb; details: {"allow": [...]}."""

    code = "METHOD_NOT_ALLOWED"


class Conflict(NetRavenError):
    """The present state forbids it."""

    code = "CONFLICT"


class DuplicateIp(Conflict):
    """Another device has this address."""

    code = "DUPLICATE_IP"


class DuplicateName(Conflict):
    """The name is taken."""

    code = "DUPLICATE_NAME"


class PreconditionFailed(NetRavenError):
    """If-Match names a version that is no longer the current one."""

    code = "PRECONDITION_FAILED"

    @classmethod
    def stale(cls, version: int, expected: int) -> PreconditionFailed:
        """The thing is at `version`, the caller has seen `expected`; below 0: none that it had."""
        if expected < 0:
            return cls(f"this is version {version} now, and If-Match names none that it had; read it again")
        return cls(f"this is version {version} now, not {expected}; read it again")


class PayloadTooLarge(NetRavenError):
    """The body is larger than the route takes."""

    code = "PAYLOAD_TOO_LARGE"


class UnsupportedMediaType(NetRavenError):
    """The body's type is not one that the route reads."""

    code = "UNSUPPORTED_MEDIA_TYPE"


class RateLimited(NetRavenError):
    """Too many tries; details: {"retry_after": seconds}."""

    code = "RATE_LIMITED"


class Unavailable(NetRavenError):
    """A service, the broker or the database gave no answer in time; details: {"retry_after": seconds}.

    The outcome of a command that ends so is unknown: repeat it with the same command id.
    """

    code = "SERVICE_UNAVAILABLE"


class Internal(NetRavenError):
    """A fault of ours. The message is neutral; the log has the rest."""

    code = "INTERNAL"


class CreateFailed(Internal):
    """Creating failed for a reason of ours."""

    code = "CREATE_FAILED"


class UpdateFailed(Internal):
    """Changing failed for a reason of ours."""

    code = "UPDATE_FAILED"


class DeleteFailed(Internal):
    """Removing failed for a reason of ours."""

    code = "DELETE_FAILED"


class ListFailed(Internal):
    """Listing failed for a reason of ours."""

    code = "LIST_FAILED"


class GetFailed(Internal):
    """Reading failed for a reason of ours."""

    code = "GET_FAILED"


class StatusCheckFailed(Internal):
    """The device's status could not be found out, which says nothing about the device."""

    code = "STATUS_CHECK_FAILED"


def _tree(root: type[NetRavenError]) -> list[type[NetRavenError]]:
    return [root, *(leaf for child in root.__subclasses__() for leaf in _tree(child))]


# The base classes BadRequest and NetRavenError share a code with a leaf; the leaf, which comes later, wins.
BY_CODE: dict[str, type[NetRavenError]] = {error.code: error for error in _tree(NetRavenError)}


def rebuild(code: str, message: str, details: Any = None) -> NetRavenError:
    """The error that another service raised, from its code, as an instance of its own class.

    An unknown code, from a newer service, becomes Internal with the message kept.
    """
    return BY_CODE.get(code, Internal)(message, details)
