"""Brings deliveries to their webhooks, a few at a time. It lives in the worker, because it opens the secrets
that sign, and only workers hold the key (docs/adr/0015).

Which deliveries there are is announcing.py's matter; how they fare is taken down in deliveries.py.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import eventlet
import orjson
import structlog
from nameko.extensions import DependencyProvider

from netraven_chassis import mongo, settings
from netraven_chassis.clock import now_ms
from netraven_chassis.faults import infrastructure
from netraven_chassis.generations import Generations
from netraven_chassis.ids import derive_id
from netraven_chassis.rounds import Rounds
from netraven_chassis.sealing import private_key
from netraven_chassis.seals import PrivateKey, SealBroken
from netraven_chassis.views import LIVE, ViewSet
from netraven_jobs import deliveries, posting, signing, system_log, webhook_views
from netraven_jobs.blobs import Documents
from netraven_jobs.deliveries import Attempt
from netraven_jobs.log_writer import LogWriter
from netraven_jobs.taking import Takes
from netraven_jobs.webhook_vault import VAULT

log = structlog.get_logger(__name__)

AT_ONCE = 8
AT_ONCE_EACH = 2  # to one webhook, so that one that never answers holds up none of the others
LOOK_SECONDS = 1.0


class Deliverer:
    """Sends what is due.

    Parameters: the jobs service's database; the key that opens secrets; the log that is told of what is
    given up; `allow_private`, as posting.py has
    it; `first_pause`, seconds before a second attempt; `seconds`, the limit on one.
    """

    def __init__(
        self,
        database: Documents,
        key: PrivateKey,
        lines: LogWriter,
        allow_private: bool = True,
        first_pause: float = 5.0,
        seconds: float = posting.SECONDS,
    ) -> None:
        self._database = database
        self._key = key
        self._allow_private = allow_private
        self._first_pause = first_pause
        self._seconds = seconds
        self._lines = lines
        self._webhooks = Generations(database, ViewSet(webhook_views.COLLECTIONS))
        self._pool = eventlet.GreenPool(AT_ONCE)
        self._busy: Counter[str] = Counter()

    def look(self) -> int:
        """Begin to send what is due and can be sent now; how many that were."""
        begun = 0
        while self._pool.free() > 0:
            full = [webhook for webhook, number in self._busy.items() if number >= AT_ONCE_EACH]
            row = deliveries.claim(self._database, full)
            if row is None:
                break
            self._busy[row["webhook_id"]] += 1
            self._pool.spawn_n(self._bring, row)
            begun += 1
        return begun

    def wait(self) -> None:
        """Wait until nothing is under way."""
        self._pool.waitall()

    def _bring(self, row: Mapping[str, Any]) -> None:
        try:
            self.bring(dict(row))
        except Exception as error:
            # Its claim runs out, and it is due again.
            if infrastructure(error):
                log.info(
                    "a delivery could not be taken down", delivery=row["_id"], error=type(error).__name__
                )
            else:
                log.exception("a delivery failed", delivery=row["_id"])
        finally:
            self._busy[row["webhook_id"]] -= 1
            self._busy += Counter()  # forgets those with none

    def bring(self, row: dict[str, Any]) -> str:
        """Send a claimed delivery; its status then."""
        rows = self._webhooks.collection(webhook_views.WEBHOOKS)
        webhook = rows.find_one({"_id": row["webhook_id"], **LIVE})
        if webhook is None or not webhook["enabled"]:
            deliveries.drop(self._database, row)
            return deliveries.DROPPED
        attempt = self._sent(webhook, row)
        status = deliveries.tell(self._database, row, attempt, self._first_pause)
        if status == deliveries.FAILED:
            self._say_given_up(webhook, row, attempt)
        return status

    def _say_given_up(self, webhook: Mapping[str, Any], row: Mapping[str, Any], last: Attempt) -> None:
        """Without its address: that may be a secret of the receiver's."""
        text = f"Webhook {webhook['name']} is given up for a delivery of {row['event']}: {last.error}"
        named = {"webhook_id": row["webhook_id"], "delivery_id": row["_id"]}
        system_log.say(self._lines, text, "error", ident=derive_id("given up", row["_id"]), **named)

    def _sent(self, webhook: Mapping[str, Any], row: Mapping[str, Any]) -> Attempt:
        began, at, body = time.monotonic(), now_ms(), row["body"].encode()
        code, error = None, None
        try:
            headers = signing.headers(self._secret(webhook), at // 1000, body, row["event"], row["_id"])
            code = posting.post(webhook["url"], body, headers, self._allow_private, self._seconds)
            error = None if 200 <= code < 300 else _refusal(code)
        except posting.NotPosted as reason:
            error = str(reason)
        except SealBroken:
            error = "its secret cannot be opened with this key; give it a new one"
        return Attempt(at, round((time.monotonic() - began) * 1000), code, error)

    def _secret(self, webhook: Mapping[str, Any]) -> bytes:
        sealed = VAULT.sealed(self._database, [webhook["secret"]]).get(webhook["secret"])
        if sealed is None:
            raise SealBroken("it is gone")
        return str(orjson.loads(self._key.open(sealed))).encode()


def _refusal(code: int) -> str:
    redirect = ", a redirect, which is not followed" if 300 <= code < 400 else ""
    return f"it answered {code}{redirect}"


class Courier(DependencyProvider):
    """Keeps the worker's deliverer going."""

    def __init__(self) -> None:
        self._looks = Rounds("courier", self._look, LOOK_SECONDS)

    def setup(self) -> None:
        """Read the key. Raises SettingsError."""
        self._key = private_key(settings.current())

    def start(self) -> None:
        """Begin to look for what is due."""
        wanted = settings.current()
        self._deliverer = Deliverer(
            mongo.database("jobs"),
            self._key,
            next(one.lines for one in self.container.dependencies if isinstance(one, Takes)),
            wanted.webhook_private,
            wanted.webhook_retry_seconds,
        )
        self._looks.start(self.container.spawn_managed_thread)

    def stop(self) -> None:
        """Take no more; what is under way comes to its end, or is due again later."""
        self._looks.stop()

    def kill(self) -> None:
        """Likewise."""
        self.stop()

    def _look(self) -> bool:
        return self._deliverer.look() > 0
