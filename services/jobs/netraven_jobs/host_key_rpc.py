"""What may be asked about host keys over the bus: mixed into the service. Each method calls and returns."""

from __future__ import annotations

from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.bus import rpc
from netraven_jobs import host_key_accepting, host_keys
from netraven_jobs.log_writer import LogWriter


class HostKeysRpc:
    """Mixed into the jobs service, which has `store` and `log`."""

    store: BoundStore
    log: LogWriter

    @rpc
    def host_key(self, device_id: str) -> dict[str, Any]:
        """The key by which a device is known, and the other one that waits. Raises NotFound."""
        return host_keys.show(self.store.database, device_id)

    @rpc
    def accept_host_key(self, device_id: str, fingerprint: str | None = None) -> dict[str, Any]:
        """Know the device by the key that waits, if it has this fingerprint, when one is given. Raises
        NotFound, Conflict.
        """
        return host_key_accepting.accept(self.store, self.log, device_id, fingerprint)
