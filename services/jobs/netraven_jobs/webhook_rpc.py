"""What may be asked about webhooks over the bus: mixed into the service. Each method parses, calls,
returns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nameko.extensions import DependencyProvider

from netraven_chassis import mongo, settings
from netraven_chassis.bound import BoundStore
from netraven_chassis.bus import Reply, rpc
from netraven_chassis.sealing import public_key
from netraven_chassis.seals import PublicKey
from netraven_jobs import deliveries, webhooks
from netraven_jobs.caretaker import Caretaker
from netraven_jobs.webhook_vault import VAULT

Json = dict[str, Any]


class WebhookKey(DependencyProvider):
    """The public key that webhooks' secrets are sealed with. A key that cannot be used ends the start."""

    def setup(self) -> None:
        """Read the key and prepare what is kept beside the log. Raises SettingsError."""
        self._key = public_key(settings.current())
        database = mongo.database("jobs")
        VAULT.prepare(database)
        deliveries.prepare(database)

    def get_dependency(self, _worker_ctx: Any) -> PublicKey:
        """The key."""
        return self._key


class WebhooksRpc:
    """Mixed into the jobs service, which has `store = Store(…)` with the view of webhook_views.py and the
    dependencies of BackupsRpc.
    """

    store: BoundStore
    webhook_key: PublicKey = WebhookKey()
    caretaker = Caretaker()

    @rpc
    def index_webhooks(self, filters: Mapping[str, Any], page: int, size: int, sort: Sequence[str]) -> Reply:
        """A page of webhooks, with the total in meta."""
        return webhooks.page(self.store, page, size, sort)

    @rpc
    def create_webhook(self, webhook: Mapping[str, Any]) -> Reply:
        """A new webhook from a body whose secret is sealed. Raises DuplicateName, ValidationFailed."""
        return webhooks.create(self.store, self.webhook_key, webhook)

    @rpc
    def show_webhook(self, webhook_id: str) -> Reply:
        """One webhook, with etag and version. Raises NotFound."""
        return webhooks.show(self.store, webhook_id)

    @rpc
    def change_webhook(
        self, webhook_id: str, changes: Mapping[str, Any], if_match: int | None = None
    ) -> Reply:
        """Make these fields so. Raises NotFound, DuplicateName, PreconditionFailed, ValidationFailed."""
        return webhooks.change(self.store, self.webhook_key, webhook_id, changes, if_match)

    @rpc
    def remove_webhook(self, webhook_id: str, if_match: int | None = None) -> None:
        """Tell it nothing more and destroy its secret. Raises NotFound, PreconditionFailed."""
        webhooks.remove(self.store, webhook_id, if_match)

    @rpc
    def test_webhook(self, webhook_id: str) -> Json:
        """Send it a word for trying, whatever it is told of; the delivery. Raises NotFound."""
        return webhooks.test(self.store, webhook_id)

    @rpc
    def index_deliveries(self, webhook_id: str, filters: Mapping[str, Any], page: int, size: int) -> Reply:
        """A page of what was sent to it, the newest first, with the total in meta. Raises NotFound."""
        return webhooks.deliveries_of(self.store, webhook_id, filters, page, size)

    @rpc
    def show_delivery(self, webhook_id: str, delivery_id: str) -> Json:
        """One delivery with its body and each attempt. Raises NotFound."""
        return webhooks.delivery(self.store, webhook_id, delivery_id)
