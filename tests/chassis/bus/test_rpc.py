"""Calls between services, as a service and its callers see them."""

from __future__ import annotations

import eventlet
import pytest
from eventlet.event import Event
from structlog.testing import capture_logs

from netraven_chassis.bus import Reply, connection, rpc
from netraven_contracts import errors
from tests.chassis.bus.hosting import calling, running
from tests.patience import patience, until

PATIENT = 200.0  # seconds that a call may take which is answered as soon as that can be


class Echo:
    """Says what it is told, in several ways."""

    name = "echo"
    executed: list[str] = []  # noqa: RUF012 - a service's instances come and go
    go_on = Event()  # what is held waits for it

    @rpc
    def say(self, text: str, times: int = 1):
        return text * times

    @rpc
    def say_with_meta(self, text: str):
        return Reply({"text": text}, {"etag": '"1-ab"', "version": 1})

    @rpc
    def say_bytes(self):
        return Reply(b'{"as":"it is"}')

    @rpc
    def nothing(self):
        return None

    @rpc
    def refuse(self):
        raise errors.DuplicateIp("10.0.0.1 is taken", {"ip_address": ["taken"]})

    @rpc
    def break_down(self):
        raise RuntimeError("the password is hunter2")

    @rpc
    def return_an_object(self):
        return object()

    @rpc
    def sleep(self, seconds: float, mark: str = ""):
        eventlet.sleep(seconds)
        self.executed.append(mark)
        return mark

    @rpc
    def hold(self, mark: str = ""):
        self.go_on.wait()
        self.executed.append(mark)
        return mark

    @rpc
    def size(self, text: str):
        return len(text)

    @rpc
    def blow_up(self, size: int):
        return "x" * size


@pytest.fixture(autouse=True)
def forget():
    Echo.executed = []
    Echo.go_on = Event()


def test_a_call_gives_what_the_method_returned(uri):
    with running(Echo, uri), calling(uri) as caller:
        echo = caller.client("echo")
        assert echo.say(text="hi", times=2) == "hihi"
        assert echo.say(text="ümlaut") == "ümlaut"
        assert echo.nothing() is None
        assert echo.within(2.0).say(text="x") == "x"


def test_a_reply_passes_its_bytes_and_meta_through(uri):
    with running(Echo, uri), calling(uri) as caller:
        echo = caller.client("echo")
        reply = echo.raw("say_with_meta", text="hi")
        assert reply == Reply(b'{"text":"hi"}', {"etag": '"1-ab"', "version": 1})
        assert echo.say_with_meta(text="hi") == {"text": "hi"}
        assert echo.raw("say_bytes") == Reply(b'{"as":"it is"}', {})
        waiting = [echo.call_async("say", text=str(n)) for n in range(5)]
        assert [call.result() for call in waiting] == ["0", "1", "2", "3", "4"]


def test_an_error_of_the_contract_arrives_as_itself(uri):
    with running(Echo, uri), calling(uri) as caller, pytest.raises(errors.DuplicateIp) as caught:
        caller.client("echo").refuse()
    assert caught.value.message == "10.0.0.1 is taken"
    assert caught.value.details == {"ip_address": ["taken"]}


def test_any_other_error_is_logged_here_and_neutral_there(uri):
    with running(Echo, uri), calling(uri) as caller, capture_logs() as logs:
        for method in ("break_down", "return_an_object"):
            with pytest.raises(errors.Internal) as caught:
                getattr(caller.client("echo"), method)()
            assert "hunter2" not in str(caught.value.args)
        assert caller.client("echo").say(text="alive") == "alive"
    failed = [entry for entry in logs if entry["event"] == "a call failed"]
    assert [type(entry["exc_info"]) for entry in failed] == [RuntimeError, TypeError]


def test_a_method_that_is_not_there_or_takes_other_arguments_is_refused(uri):
    with running(Echo, uri), calling(uri) as caller, capture_logs() as logs:
        echo = caller.client("echo")
        for attempt in (lambda: echo.shout(), lambda: echo.say(), lambda: echo.say(text="x", wrong=1)):
            with pytest.raises(errors.Internal):
                attempt()
        assert echo.say(text="alive") == "alive"
    reasons = [entry["reason"] for entry in logs if entry["event"] == "a request was refused"]
    assert reasons == [
        "no method 'shout'",
        "say: missing ['text'], unknown []",
        "say: missing [], unknown ['wrong']",
    ]


POISON = {
    "nobody to answer to": (b'{"text":"x"}', {"content_type": "application/json", "type": "say"}),
    "no content type": (b'{"text":"x"}', {"type": "say", "reply_to": "nobody"}),
    "another content type": (
        b"x",
        {"content_type": "application/x-python", "type": "say", "reply_to": "nobody"},
    ),
    "no method": (b"{}", {"content_type": "application/json", "reply_to": "nobody"}),
    "garbage": (b"\x80\x04\x95", {"content_type": "application/json", "type": "say", "reply_to": "nobody"}),
    "garbage and nobody": (b"\xff", {}),
    "empty": (b"", {"content_type": "application/json", "type": "say"}),
    "a list": (b"[1]", {"content_type": "application/json", "type": "say", "reply_to": "nobody"}),
    "garbage for a context": (
        b'{"text":"x"}',
        {"content_type": "application/json", "type": "say", "application_headers": {"context": "{"}},
    ),
    "a number for a context": (
        b'{"text":"x"}',
        {"content_type": "application/json", "type": "say", "application_headers": {"context": 5}},
    ),
}


