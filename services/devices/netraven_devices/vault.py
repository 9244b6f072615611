"""Where the sealed secrets of credentials lie, one row for each version. The rest is the chassis's."""

from __future__ import annotations

from netraven_chassis.vault import Vault
from netraven_devices.credential import CREDENTIAL

VAULT = Vault(CREDENTIAL, "vault", "credential_id")
