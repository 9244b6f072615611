"""Following what the server tells as it happens: an event stream, taken up again where it broke off.

Events come out, each once and in order. What they mean is not known here, and nothing is printed.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netraven_cli.exits import ApiError, Exit, Stop

if TYPE_CHECKING:
    from netraven_cli.client import Api

PATIENCE_SECONDS = 120.0  # without a connection; then nobody waits any longer
_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.25, 5.0
_BLOCK = 65_536
END = "end"


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its kind, its id (empty when it has none) and its data, decoded when it is JSON."""

    kind: str
    id: str
    data: Any


class Broken(Exception):
    """The stream ended before the server said that it was over."""


def follow(
    server: Api,
    path: str,
    params: Mapping[str, Any],
    last_id: str = "",
    on_break: Callable[[str], None] = lambda _reason: None,
    patience: float = PATIENCE_SECONDS,
) -> Iterator[Event]:
    """Every event from after `last_id` until the server says `end`, which comes as the last one.

    A broken connection is made anew, from after the last event that came; `on_break(reason)` hears of each.
    Raises ApiError for a refusal, Stop after `patience` seconds without a connection.
    """
    # Only here, because every other command would wait for these modules too.
    from urllib3.exceptions import HTTPError

    tries, lost = 0, 0.0
    while True:
        try:
            for event in _read(server, path, params, last_id):
                tries, last_id = 0, event.id or last_id
                yield event
                if event.kind == END:
                    return
            raise Broken("the server closed the stream")
        # What requests raises is an OSError.
        except (HTTPError, OSError, Broken, ApiError) as error:
            reason = _reason(error)
        lost = time.monotonic() if tries == 0 else lost
        if time.monotonic() - lost > patience:
            raise Stop(Exit.UNAVAILABLE, f"{server.url} stayed away for {patience:.0f} s: {reason}")
        if tries == 0:
            on_break(reason)
        _pause(tries)
        tries += 1


def _reason(error: Exception) -> str:
    """Why there is no stream at present; raises `error` when there will be none."""
    if isinstance(error, ApiError):
        if error.exit is not Exit.UNAVAILABLE:
            raise error
        return error.message
    return str(error) if isinstance(error, Broken) else "the connection broke"


def _pause(tries: int) -> None:
    longest = min(_PAUSE_SECONDS * 2**tries, _LONGEST_PAUSE_SECONDS)
    time.sleep(longest * random.uniform(0.5, 1.0))  # noqa: S311 - keeps clients apart


def _read(server: Api, path: str, params: Mapping[str, Any], last_id: str) -> Iterator[Event]:
    with server.stream(path, params, {"Last-Event-ID": last_id} if last_id else {}) as answer:
        frames = Frames()
        while block := answer.raw.read1(_BLOCK):
            yield from frames.feed(block)


class Frames:
    """Turns the octets of an event stream into events, however they are cut."""

    def __init__(self) -> None:
        self._rest = b""
        self._fields: dict[str, str] = {}

    def feed(self, block: bytes) -> Iterator[Event]:
        """The events that are complete with this block."""
        *lines, self._rest = (self._rest + block).split(b"\n")
        for line in lines:
            text = line.removesuffix(b"\r").decode("utf-8", "replace")
            if not text:
                yield from self._event()
            elif not text.startswith(":"):
                self._take(text)

    def _take(self, text: str) -> None:
        name, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if name == "data" and "data" in self._fields:
            value = f"{self._fields['data']}\n{value}"
        self._fields[name] = value

    def _event(self) -> Iterator[Event]:
        fields, self._fields = self._fields, {}
        if "data" in fields or "event" in fields:
            yield Event(
                fields.get("event", "message"), fields.get("id", ""), _decoded(fields.get("data", ""))
            )


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
