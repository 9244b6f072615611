"""A range of a log as it travels: from the relay by message, or from log_range by RPC. No I/O.

`after` is the position before the first commit, `through` the last one's; a range without commits says
only how far the log is, and that its relay lives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from netraven_chassis.eventlog.commit import Commit, from_document

MESSAGE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Batch:
    """Commits of `source` past position `after`, up to `through`; `head` is the log's last position, if
    known.
    """

    source: str
    log_id: str
    after: int
    through: int
    commits: tuple[Commit, ...]
    head: int


def decode(message: Mapping[str, Any]) -> Batch:
    """The batch in a decoded message. Raises KeyError, TypeError or ValueError for what is none."""
    commits = tuple(from_document(document) for document in message["commits"])
    after, through = int(message["after"]), int(message["through"])
    if through - after != len(commits):
        raise ValueError(f"a range from {after} to {through} cannot have {len(commits)} commits")
    return Batch(message["source"], message["log_id"], after, through, commits, int(message["head"]))


def pack(
    source: str, log_id: str, after: int, documents: Sequence[Mapping[str, Any]], head: int
) -> Iterator[bytes]:
    """The documents as messages of at most about 256 kB each, at least one commit in each; one message if
    none.
    """
    parts: list[bytes] = []
    size = 0
    for document in documents:
        part = orjson.dumps(document)
        if parts and size + len(part) > MESSAGE_BYTES:
            yield _message(source, log_id, after, parts, head)
            after += len(parts)
            parts, size = [], 0
        parts.append(part)
        size += len(part)
    yield _message(source, log_id, after, parts, head)


def _message(source: str, log_id: str, after: int, parts: Sequence[bytes], head: int) -> bytes:
    envelope = orjson.dumps(
        {"source": source, "log_id": log_id, "after": after, "through": after + len(parts), "head": head}
    )
    # The commits are spliced in as they are, so that each is encoded once.
    return b"".join((envelope[:-1], b',"commits":[', b",".join(parts), b"]}"))
