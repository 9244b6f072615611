"""Where the sealed secrets of webhooks lie, those that sign. The rest is the chassis's."""

from __future__ import annotations

from netraven_chassis.vault import Vault
from netraven_jobs.webhook import WEBHOOK

VAULT = Vault(WEBHOOK, "webhook_vault", "webhook_id")
