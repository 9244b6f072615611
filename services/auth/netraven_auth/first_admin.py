"""The first user: `admin`, so that somebody can log in; and the way back in when that password is lost.

The password is NETRAVEN_ADMIN_PASSWORD, else one made here and shown once, to the person at the console: it
goes to standard error as plain text and into no log. Of several instances that start at once one does this.
NETRAVEN_RESET_ADMIN=true does it again at a start: the same user gets a password, the role and access anew.
"""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from netraven_auth import policy, seats
from netraven_auth.accounts import password_row, perform
from netraven_auth.commonest import commonest
from netraven_auth.equipment import Equipment
from netraven_auth.membership import MEMBERS, MEMBERSHIP
from netraven_auth.user import ADMIN, USER, ChangeUser, CreateUser, User
from netraven_chassis.aggregate import Folded
from netraven_chassis.bound import BoundStore
from netraven_chassis.ids import derive_id, new_id
from netraven_chassis.lease import Lease
from netraven_chassis.setting import Problem, SettingsError
from netraven_contracts.errors import Unavailable, ValidationFailed

log = structlog.get_logger(__name__)

NAME = "admin"
PATIENCE_SECONDS = 20.0
TOGETHER_MS = 60_000  # instances that are started within this are one start
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # none that looks like another


def ensure(store: BoundStore, kit: Equipment) -> None:
    """Make the first admin if there is none, or give them a new password when the settings say so.

    Raises SettingsError when NETRAVEN_ADMIN_PASSWORD cannot be used.
    """
    if not _due(store, kit):
        return
    with _alone(store):
        # Whoever was first has done it meanwhile.
        if _due(store, kit):
            _make(store, kit)


def _due(store: BoundStore, kit: Equipment) -> bool:
    if store.load(MEMBERSHIP, MEMBERS).version == 0:
        return True
    return kit.settings.reset_admin and not _was_reset(store, kit, kit.settings.admin_password)


def _was_reset(store: BoundStore, kit: Equipment, wanted: str) -> bool:
    """Whether the admin has the password that is wanted, or one that another instance has just made."""
    folded: Folded[User] = store.load(USER, _user_id(store))
    if not wanted:
        return store.now() - folded.at < TOGETHER_MS
    return kit.passwords.check(kit.password_rows.read(folded.state.password_id), wanted).right


def _make(store: BoundStore, kit: Equipment) -> None:
    given = kit.settings.admin_password
    password = given or _invented()
    _check(password)
    user_id = _user_id(store)
    folded: Folded[User] = store.load(USER, user_id)
    with password_row(store, kit, user_id, password) as row:
        if folded.state.username:
            perform(store, seats.change(user_id, ChangeUser(ADMIN, True, row)))
        else:
            perform(store, seats.create(user_id, CreateUser(NAME, ADMIN, True, row)))
    log.info("the user admin is ready", user_id=user_id, from_settings=bool(given))
    if not given:
        _show(password)


def _user_id(store: BoundStore) -> str:
    return derive_id(store.core.log.log_id, "first admin")


def _check(password: str) -> None:
    try:
        policy.check(NAME, password, commonest())
    except ValidationFailed as error:
        reason = "; ".join(error.details["password"])
        fix = "Choose another one, or leave it empty to have one made."
        raise SettingsError([Problem("NETRAVEN_ADMIN_PASSWORD", "***", reason, fix)]) from None


def _invented() -> str:
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


def _show(password: str) -> None:
    lines = (
        "NetRaven has a new password, shown only this once:",
        f"  user      {NAME}",
        f"  password  {password}",
    )
    rule = "-" * 60
    sys.stderr.write("\n".join(("", rule, *lines, rule, "", "")))
    sys.stderr.flush()


@contextmanager
def _alone(store: BoundStore) -> Iterator[None]:
    """One instance at a time. Raises Unavailable when another one does not come to an end."""
    lease = Lease(store.database["leases"], "first-admin", new_id(), ttl_ms=int(PATIENCE_SECONDS * 1000))
    until = time.monotonic() + PATIENCE_SECONDS * 1.5
    while not lease.hold():
        if time.monotonic() > until:
            raise Unavailable("another instance is making the first admin and does not end")
        time.sleep(0.1)
    try:
        yield
    finally:
        lease.release()
