"""The engine with real ICMP, on loopback: everybody is asked, every answer counted, nobody else waits."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import eventlet
import pytest

from netraven_monitor.engine import Engine
from netraven_monitor.icmp import MAX_PROBES
from netraven_monitor.icmp_socket import IcmpSocket, NoSocket, open_icmp
from netraven_monitor.mmsg import Outbox
from netraven_monitor.waiting import HubWaiting, best_waiting
from tests.monitor.hosts import black_hole as black_hole

SERVICE = Path(__file__).resolve().parents[2] / "services" / "monitor"
WITHOUT_EVENTLET = """
import sys
from netraven_monitor.engine import Engine
latencies = Engine().sweep([f"127.0.1.{n}" for n in range(200)] + [sys.argv[1]], timeout=0.5).latencies
print(sum(latency is not None for latency in latencies), latencies[-1], "eventlet" in sys.modules)
"""


def loopback(count: int) -> list[str]:
    return [f"127.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in range(1, count + 1)]


@pytest.fixture
def engine() -> Engine:
    return Engine()


def longest_hold(work: Callable[[], object]) -> float:
    """The longest time that `work` gave nobody else a turn of the hub, as a share of all that it took.

    Of this process's own time: what other processes take of the machine meanwhile is not our doing.
    """
    gaps, running = [0.0], [True]

    def watch() -> None:
        before = time.process_time()
        while running:
            eventlet.sleep(0)
            now = time.process_time()
            gaps.append(now - before)
            before = now

    watcher = eventlet.spawn(watch)
    eventlet.sleep(0)
    begun = time.process_time()
    work()
    took = time.process_time() - begun
    running.clear()
    watcher.wait()
    return max(gaps) / took


def test_all_of_ten_thousand_addresses_answer(engine: Engine) -> None:
    answers = engine.sweep(loopback(10_000))
    assert sum(latency is None for latency in answers.latencies) == 0
    assert answers.unsent == {}


def test_more_addresses_than_there_are_sequence_numbers(engine: Engine) -> None:
    assert None not in engine.sweep(loopback(66_000)).latencies


def test_the_hub_is_never_held_for_long(engine: Engine) -> None:
    assert min(longest_hold(lambda: engine.sweep(loopback(10_000))) for _ in range(3)) < 0.25


def test_it_waits_on_the_hub_where_eventlet_runs() -> None:
    assert isinstance(best_waiting(), HubWaiting)


def test_it_works_without_a_hub_too(black_hole: str) -> None:
    command = [sys.executable, "-c", WITHOUT_EVENTLET, black_hole]
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"PYTHONPATH": str(SERVICE)},
    )
    assert done.stdout == "200 None False\n"


def test_one_socket_serves_the_whole_sweep() -> None:
    opened: list[IcmpSocket] = []

    def opener() -> IcmpSocket:
        opened.append(open_icmp())
        return opened[-1]

    Engine(opener=opener).sweep(loopback(1_000), attempts=3)
    assert len(opened) == 1
    assert opened[0].socket.fileno() == -1, "and is closed at its end"


def test_silence_is_none_in_its_place_and_costs_the_time_out_once(engine: Engine, black_hole: str) -> None:
    begun = time.monotonic()
    answers = engine.sweep(["127.0.0.1", *[black_hole] * 100, "127.0.0.2"], timeout=0.5)
    assert [latency is None for latency in answers.latencies] == [False, *[True] * 100, False]
    assert 0.49 < time.monotonic() - begun < 100 * 0.5


def test_attempts_overlap_when_they_are_spaced_closer_than_the_time_out(
    engine: Engine, black_hole: str
) -> None:
    begun = time.monotonic()
    assert engine.sweep([black_hole], attempts=100, timeout=0.3, spacing=0.002).latencies == [None]
    assert 0.49 < time.monotonic() - begun < 100 * 0.3


def test_sending_keeps_to_its_rate(engine: Engine) -> None:
    begun = time.monotonic()
    engine.sweep(loopback(200), rate=1000)
    assert time.monotonic() - begun > 0.19


def test_latency_does_not_grow_with_what_else_the_hub_does(engine: Engine) -> None:
    """Another greenthread holds the hub for 50 ms again and again; the kernel's stamps know nothing of it."""

    def hog() -> None:
        while True:
            until = time.perf_counter() + 0.05
            while time.perf_counter() < until:
                pass
            eventlet.sleep(0.001)

    hogging = eventlet.spawn(hog)
    latencies = engine.sweep(loopback(100), rate=500).latencies
    hogging.kill()
    assert None not in latencies
    assert sorted(latency or 0 for latency in latencies)[50] < 25


def test_two_sweeps_at_once_do_not_hear_each_other(engine: Engine, black_hole: str) -> None:
    one = eventlet.spawn(engine.sweep, [*loopback(2_000), black_hole], timeout=0.5)
    other = eventlet.spawn(engine.sweep, [black_hole, *loopback(2_000)], timeout=0.5)
    assert [latency is None for latency in one.wait().latencies] == [False] * 2_000 + [True]
    assert [latency is None for latency in other.wait().latencies] == [True] + [False] * 2_000


def test_the_same_address_may_be_asked_several_times(engine: Engine) -> None:
    assert None not in engine.sweep(["127.0.0.1"] * 50).latencies


def test_nobody_to_ask_is_nothing_to_do(engine: Engine) -> None:
    assert engine.sweep([]).latencies == []


def test_what_cannot_be_sent_from_here_is_no_silence(engine: Engine) -> None:
    answers = engine.sweep(["127.0.0.1", "255.255.255.255", "127.0.0.2"])
    assert [latency is None for latency in answers.latencies] == [False, True, False]
    assert list(answers.unsent) == [1]


def test_a_target_that_is_no_address_spoils_no_sweep(engine: Engine) -> None:
    answers = engine.sweep(["127.0.0.1", "router.example", "127.0.0.2"])
    assert [latency is None for latency in answers.latencies] == [False, True, False]
    assert answers.unsent == {1: errno.EINVAL}
    assert engine.sweep(["nowhere"]).unsent == {0: errno.EINVAL}


def test_a_sweep_too_large_for_its_numbers_is_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="at most"):
        engine.sweep(["127.0.0.1"] * (MAX_PROBES // 2 + 1), attempts=2)


def test_a_hundred_sweeps_leave_no_descriptor_open(engine: Engine) -> None:
    for _ in range(100):
        engine.sweep(["127.0.0.1"])
    before = len(os.listdir("/proc/self/fd"))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    try:
        for _ in range(250):
            engine.sweep(["127.0.0.1"])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(os.listdir("/proc/self/fd")) <= before


def test_a_socket_that_cannot_be_had_is_said(engine: Engine) -> None:
    def opener() -> IcmpSocket:
        raise NoSocket("not here")

    with pytest.raises(NoSocket, match="not here"):
        Engine(opener=opener).sweep(["127.0.0.1"])
    assert Engine(opener=opener).unable() == "not here"
    assert engine.unable() is None


def test_a_kernel_that_never_has_room_does_not_hold_a_sweep_for_ever(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise BlockingIOError(11, "no room")

    monkeypatch.setattr(Outbox, "send", full)
    answers = engine.sweep(["127.0.0.1"], timeout=0.1)
    assert answers.unsent == {0: 11}
