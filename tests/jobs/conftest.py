"""Jobs for each test: their store on a real database, and devices as another service would tell of them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from netraven_jobs.scribe import Scribe
from tests.jobs.fleet import Fleet
from tests.jobs.office import Office
from tests.jobs.running import with_extra_types
from tests.servers.mongod import Mongod
from tests.servers.services import memory


@pytest.fixture
def offices(database: Database[dict[str, Any]]) -> Iterator[Callable[..., Office]]:
    """offices(…): instances of one jobs service, on a database and a bus in memory for this test alone."""
    with_extra_types()
    uri, made = memory(), []

    def another(**named: Any) -> Office:
        made.append(Office(database, uri, **named))
        return made[-1]

    yield another
    for office in made:
        office.close()


@pytest.fixture(scope="session")
def lasting_office(mongod: Mongod) -> Iterator[Office]:
    """One instance for the whole run: making its indexes takes longer than most tests."""
    with_extra_types()
    client: MongoClient[dict[str, Any]] = MongoClient(
        mongod.uri, retryWrites=False, w="majority", journal=True, readConcernLevel="majority"
    )
    name = f"test_{secrets.token_hex(6)}"
    office = Office(client[name], memory())
    yield office
    office.close()
    client.drop_database(name)
    client.close()


@pytest.fixture
def office(lasting_office: Office) -> Office:
    """The one instance that there is, without the jobs of earlier tests."""
    lasting_office.clear()
    return lasting_office


@pytest.fixture
def fleet(database: Database[dict[str, Any]]) -> Fleet:
    """Devices with backups, on a database for this test alone."""
    return Fleet(database)


@pytest.fixture(scope="module")
def scribe() -> Iterator[Scribe]:
    """Who works on texts."""
    one = Scribe()
    yield one
    one.close()
