"""The running service puts right by itself what a crash, or an earlier version, has left."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import nameko
from nameko.containers import ServiceContainer

from netraven_chassis import mongo
from netraven_chassis.bus import transport
from netraven_devices.credential import CREDENTIAL, RemoveCredential
from netraven_devices.service import DevicesService
from netraven_devices.tag import TAG, DeleteTag
from netraven_devices.vault import VAULT
from tests.devices.conftest import MonitorLog, Ticks, asker, opened
from tests.devices.inventory import tagged
from tests.devices.keyring import made, shown
from tests.patience import until
from tests.servers.mongod import Mongod


def test_secrets_of_a_removed_credential_and_deleted_tags_of_others_are_gone_soon_after_the_start(
    mongod: Mongod, settings_for: Callable[..., object]
) -> None:
    transport.register()
    settings_for(MONGODB_URI=mongod.uri, NETRAVEN_DATABASE_PREFIX=f"t{secrets.token_hex(4)}")
    mongo.close()
    database = mongo.database("devices")
    asked = asker(opened(database, Ticks(), MonitorLog()))
    deleted, _ = tagged(asked(), "core"), tagged(asked(), "edge")
    kept, gone = made(asked(), "kept", tags=["core", "edge"]), made(asked(), "gone")
    asked().handle(TAG, deleted["id"], DeleteTag())
    asked().handle(CREDENTIAL, gone["id"], RemoveCredential())
    assert VAULT.owners(database) == {kept["id"], gone["id"]}
    with nameko.config.patch({"AMQP_URI": f"embedded://{secrets.token_hex(4)}", "max_workers": 10}):
        container = ServiceContainer(DevicesService)
        container.start()
        until(lambda: VAULT.owners(database) == {kept["id"]})
        until(lambda: shown(asked(), kept["id"])["tags"] == ["edge"])
        container.stop()
    database.client.drop_database(database.name)
    mongo.close()
