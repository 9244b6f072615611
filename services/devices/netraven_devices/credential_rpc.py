"""What may be asked about credentials over the bus: mixed into the service. Each method parses, calls,
returns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from nameko.extensions import DependencyProvider

from netraven_chassis import mongo, settings
from netraven_chassis.bound import BoundStore
from netraven_chassis.bus import Reply, rpc
from netraven_chassis.clock import now_ms
from netraven_chassis.sealing import PublicKey, public_key
from netraven_chassis.views import LIVE
from netraven_contracts.errors import NotFound
from netraven_devices import attempt_sums, credentials, record, shredding, tagging
from netraven_devices.tending import Tending
from netraven_devices.vault import VAULT


class SealingKey(DependencyProvider):
    """The public key that secrets are sealed with. A key that cannot be used ends the start."""

    def setup(self) -> None:
        """Read the key and prepare the vault. Raises SettingsError."""
        self._key = public_key(settings.current())
        VAULT.prepare(mongo.database(self.container.service_name))

    def get_dependency(self, _worker_ctx: Any) -> PublicKey:
        """The key."""
        return self._key


class CredentialRpc:
    """Mixed into a service class that has `store` and `sealing_key`."""

    store: BoundStore
    sealing_key: PublicKey
    shredder = Tending("shred", shredding.make_up, shredding.LOOK_SECONDS)
    untagger = Tending("deleted tags", tagging.take_deleted, tagging.LOOK_SECONDS)
    summer = Tending("attempts", attempt_sums.look, attempt_sums.LOOK_SECONDS)

    @rpc
    def credential_key(self) -> dict[str, Any]:
        """The public key as a JWK, for whoever seals."""
        return dict(self.sealing_key.document)

    @rpc
    def create_credential(self, credential: Mapping[str, Any]) -> Reply:
        """A new credential from a body whose secret is sealed. Raises DuplicateName, ValidationFailed."""
        return credentials.create(self.store, self.sealing_key, credential)

    @rpc
    def show_credential(self, credential_id: str, window_ms: int | None = None) -> Reply:
        """One credential; with `window_ms` its attempts of that long only. Raises NotFound."""
        since = None if window_ms is None else now_ms() - window_ms
        return credentials.show(self.store, credential_id, since)

    @rpc
    def index_credentials(
        self, filters: Mapping[str, Any], page: int, size: int, sort: Sequence[str]
    ) -> Reply:
        """A page of credentials, with the total in meta."""
        return credentials.page(self.store, filters, page, size, sort)

    @rpc
    def change_credential(
        self, credential_id: str, changes: Mapping[str, Any], if_match: int | None = None
    ) -> Reply:
        """Make these fields so; a sealed secret is the next version. Raises NotFound, DuplicateName,
        PreconditionFailed, ValidationFailed.
        """
        return credentials.change(self.store, self.sealing_key, credential_id, changes, if_match)

    @rpc
    def rollback_credential(
        self, credential_id: str, secret_version: int | None = None, if_match: int | None = None
    ) -> Reply:
        """Put an earlier version of the secret in force. Raises NotFound, Conflict, PreconditionFailed."""
        return credentials.roll_back(self.store, credential_id, secret_version, if_match)

    @rpc
    def remove_credential(self, credential_id: str, if_match: int | None = None) -> None:
        """Delete it and shred all versions of its secret. Raises NotFound, PreconditionFailed."""
        credentials.remove(self.store, credential_id, if_match)

    @rpc
    def credential_history(self, credential_id: str, page: int, size: int) -> Reply:
        """A page of what happened to a credential, the newest first; never a secret. Raises NotFound."""
        entries, total = record.of_credential(self.store, credential_id, page, size)
        return Reply(orjson.dumps(entries), {"total": total})

    @rpc
    def credentials_for(self, device_id: str) -> list[dict[str, Any]]:
        """The credentials that would be tried on a device, in order, without secrets. Raises NotFound."""
        return credentials.for_device(self.store, self._device(device_id))

    @rpc
    def sealed_credentials_for(self, device_id: str) -> list[dict[str, Any]]:
        """The same with each one's sealed secret, for the worker that holds the key. Raises NotFound."""
        return credentials.sealed_for_device(self.store, self._device(device_id))

    def _device(self, device_id: str) -> Mapping[str, Any]:
        row = self.store.collection("devices").find_one({"_id": device_id, **LIVE}, {"tags": 1})
        if row is None:
            raise NotFound("there is no device with this id; it may have been removed")
        return row
