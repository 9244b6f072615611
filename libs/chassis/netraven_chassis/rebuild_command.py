"""Makes a service's views anew from outside of it: with its instances running, or with everything stopped.

Its instances feed the new views meanwhile, as they would for a rebuild of their own. Other services' logs
come by RPC where there is a broker, else out of their databases.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import structlog

from netraven_chassis import mongo, runner, services
from netraven_chassis.batch import Batch, decode
from netraven_chassis.bus.client import Caller
from netraven_chassis.clock import SystemClock
from netraven_chassis.core import Core, Pull
from netraven_chassis.mongod import NoDatabase, PrivateMongod
from netraven_chassis.settings import Settings
from netraven_chassis.store import Store
from netraven_chassis.views import ViewSet

log = structlog.get_logger(__name__)

START_SECONDS = 60.0
PULL_SECONDS = 10.0


class NothingToRebuild(services.UnknownService):
    """The service keeps no views."""


def rebuild(name: str, wanted: Settings, tell: Callable[[str, int], None]) -> int:
    """Make the views of service `name` anew; the number of their generation.

    `tell(log, commits)` hears how far it is with each log. Raises UnknownService, NothingToRebuild, InUse,
    NoDatabase, and what a database or a service that is away raises; the live views are untouched then.
    """
    store = _store_of(name)
    with ExitStack() as stack:
        stack.enter_context(databases(wanted))
        pull = stack.enter_context(_puller(wanted))
        core = Core(name, mongo.database(name), store.aggregates, store.views, SystemClock(), pull)
        core.prepare()
        return core.rebuild(tell)


@contextmanager
def databases(wanted: Settings) -> Iterator[None]:
    """Make `mongo.database` give the databases of the settings: of the server that they name, else the
    private ones of the data folder.
    """
    with ExitStack() as stack:
        uri = wanted.mongodb_uri or stack.enter_context(_private_database(wanted))
        runner.configure(replace(wanted, mongodb_uri=uri))
        stack.callback(mongo.close)
        yield


def _store_of(name: str) -> Store:
    for one in services.find(name).__mro__:
        for value in vars(one).values():
            if isinstance(value, Store):
                return value
    raise NothingToRebuild(f"{name} has no views")


@contextmanager
def _private_database(wanted: Settings) -> Iterator[str]:
    """The private database: that of the running system, else one that is started for the purpose."""
    mongod = PrivateMongod(wanted.data, wanted.mongod, wanted.mongod_cache_mb)
    if mongod.serves():
        yield mongod.uri
        return
    with runner.private_database(wanted) as uri:
        deadline = time.monotonic() + START_SECONDS
        while not mongod.serves():
            if time.monotonic() > deadline:
                raise NoDatabase(f"the private database did not start: {mongod.why_not()}")
            time.sleep(0.05)
        yield uri


@contextmanager
def _puller(wanted: Settings) -> Iterator[Pull]:
    if wanted.embedded:
        yield _from_database
        return
    caller = Caller(wanted.amqp_uri, "rebuild")
    caller.start()
    try:
        yield lambda source, after: decode(caller.client(source, PULL_SECONDS).log_range(after=after))
    finally:
        caller.stop()


def _from_database(source: str, after: int) -> Batch:
    other = Core(source, mongo.database(source), (), ViewSet(), SystemClock(), _from_database)
    other.log.prepare()  # a service that never ran has an empty log, which is an answer as well
    return other.range(after)
