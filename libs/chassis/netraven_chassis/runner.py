"""Runs named services in one process until it is told to end: `python -m netraven_chassis serve SERVICE…`.

Without a broker's address the services reach each other in memory, without a database's address a private
mongod is kept beside them. What a service does is not known here.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import eventlet
import structlog
from nameko import config

from netraven_chassis import health, mongo, services, settings
from netraven_chassis.backoff import Backoff
from netraven_chassis.bus import transport
from netraven_chassis.datafolder import DataFolder
from netraven_chassis.hosted import Hosted, log_lost_errors
from netraven_chassis.keeper import Keeper
from netraven_chassis.mongod import PrivateMongod
from netraven_chassis.settings import Settings
from netraven_chassis.stopping import StopSignal

log = structlog.get_logger(__name__)

EMBEDDED_URI = "embedded://"
_TICK_SECONDS = 0.2
_MONGOD_SECONDS = 1.5
_ORDER_SECONDS = 10.0


def configure(wanted: Settings) -> None:
    """Put the settings in force for this process and for Nameko in it."""
    settings.use(wanted)
    transport.register()
    config.setup(
        {
            "AMQP_URI": wanted.amqp_uri or EMBEDDED_URI,
            "HEARTBEAT": wanted.heartbeat_seconds,
            "PREFETCH_COUNT": wanted.prefetch,
            "max_workers": wanted.max_workers,
            "serializer": "json",
        }
    )


def serve(names: Sequence[str], wanted: Settings) -> int:
    """Run the services until SIGTERM or SIGINT; the process's exit status.

    They are stopped in the reverse of the order given, so that whoever is called outlives the caller.
    Raises UnknownService, InUse, NoDatabase, SettingsError when a service cannot run with these settings, and
    what a service's own modules raise when imported.
    """
    classes = [services.find(name) for name in dict.fromkeys(names)]
    # What is there now stays to the end, and is left out when garbage is looked for from here on.
    gc.freeze()
    gc.enable()
    signal = StopSignal(wanted.stop_timeout_seconds + _MONGOD_SECONDS + 0.3)
    signal.install()
    log_lost_errors()
    with ExitStack() as stack:
        if not wanted.mongodb_uri and any(needs_database(one) for one in classes):
            wanted = replace(wanted, mongodb_uri=stack.enter_context(private_database(wanted)))
        configure(wanted)
        hosts = [Hosted(one, wanted.start_timeout_seconds, Backoff(0.2, 5.0), signal.fail) for one in classes]
        _announce(hosts, wanted)
        stack.callback(mongo.close)
        background = [eventlet.spawn(_begin, hosts), eventlet.spawn(_tell_health, hosts)]
        try:
            signal.wait()
        finally:
            for thread in background:
                thread.kill()
            finished = stop(hosts, wanted.stop_timeout_seconds)
    return 0 if finished else 1


def _begin(hosts: Sequence[Hosted]) -> None:
    """Start the services in the order given, each when those before it run.

    After a while without one of them the others start all the same: they have answers for that.
    """
    deadline = time.monotonic() + _ORDER_SECONDS
    for host in hosts:
        host.begin()
        host.wait_running(max(0.0, deadline - time.monotonic()))


def stop(hosts: Sequence[Hosted], within: float) -> bool:
    """Stop the services one by one, last first, within so many seconds in all; True when all finished."""
    log.info("stopping", services=[host.name for host in reversed(hosts)])
    deadline = time.monotonic() + within
    # Whoever comes later still gets a moment, even when the first one took all the time.
    finished = [host.stop(max(0.3, deadline - time.monotonic())) for host in reversed(hosts)]
    log.info("stopped", finished=all(finished))
    return all(finished)


def needs_database(service: type) -> bool:
    """Whether a service class has a store."""
    from netraven_chassis.store import Store

    return any(isinstance(value, Store) for one in service.__mro__ for value in vars(one).values())


@contextmanager
def private_database(wanted: Settings) -> Iterator[str]:
    """Keep a private mongod running over the data folder; its URI. Raises InUse and NoDatabase."""
    with DataFolder(wanted.data):
        mongod = PrivateMongod(wanted.data, wanted.mongod, wanted.mongod_cache_mb)
        keeper = Keeper("mongod", mongod.launch, Backoff(first=0.2, most=10.0), mongod.why_not)
        keeper.start()
        ticking = eventlet.spawn(_tick, keeper)
        try:
            yield mongod.uri
        finally:
            ticking.kill()
            keeper.stop(_MONGOD_SECONDS)


def _tick(keeper: Keeper) -> None:
    while True:
        eventlet.sleep(_TICK_SECONDS)
        keeper.tick()


def _announce(hosts: Sequence[Hosted], wanted: Settings) -> None:
    for wrong, right in settings.misspelt(os.environ).items():
        log.warning("a variable is not a setting", variable=wrong, meant=right)
    if wanted.embedded:
        log.info("no AMQP_URI: these services reach each other in this process only")
    log.info("starting", services=[host.name for host in hosts], pid=os.getpid())


def _tell_health(hosts: Sequence[Hosted]) -> None:
    while True:
        for host in hosts:
            if host.running:
                health.touch(host.name)
        eventlet.sleep(health.TOUCH_SECONDS)
