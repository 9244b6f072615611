"""The answering side of calls: one queue per service, one worker per request. What methods do is theirs.

A request is acknowledged with its answer, in the same write: one that a dying instance had taken comes to
another instance at once, which is harmless because commands carry an id, and what nobody takes expires with
the caller's patience. Beside acknowledging on receipt this cost nothing that could be measured (200 to 220
µs of the broker's time for a call either way); it was the number of writes that cost, hence the outbox.
"""

from __future__ import annotations

from collections import deque
from time import perf_counter
from typing import Any

import structlog
from kombu import Queue
from nameko.extensions import Entrypoint, SharedExtension

from netraven_chassis.bus import connection as broker
from netraven_chassis.bus import context, settings, wire, worker
from netraven_chassis.bus.consumer import Consumer
from netraven_chassis.bus.heartbeat import Beat
from netraven_chassis.bus.message import Message
from netraven_chassis.bus.stats import Stats
from netraven_chassis.faults import as_error
from netraven_contracts.errors import Internal, NetRavenError, Unavailable

log = structlog.get_logger(__name__)

# Without instances the queue outlives a restart, not a removal: then callers hear at once that none is there.
QUEUE_ARGUMENTS = {"x-expires": 60_000, "x-max-length": 10_000, "x-queue-type": "classic"}
FAULT = "Something went wrong on our side."


class RpcServer(SharedExtension):
    """Takes a container's requests and runs a worker for each."""

    stats = Stats()
    beat = Beat()

    def __init__(self) -> None:
        self._methods: dict[str, Rpc] = {}
        self._waiting: deque[tuple[worker.CallContext, Message]] = deque()
        self._in_line: deque[Any] = deque()  # greenthreads, one for each that waits
        self._stopping = False
        super().__init__()

    def register(self, entrypoint: Rpc) -> None:
        """One more method that may be called."""
        self._methods[entrypoint.method_name] = entrypoint

    def setup(self) -> None:
        """Prepare the queue and the consumer; nothing is connected yet."""
        name = wire.queue_of(self.container.service_name)
        self.beat.watch(name)
        self.consumer = Consumer(
            settings.amqp_uri(),
            [Queue(name, durable=True, queue_arguments=QUEUE_ARGUMENTS)],
            self._on_message,
            prefetch=settings.prefetch(self.container.max_workers),
            heartbeat=settings.heartbeat(),
        )

    def start(self) -> None:
        """Consume. Raises BusNotReady, naming the queue, when that cannot be had in time."""
        self._life = worker.Lifecycle(self.container)
        self._pool = self.container._worker_pool
        self._threads = self.container._worker_threads
        self.consumer.start(self.container.spawn_managed_thread, settings.start_deadline())

    def quiesce(self) -> None:
        """Take no more requests and give back those not begun; running ones go on and get answered."""
        if not self._stopping:
            self._stopping = True
            self.consumer.cancel()
            # a pool that somebody waits to enter never says that it is empty
            while self._in_line:
                self._in_line.popleft().kill()
            while self._waiting:
                self.consumer.requeue(self._waiting.popleft()[1])

    def stop(self) -> None:
        """Disconnect. The container has let the workers finish before."""
        self.quiesce()
        self.consumer.stop(drain=1.0)

    def kill(self) -> None:
        """Disconnect without waiting: what is unanswered goes to another instance."""
        self.consumer.stop(drain=0)

    def _on_message(self, body: bytes, message: Message) -> None:
        # in the greenthread that reads the socket: nothing here may wait
        try:
            request = wire.read_request(body, message.properties)
            entrypoint = self._methods.get(request.method)
            if entrypoint is None:
                raise wire.Malformed(f"no method {request.method!r}")
            if (mismatch := entrypoint.parameters.mismatch(request.arguments)) is not None:
                raise wire.Malformed(f"{request.method}: {mismatch}")
        except wire.Malformed as error:
            self._refuse(message, error)
            return
        if "reply_to" not in message.properties:
            self._refuse(message, wire.Malformed("nobody to answer to"))
            return
        call = self._life.context(entrypoint, request.arguments, request.context)
        if self._pool.free() > 0:
            self._pool.spawn_n(self._work, call, message)
        else:
            self._waiting.append((call, message))
            self._in_line.append(self.container.spawn_managed_thread(self._wait_for_a_place))

    def _refuse(self, message: Message, error: wire.Malformed) -> None:
        log.warning("a request was refused", service=self.container.service_name, reason=str(error))
        if "reply_to" in message.properties:
            fault = Internal("A request between services was not understood.")
            self._answer(message, *wire.failure(fault, message.properties.get("correlation_id")))
        else:
            self.consumer.reject(message)

    def _wait_for_a_place(self) -> None:
        self._pool.spawn_n(self._work_on_next)
        # places are given in the order in which they were asked for
        self._in_line.popleft()

    def _work_on_next(self) -> None:
        if self._waiting:
            self._work(*self._waiting.popleft())

    def _work(self, call: worker.CallContext, message: Message) -> None:
        # so that the container can kill it, as it can any worker
        self._threads[call] = worker.Thread()
        try:
            self._serve(call, message)
        finally:
            del self._threads[call]

    def _serve(self, call: worker.CallContext, message: Message) -> None:
        began = perf_counter()
        self.stats.counts.begin()
        context.bind(call.data, call.service_name, call.entrypoint.method_name)
        correlation_id = message.properties.get("correlation_id")
        result, exc_info, fault = None, None, False
        try:
            result = self._life.call(call)
            body, properties = wire.answer(result, correlation_id)
        except Exception as error:
            exc_info = worker.current_exc_info()
            shown = _presentable(error)
            fault = isinstance(shown, (Internal, Unavailable))
            body, properties = wire.failure(shown, correlation_id)
        finally:
            self.stats.counts.end(perf_counter() - began, fault)
        self._answer(message, body, properties)
        self._life.finish(call, result, exc_info)

    def _answer(self, message: Message, body: bytes, properties: wire.Properties) -> None:
        try:
            message.channel.answer(message, body, properties)
        except broker.LOST as error:
            # the broker gives the request to another instance, or again to this one
            log.info("the broker left before an answer", error=repr(error))
        self.consumer.settled(message)


class Rpc(Entrypoint):
    """Makes a method callable from other services, with keyword arguments, by RpcClient.

    The method returns a JSON-able value or a Reply. An error of netraven_contracts.errors arrives at the
    caller as itself; any other is logged here with its traceback and arrives as Internal, without its text.
    """

    server = RpcServer()

    def setup(self) -> None:
        """Work out the parameters and make the method known."""
        self.parameters = worker.Parameters(getattr(self.container.service_cls, self.method_name))
        self.server.register(self)

    def stop(self) -> None:
        """The container stops: no new work for any method."""
        self.server.quiesce()


rpc = Rpc.decorator


def _presentable(error: Exception) -> NetRavenError:
    known = as_error(error)
    if known is not None:
        return known
    log.error("a call failed", exc_info=error)
    return Internal(FAULT)
