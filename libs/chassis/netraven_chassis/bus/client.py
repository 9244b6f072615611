"""The asking side of calls: one connection per container, answers matched by number. It never waits for ever.

Answers come through RabbitMQ's direct reply-to: no queue to declare, to lose or to leave behind. A request
to a service that has no queue is returned by the broker at once; one to a service that does not answer
expires with the caller's patience.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from typing import Any

import eventlet
import orjson
import structlog
from eventlet.event import Event
from eventlet.hubs import get_hub
from nameko.extensions import DependencyProvider, SharedExtension

from netraven_chassis.bus import connection as broker
from netraven_chassis.bus import context, settings, wire
from netraven_chassis.bus.channel import REPLY_TO
from netraven_chassis.bus.link import Link, Spawn
from netraven_chassis.bus.message import Message
from netraven_chassis.bus.publisher import unavailable
from netraven_chassis.bus.reply import Reply
from netraven_contracts.errors import NetRavenError, PayloadTooLarge

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 4.0
# How long a call waits for a broker that is away before it gives up: a short absence goes unnoticed.
PATIENCE_SECONDS = 1.0


class Call:
    """A call that is under way."""

    __slots__ = ("_answered", "_timer", "service")

    def __init__(self, service: str, timeout: float, expire: Callable[[], None]) -> None:
        self.service = service
        self._answered = Event()
        self._timer = get_hub().schedule_call_global(timeout, expire)

    def raw(self) -> Reply:
        """Wait for the answer, its body not decoded. Raises the error that it carries, or Unavailable."""
        message: Message = self._answered.wait()
        return wire.read_answer(message.body or b"", message.properties)

    def result(self) -> Any:
        """Wait for the answer's value. Raises as `raw` does."""
        return orjson.loads(self.raw().body)

    def answer(self, message: Message) -> None:
        """The answer has come."""
        self._timer.cancel()
        self._answered.send(message)

    def fail(self, error: NetRavenError) -> None:
        """No answer will come."""
        self._timer.cancel()
        self._answered.send_exception(error)


class Caller:
    """Calls any service over one connection. Usable without a container: start, client(…), stop."""

    def __init__(self, uri: str, name: str, heartbeat: float = broker.HEARTBEAT_SECONDS) -> None:
        self.link = Link(uri, f"calls of {name}", self._up, self._down, heartbeat)
        self.pending: dict[str, Call] = {}
        self._numbers = count(1)

    def start(self, spawn: Spawn = eventlet.spawn) -> None:
        """Begin connecting in a greenthread made by `spawn`; returns at once."""
        self.link.open(spawn)

    def stop(self) -> None:
        """Disconnect; calls under way fail."""
        self.link.close()

    def client(
        self, service: str, timeout: float = TIMEOUT_SECONDS, data: Mapping[str, Any] | None = None
    ) -> Client:
        """A client of one service, whose calls carry the context `data`."""
        return Client(self, service, timeout, data or {})

    def send(self, service: str, method: str, arguments: dict[str, Any], header: str, timeout: float) -> Call:
        """Send one request. Raises Unavailable when the broker is away, PayloadTooLarge."""
        try:
            body = wire.encode(arguments)
        except wire.TooLarge as error:
            raise PayloadTooLarge(str(error)) from None
        self.link.wait_until_up(min(timeout, PATIENCE_SECONDS))
        channel = self.link.channel
        if channel is None or self.link.blocked:
            raise unavailable("The message broker is away.")
        number = str(next(self._numbers))
        properties = wire.request(method, header, number, REPLY_TO, timeout)
        call = self.pending[number] = Call(service, timeout, partial(self._expire, number))
        try:
            channel.publish(body, properties, "", wire.queue_of(service), True)
        except broker.LOST as error:
            self._fail(number, f"The message broker went away: {error!r}")
        return call

    def _up(self, channel: Any) -> None:
        channel.events["basic_return"].add(self._on_return)
        channel.basic_consume(REPLY_TO, no_ack=True, callback=self._on_answer)

    def _down(self) -> None:
        # with the connection went the way back: no answer can come any more
        for number in list(self.pending):
            self._fail(number, "The message broker went away during a call.")

    def _on_answer(self, message: Message) -> None:
        call = self.pending.pop(message.properties.get("correlation_id", ""), None)
        if call is None:
            log.debug("an answer came too late")
        else:
            call.answer(message)

    def _on_return(self, _error: Exception, _exchange: str, _key: str, message: Message) -> None:
        number = message.properties.get("correlation_id", "")
        if number in self.pending:
            self._fail(number, f"The service {self.pending[number].service} is not running.")

    def _expire(self, number: str) -> None:
        if number in self.pending:
            self._fail(number, f"The service {self.pending[number].service} did not answer in time.")

    def _fail(self, number: str, message: str) -> None:
        call = self.pending.pop(number, None)
        if call is not None:
            call.fail(unavailable(message))


class Client:
    """One service, ready to be called: `client.method(name=value)` gives the decoded answer.

    `client.raw("method", …)` gives a Reply with the answer's bytes and meta, `client.call_async("method",
    …)` a Call to wait on later. All raise errors of netraven_contracts.errors: the service's own,
    Unavailable without an answer.
    """

    __slots__ = ("_caller", "_data", "_header", "_service", "_timeout")

    def __init__(self, caller: Caller, service: str, timeout: float, data: Mapping[str, Any]) -> None:
        self._caller = caller
        self._service = service
        self._timeout = timeout
        self._data = data
        self._header: str | None = None

    def within(self, timeout: float) -> Client:
        """The same with another timeout, in seconds."""
        return Client(self._caller, self._service, timeout, self._data)

    def call_async(self, method: str, /, **arguments: Any) -> Call:
        """Send the request and return at once."""
        if self._header is None:
            self._header = context.encode(self._data)
        return self._caller.send(self._service, method, arguments, self._header, self._timeout)

    def raw(self, method: str, /, **arguments: Any) -> Reply:
        """Call and give the answer as it came: Reply(body: bytes, meta)."""
        return self.call_async(method, **arguments).raw()

    def __getattr__(self, method: str) -> Callable[..., Any]:
        if method.startswith("_"):
            raise AttributeError(method)

        def call(**arguments: Any) -> Any:
            return self.call_async(method, **arguments).result()

        return call


class SharedCaller(SharedExtension):
    """A container's one Caller. Extensions that call on their own account declare it and use `client(…)`."""

    def setup(self) -> None:
        """Prepare the connection."""
        self.caller = Caller(settings.amqp_uri(), self.container.service_name, settings.heartbeat())

    def start(self) -> None:
        """Connect, in the background: a broker that is away makes calls fail, not the start."""
        self.caller.start(self.container.spawn_managed_thread)

    def stop(self) -> None:
        """Disconnect."""
        self.caller.stop()

    kill = stop

    def client(
        self, service: str, timeout: float = TIMEOUT_SECONDS, data: Mapping[str, Any] | None = None
    ) -> Client:
        """A client of one service, whose calls carry the context `data`."""
        return self.caller.client(service, timeout, data)


class RpcClient(DependencyProvider):
    """Gives workers a Client of one service, which passes on the context of the request that they work on.

    Parameters: `target`, the service's name; `timeout`, seconds until a call without an answer raises
    Unavailable.
    """

    shared = SharedCaller()

    def __init__(self, target: str, timeout: float = TIMEOUT_SECONDS) -> None:
        self.target = target
        self.timeout = timeout
        super().__init__()

    def get_dependency(self, worker_ctx: Any) -> Client:
        """The client for one worker."""
        return self.shared.client(self.target, self.timeout, worker_ctx.data)
