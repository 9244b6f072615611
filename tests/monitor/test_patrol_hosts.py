"""Rounds over a host that goes down, comes back and loses packets, in a namespace of its own."""

from __future__ import annotations

from collections.abc import Callable

from netraven_monitor.sweep import Plan
from tests.monitor.hosts import Host, needs_namespaces
from tests.monitor.hosts import host as host
from tests.monitor.rig import Rig

pytestmark = needs_namespaces

# Of a host that answers by a process of its own, which may be kept from it for a moment.
PATIENT = 1.5


def test_a_host_goes_down_and_comes_back_after_the_set_number_of_looks(rig: Rig, host: Host) -> None:
    (one,) = rig.inventory.register([host.address])
    rig.follow()
    rig.round()
    host.down()
    rig.round()
    rig.round()
    assert rig.statuses() == {one: "online"}
    rig.round()
    assert rig.statuses() == {one: "offline"}
    host.up()
    rig.round()
    assert rig.statuses() == {one: "offline"}
    rig.round()
    assert rig.statuses() == {one: "online"}
    assert rig.news(one) == ["DeviceWentOnline", "DeviceWentOffline", "DeviceWentOnline"]


def test_one_lost_packet_changes_nothing(rig: Rig, host: Host) -> None:
    (one,) = rig.inventory.register([host.address])
    rig.follow()
    for number in range(8):
        if number in (1, 4):
            host.down()
        elif number in (2, 6):
            host.up()
        rig.round()
    lost = [latency for _, _, latency in rig.pulses]
    assert [latency is None for latency in lost] == [n in (1, 4, 5) for n in range(8)]
    assert rig.news(one) == ["DeviceWentOnline"]


def test_a_new_device_gets_a_burst_that_decides_at_once(rig: Rig, host: Host) -> None:
    (dead,) = rig.inventory.register([host.absent])
    rig.follow()
    rig.round()
    assert rig.statuses() == {dead: "offline"}


def test_one_answer_to_the_burst_is_enough(make_rig: Callable[..., Rig], host: Host) -> None:
    host.respond(n0="nothing", n1="nothing")
    rig = make_rig(plan=Plan(timeout=PATIENT))
    rig.patrol.renew()
    (one,) = rig.inventory.register([host.address])
    rig.follow()
    rig.round()
    assert rig.statuses() == {one: "online"}


def test_more_attempts_make_up_for_losses_within_a_turn(make_rig: Callable[..., Rig], host: Host) -> None:
    host.respond(n1="nothing")
    rig = make_rig(plan=Plan(attempts=2, timeout=PATIENT))
    rig.patrol.renew()
    rig.inventory.register([host.address])
    rig.follow()
    rig.round()
    rig.round()
    assert None not in [latency for _, _, latency in rig.pulses]
