"""Making and changing users: hashing, writing and clearing up around what user.py and seats.py decide.

Passwords come in and go no further than into a hash: no event, no error and no row has one.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from typing import Any, TypeVar

import orjson

from netraven_auth import policy, seats, shown
from netraven_auth.commonest import commonest
from netraven_auth.equipment import Equipment
from netraven_auth.throttle import WrongPassword, counted_name
from netraven_auth.user import USER, ChangeUser, CreateUser, User, UserCreated, UserPasswordChanged
from netraven_chassis.aggregate import Folded
from netraven_chassis.bound import BoundStore
from netraven_chassis.bus import Reply
from netraven_chassis.ids import derive_id
from netraven_chassis.plan import Outcome
from netraven_contracts.errors import NetRavenError, NotFound, Unavailable, ValidationFailed

T = TypeVar("T")


def unsealed(kit: Equipment, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The body with its password, if it has one, opened. Raises ValidationFailed, Unavailable."""
    clear = {"password": kit.opened(wanted["password"])} if "password" in wanted else {}
    return {**wanted, **clear}


def create(store: BoundStore, kit: Equipment, wanted: Mapping[str, Any]) -> Reply:
    """Make a user of a UserBody. Raises DuplicateName, ValidationFailed."""
    policy.check(wanted["username"], wanted["password"], commonest())
    user_id = store.new_id()
    with password_row(store, kit, user_id, wanted["password"]) as row:
        command = CreateUser(wanted["username"], wanted["role"], wanted["enabled"], row)
        perform(_without_secrets(store, wanted), seats.create(user_id, command))
    return shown.user(store, kit, user_id, location=f"/api/users/{user_id}")


def change(
    store: BoundStore, kit: Equipment, user_id: str, wanted: Mapping[str, Any], if_match: int | None
) -> Reply:
    """Change a user by a UserChanges. Raises NotFound, Conflict, PreconditionFailed, ValidationFailed."""
    command = ChangeUser(wanted.get("role"), wanted.get("enabled"))
    if "password" in wanted:
        policy.check(known(store, user_id).username, wanted["password"], commonest())
        with password_row(store, kit, user_id, wanted["password"]) as row:
            visible = _without_secrets(store, wanted)
            perform(visible, seats.change(user_id, replace(command, password_id=row), if_match))
    else:
        perform(store, seats.change(user_id, command, if_match))
    kit.sessions.end_all(user_id, before_epoch=known(store, user_id).epoch)
    return shown.user(store, kit, user_id)


def change_own_password(store: BoundStore, kit: Equipment, user_id: str, current: str, new: str) -> None:
    """Change the password of who knows the one in force.

    Raises ValidationFailed naming the field that is wrong, RateLimited after too many tries.
    """
    user = known(store, user_id)
    try:
        with kit.attempts.one(counted_name(user.username), []):
            if not kit.passwords.check(kit.password_rows.read(user.password_id), current).right:
                raise WrongPassword("the current password is wrong")
    except WrongPassword as error:
        raise ValidationFailed(error.message, {"current_password": ["is wrong"]}) from None
    policy.check(user.username, new, commonest(), "new_password")
    with password_row(store, kit, user_id, new) as row:
        perform(_without_secrets(store, {}), seats.change(user_id, ChangeUser(password_id=row)))
    kit.sessions.end_all(user_id, before_epoch=known(store, user_id).epoch)


def perform(store: BoundStore, flow: Generator[seats.Load | seats.Do, Any, T]) -> T:
    """Run a flow of seats.py against the store; its result. Raises what it raises."""
    try:
        ask = next(flow)
        while True:
            try:
                answer = _answer(store, ask)
            except NetRavenError as error:
                ask = flow.throw(error)
            else:
                ask = flow.send(answer)
    except StopIteration as done:
        result: T = done.value
        return result


def _answer(store: BoundStore, ask: seats.Load | seats.Do) -> Folded[Any] | Outcome:
    if isinstance(ask, seats.Load):
        return store.load(ask.aggregate, ask.id)
    if ask.step:
        command_id = derive_id(store.context.command_id, ask.step)
        store = BoundStore(store.core, replace(store.context, command_id=command_id))
    return store.handle(ask.aggregate, ask.id, ask.command, ask.if_match)


@contextmanager
def password_row(store: BoundStore, kit: Equipment, user_id: str, password: str) -> Iterator[str]:
    """Keep a password's hash; yields the id of its row. Rows that count no more afterwards are destroyed."""
    row = kit.password_rows.keep(kit.passwords.hash(password))
    try:
        yield row
    except Unavailable:
        raise  # what became of the command is not known: its row may count
    except Exception:
        kit.password_rows.forget(_out_of_use(store.load(USER, user_id), row))
        raise
    kit.password_rows.forget(_out_of_use(store.load(USER, user_id), row))


def _out_of_use(folded: Folded[User], row: str) -> set[str]:
    """The rows that this history, or an attempt to add `row` to it, has left behind."""
    kinds = {UserCreated.__name__, UserPasswordChanged.__name__}
    events = (event for commit in folded.commits for event in commit.events)
    named = {str(event.data["password_id"]) for event in events if event.type in kinds}
    return (named | {row}) - {folded.state.password_id}


def known(store: BoundStore, user_id: str) -> User:
    """The user's state. Raises NotFound."""
    folded: Folded[User] = store.load(USER, user_id)
    if not folded.state.username:
        raise NotFound("there is no such user")
    return folded.state


def _without_secrets(store: BoundStore, wanted: Mapping[str, Any]) -> BoundStore:
    """The store with a hash of the request that says nothing of its password.

    The gateway's hash of the whole body would let whoever reads the log try passwords fast.
    """
    visible = {name: value for name, value in wanted.items() if name != "password"}
    told = sha256(orjson.dumps(visible, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
    return BoundStore(store.core, replace(store.context, body_hash=told))
