"""The frame around every answer, made by joining bytes: what a service answered passes through undecoded.

No status codes, no headers, no objects but the details of an error.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson

NOTHING = b"null"


def success(data: bytes, message: str = "ok") -> bytes:
    """`data`, which is JSON already, in the frame of a success."""
    return b"%b%b}" % (_opening(message), data)


def collection(data: bytes, page: int, size: int, total: int, message: str = "ok") -> bytes:
    """One page of a list, which is JSON already: under `data` and again, for other clients, under `items`."""
    return b'%b%b,"items":%b,"page":%d,"size":%d,"total":%d}' % (
        _opening(message),
        data,
        data,
        page,
        size,
        total,
    )


def with_fields(data: bytes, extra: bytes, message: str = "ok") -> bytes:
    """`data` in the frame, and the members of the JSON object `extra` beside it on the top level."""
    inner = extra.strip()[1:-1].strip()
    return b"%b%b%b%b}" % (_opening(message), data, b"," if inner else b"", inner)


def error(message: str, code: str, details: Any = None) -> bytes:
    """A refusal or a failure; details that are no JSON are left out rather than failing in turn."""
    body = {"status": "error", "message": message, "code": code}
    if details is not None:
        body["details"] = details
    try:
        return orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        return orjson.dumps({"status": "error", "message": _printable(message), "code": code})


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


@lru_cache(maxsize=256)
def _opening(message: str) -> bytes:
    return b'{"status":"success","message":%b,"data":' % orjson.dumps(message)
