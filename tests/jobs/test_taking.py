"""A worker's start and end as its container sees them. What it does with tasks stands in test_workers.py."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable

import nameko
import pytest
from nameko.containers import ServiceContainer

from netraven_chassis import mongo
from netraven_chassis.bus import transport
from netraven_chassis.setting import SettingsError
from netraven_jobs.worker_service import WorkerService
from tests.servers.mongod import Mongod


def test_a_worker_whose_start_failed_in_the_middle_can_be_ended(
    mongod: Mongod, settings_for: Callable[..., object], caplog: pytest.LogCaptureFixture
) -> None:
    transport.register()
    settings_for(
        MONGODB_URI=mongod.uri,
        NETRAVEN_DATABASE_PREFIX=f"t{secrets.token_hex(4)}",
        NETRAVEN_SECRET_KEY_FILE="/nowhere/key",
    )
    mongo.close()
    database = mongo.database("jobs")
    with nameko.config.patch({"AMQP_URI": f"embedded://{secrets.token_hex(4)}", "max_workers": 10}):
        container = ServiceContainer(WorkerService)
        with pytest.raises(SettingsError):
            container.start()
        with caplog.at_level(logging.WARNING, logger="nameko"):
            container.kill()
    assert "during kill" not in caplog.text
    database.client.drop_database(database.name)
    mongo.close()
