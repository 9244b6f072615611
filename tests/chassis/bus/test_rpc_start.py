"""Starting without what a service needs from the broker."""

from __future__ import annotations

import eventlet
import pytest
from kombu import Queue

from netraven_chassis.bus import RpcClient, connection
from netraven_chassis.bus.link import BusNotReady
from tests.chassis.bus.hosting import running
from tests.chassis.bus.test_rpc import Echo
from tests.patience import patience
from tests.servers.ports import free_ports


def test_a_queue_that_exists_with_other_arguments_is_a_clear_error(uri):
    raw = connection.connect(uri)
    Queue("rpc-echo", durable=True, queue_arguments={"x-max-length": 1})(raw.default_channel).declare()
    with (
        eventlet.Timeout(patience(20)),
        pytest.raises(BusNotReady, match=r"queue rpc-echo at .* exists with other arguments"),
        running(Echo, uri, START_DEADLINE=300.0),
    ):
        pass
    raw.release()


def test_a_start_without_a_broker_says_so_in_time(uri):
    nowhere = f"amqp://guest:secret@127.0.0.1:{free_ports(1)[0]}//"
    wanted = r"queue rpc-echo at amqp://127.* not ready within 0.5 s"
    with (
        eventlet.Timeout(patience(20)),
        pytest.raises(BusNotReady, match=wanted) as caught,
        running(Echo, nowhere, START_DEADLINE=0.5),
    ):
        pass
    assert "secret" not in str(caught.value)


class Gate:
    """Only calls."""

    name = "gate"
    echo = RpcClient("echo")


def test_a_gateway_starts_without_a_broker(uri):
    with running(Gate, f"amqp://guest:guest@127.0.0.1:{free_ports(1)[0]}//"):
        pass
