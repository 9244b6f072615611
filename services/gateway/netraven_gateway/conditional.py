"""ETag, If-None-Match and If-Match: what a client has already, and what it thinks it is changing. Pure.

Our ETags look like `"<version>-<checksum>"`. Reading compares all of it, changing the version alone, so that
a ping that came in between does not stop a change.
"""

from __future__ import annotations

import re

from netraven_contracts.errors import ValidationFailed

_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_TAGS = re.compile(rf"\s*{_TAG.pattern}(?:\s*,\s*{_TAG.pattern})*\s*")
_OURS = re.compile(r'(?:W/)?"([0-9]{1,15})-[0-9a-f]+"')

NO_VERSION = -1


def is_known(if_none_match: str | None, etag: str) -> bool:
    """Whether the client has what `etag` names. A header that is none is as good as absent."""
    if not if_none_match:
        return False
    if if_none_match.strip() == "*":
        return True
    opaque = etag.removeprefix("W/")
    return any(tag.removeprefix("W/") == opaque for tag in _TAG.findall(if_none_match))


def expected_version(if_match: str | None) -> int | None:
    """The version that a change is meant for, None for any.

    A tag that was never ours gives NO_VERSION, which nothing has. Raises ValidationFailed for what is no tag
    or more than one: a change is made to one version.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    if not _TAGS.fullmatch(if_match):
        raise _malformed('must be an ETag as it was sent, quotes included, such as "3-0a1b2c3d", or *')
    if len(_TAG.findall(if_match)) > 1:
        raise _malformed("must be one ETag")
    match = _OURS.fullmatch(if_match.strip())
    return int(match[1]) if match else NO_VERSION


def _malformed(reason: str) -> ValidationFailed:
    return ValidationFailed("The If-Match header cannot be understood", {"If-Match": [reason]})
