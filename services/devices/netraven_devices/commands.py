"""Bodies made into commands: names of tags become ids, and the status that is shown goes along.

Rules stand in device.py and tag.py. What is new is answered from what the command came to, without a look
at the views.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netraven_chassis.aggregate import Folded
from netraven_chassis.bound import BoundStore
from netraven_chassis.bus import Reply
from netraven_chassis.plan import Outcome
from netraven_contracts.errors import DuplicateName, ValidationFailed
from netraven_devices import present, queries, tag_queries
from netraven_devices.device import DEVICE, ChangeDevice, RegisterDevice
from netraven_devices.documents import device_fields, status_fields
from netraven_devices.tag import TAG, CreateTag

Body = Mapping[str, Any]
Named = tuple[str, str]  # a tag's id and name
Tagged = tuple[dict[str, Any], dict[str, str]]  # a body without its tags, and these as {id: name}


def register(store: BoundStore, body: Body) -> Reply:
    """Register a device and answer with it. Raises DuplicateIp; ValidationFailed for tags that are not
    there.
    """
    ident = store.new_id()
    known = _tagged_unless_done(store, ident, body)
    outcome = known if isinstance(known, Outcome) else store.handle(DEVICE, ident, registration(*known))
    names = _names_now(store, outcome) if outcome.repeated or isinstance(known, Outcome) else known[1]
    return shown_new(outcome, names)


def _names_now(store: BoundStore, outcome: Outcome) -> dict[str, str]:
    return dict(tag_queries.named(store, outcome.state.tags).values())


def registration(fields: Mapping[str, Any], names: Mapping[str, str]) -> RegisterDevice:
    """The command for a body without its tags, which come as {tag id: name}."""
    interfaces = tuple(fields.get("interfaces", ()))
    return RegisterDevice(**{**fields, "interfaces": interfaces, "tags": tuple(names)})


def change(store: BoundStore, device_id: str, body: Body, if_match: int | None) -> Outcome:
    """Change a device. Raises NotFound, DuplicateIp, PreconditionFailed; ValidationFailed as above."""
    known = _tagged_unless_done(store, device_id, body)
    if isinstance(known, Outcome):
        return known
    changes, names = known
    if "tags" in body:
        changes["tags"] = list(names)
    shown = queries.status(store, device_id) if "status" in changes else ""
    return store.handle(DEVICE, device_id, ChangeDevice(changes, shown), if_match)


def shown_new(outcome: Outcome, names: Mapping[str, str]) -> Reply:
    """The answer for a device that was just registered; `names` are {tag id: name}."""
    stated = outcome.state.stated
    document = {
        "_id": outcome.id,
        **device_fields(Folded(outcome.id, outcome.state, outcome.version, outcome.at, outcome.at, ())),
        **(status_fields(stated, outcome.at) if stated else {}),
    }
    return present.single(present.device(document, {}, names), location=f"/api/devices/{outcome.id}")


def _tagged_unless_done(store: BoundStore, device_id: str, body: Body) -> Tagged | Outcome:
    """As `tagged`; when a tag is gone since this very command was carried out, what it came to."""
    try:
        return tagged(store, body)
    except ValidationFailed:
        outcome = store.first_answer(DEVICE, device_id)
        if outcome is None:
            raise
        return outcome


def tagged(
    store: BoundStore, body: Body, known: dict[str, Named] | None = None, dry_run: bool = False
) -> Tagged:
    """The body without its tags, and its tags as {id: name}. Raises ValidationFailed for one that is missing.

    `known`: {word: (id, name)} where that was looked up already; what is created is added to it. With
    `dry_run` nothing is created.
    """
    fields = {name: value for name, value in body.items() if name not in ("tags", "create_missing_tags")}
    wanted = body.get("tags", ())
    if not wanted:
        return fields, {}
    found = tag_queries.named(store, wanted) if known is None else known
    missing = [name for name in wanted if name not in found]
    if missing and not body.get("create_missing_tags"):
        raise _unknown(missing)
    for name in missing:
        # However a name is spelt, the first spelling makes the tag.
        found[name] = _spelt_otherwise(found, name) or (("", name) if dry_run else _create(store, name))
    return fields, dict(found[name] for name in wanted)


def _spelt_otherwise(found: Mapping[str, Named], name: str) -> Named | None:
    return next((tag for word, tag in found.items() if word.casefold() == name.casefold()), None)


def _unknown(names: list[str]) -> ValidationFailed:
    reasons = [f"there is no tag {name}; create it first, or set create_missing_tags" for name in names]
    return ValidationFailed("A tag does not exist", {"tags": reasons})


def _create(store: BoundStore, name: str) -> Named:
    try:
        # Derived from the command and the name: a retry finds the same tag.
        outcome = store.handle(TAG, store.new_id(f"tag:{name.casefold()}"), CreateTag(name))
        return outcome.id, outcome.state.name
    except DuplicateName:
        # Another request has just made it; it may stand in the log and not yet in the views.
        found = tag_queries.named(store, [name])
        if name not in found:
            raise
        return found[name]
