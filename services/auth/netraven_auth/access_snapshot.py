"""All that a gateway must know to trust or refuse a token, at one position of auth's log. Read only."""

from __future__ import annotations

from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.rebuild import OWN
from netraven_chassis.views import LIVE


def access_list(store: BoundStore) -> dict[str, Any]:
    """{log_id, log_position, users: {id: {role, enabled, not_before}}, ended: {id: ms}}.

    It has every commit up to `log_position` in it, and perhaps later ones. `not_before` is a version of the
    user: a token that was signed at an earlier one is worthless. `ended`: sessions and API tokens.
    """
    position = store.core.log.head()
    # Another instance may have appended and not yet written its views, or never will.
    store.catch_up(OWN, position)
    kept = ("role", "enabled", "not_before")
    users = store.collection("users").find(LIVE, dict.fromkeys(kept, 1))
    ended = store.collection("ended").find(LIVE, {"at": 1}).sort("at", 1)
    return {
        "log_id": store.core.log.log_id,
        "log_position": position,
        "users": {row["_id"]: {name: row[name] for name in kept} for row in users},
        "ended": {row["_id"]: row["at"] for row in ended},
    }