@pytest.mark.parametrize("poison", POISON.values(), ids=list(POISON))
def test_a_poisonous_message_is_thrown_away_and_harms_nobody(uri, poison):
    body, properties = poison
    with running(Echo, uri) as container, calling(uri) as caller, capture_logs() as logs:
        raw = connection.connect(uri)
        raw.default_channel.publish(body, properties, "", "rpc-echo")
        until(lambda: [entry for entry in logs if entry["event"] == "a request was refused"])
        assert caller.client("echo").say(text="alive") == "alive"
        declared = raw.default_channel.queue_declare("rpc-echo", passive=True)
        assert declared.message_count == 0
        assert not container._died.ready()
        raw.release()
    assert len([entry for entry in logs if entry["event"] == "a request was refused"]) == 1


def test_a_slow_answer_is_unavailable_in_time_and_dropped_when_it_comes(uri):
    with running(Echo, uri) as container, calling(uri) as caller:
        echo = caller.client("echo", timeout=PATIENT)
        slow = caller.client("echo", timeout=3.0).call_async("hold", mark="slow")
        until(lambda: container._worker_pool.running())
        with eventlet.Timeout(patience(20)), pytest.raises(errors.Unavailable) as caught:
            slow.result()
        assert caught.value.details == {"retry_after": 1}
        assert caller.pending == {}
        Echo.go_on.send()
        until(lambda: Echo.executed == ["slow"])
        assert echo.say(text="next") == "next"
        assert caller.pending == {}


def test_a_call_that_nobody_waits_for_leaves_nothing_behind(uri):
    with running(Echo, uri), calling(uri) as caller:
        caller.client("echo", timeout=0.2).call_async("sleep", seconds=1.0)
        assert len(caller.pending) == 1
        until(lambda: not caller.pending)


def test_a_service_that_is_not_there_is_unavailable_at_once(uri):
    with calling(uri) as caller:
        until(lambda: caller.link.channel)
        with eventlet.Timeout(patience(20)), pytest.raises(errors.Unavailable):
            caller.client("nobody", timeout=PATIENT).say()
        assert caller.pending == {}


def test_a_request_expires_in_the_queue_with_its_callers_patience(uri):
    with running(Echo, uri, PREFETCH_COUNT=1) as container, calling(uri) as caller:
        echo = caller.client("echo", timeout=PATIENT)
        busy = echo.call_async("hold", mark="first")
        until(lambda: container._worker_pool.running())
        late = caller.client("echo", timeout=0.3).call_async("hold", mark="too late")
        reach(caller)
        with pytest.raises(errors.Unavailable):
            late.result()
        eventlet.sleep(0.4)  # the broker has counted from when it got the request
        Echo.go_on.send()
        assert busy.result() == "first"
        assert echo.hold(mark="after") == "after"
    assert Echo.executed == ["first", "after"]


def reach(caller):
    """Wait until the broker has whatever was asked before."""
    with pytest.raises(errors.Unavailable):
        caller.client("nobody", timeout=PATIENT).say()


def test_fifty_callers_at_once_each_get_their_own_answer(uri):
    with running(Echo, uri), calling(uri) as caller:
        echo, pool = caller.client("echo", timeout=PATIENT), eventlet.GreenPool(50)
        asked = [f"{n}-{'x' * (n * 37)}" for n in range(500)]
        assert list(pool.imap(lambda text: echo.say(text=text), asked)) == asked
        assert caller.pending == {}


def test_an_instance_holds_no_more_requests_than_its_prefetch(uri):
    with running(Echo, uri, PREFETCH_COUNT=3) as container, calling(uri) as caller:
        echo = caller.client("echo", timeout=PATIENT)
        waiting = [echo.call_async("hold") for _ in range(9)]
        reach(caller)
        until(lambda: container._worker_pool.running() == 3)
        eventlet.sleep(0.1)
        assert container._worker_pool.running() == 3
        Echo.go_on.send()
        for call in waiting:
            call.result()


def test_requests_wait_for_a_free_worker(uri):
    with running(Echo, uri, PREFETCH_COUNT=10, max_workers=2) as container, calling(uri) as caller:
        echo = caller.client("echo", timeout=PATIENT)
        waiting = [echo.call_async("hold", mark=str(n)) for n in range(8)]
        reach(caller)
        until(lambda: container._worker_pool.waiting() == 6)
        assert container._worker_pool.running() == 2
        Echo.go_on.send()
        assert [call.result() for call in waiting] == [str(n) for n in range(8)]
    assert sorted(Echo.executed) == [str(n) for n in range(8)]


def test_two_instances_share_the_work(uri):
    with (
        running(Echo, uri, PREFETCH_COUNT=2) as one,
        running(Echo, uri, PREFETCH_COUNT=2) as two,
        calling(uri) as caller,
    ):
        waiting = [caller.client("echo", timeout=PATIENT).call_async("hold") for _ in range(4)]
        until(lambda: (one._worker_pool.running(), two._worker_pool.running()) == (2, 2))
        Echo.go_on.send()
        for call in waiting:
            call.result()


def test_what_is_too_large_for_the_bus_is_refused_on_both_sides(uri):
    with running(Echo, uri), calling(uri) as caller:
        echo = caller.client("echo", timeout=60)
        with pytest.raises(errors.PayloadTooLarge):
            echo.size(text="x" * (13 * 1024 * 1024))
        with pytest.raises(errors.Internal):
            echo.blow_up(size=13 * 1024 * 1024)
        assert echo.size(text="x" * 3_000_000) == 3_000_000
        assert len(echo.blow_up(size=3_000_000)) == 3_000_000
