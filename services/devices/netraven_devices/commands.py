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
from netraven_devices import present, queries
from netraven_devices.device import DEVICE, ChangeDevice, RegisterDevice
from netraven_devices.tag import TAG, CreateTag
from netraven_devices.views import device_fields, status_fields

Body = Mapping[str, Any]


def register(store: BoundStore, body: Body) -> Reply:
    """Register a device and answer with it. Raises DuplicateIp; ValidationFailed for tags that are not
    there.
    """
    fields = dict(body)
    names = {tag_id: name for tag_id, name in _tags(store, fields)}
    interfaces = tuple(fields.pop("interfaces", ()))
    command = RegisterDevice(**{**fields, "tags": tuple(names), "interfaces": interfaces})
    return shown_new(store.handle(DEVICE, store.new_id(), command), names)


def change(store: BoundStore, device_id: str, body: Body, if_match: int | None) -> Outcome:
    """Change a device. Raises NotFound, DuplicateIp, PreconditionFailed; ValidationFailed as above."""
    changes = dict(body)
    if "tags" in changes:
        changes["tags"] = [tag_id for tag_id, _ in _tags(store, changes)]
    changes.pop("create_missing_tags", None)
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


def _tags(store: BoundStore, fields: dict[str, Any]) -> list[tuple[str, str]]:
    """The (id, name) of each tag that the body names, which are taken out of it."""
    create = fields.pop("create_missing_tags", False)
    # However a name is spelt, the first spelling makes the tag.
    wanted = list({name.casefold(): name for name in reversed(fields.pop("tags", ()))}.values())[::-1]
    found = queries.tags_named(store, wanted) if wanted else {}
    missing = [name for name in wanted if name not in found]
    if missing and not create:
        raise _unknown(missing)
    for name in missing:
        found[name] = (_create(store, name), name)
    return list(dict(found[name] for name in wanted).items())


def _unknown(names: list[str]) -> ValidationFailed:
    reasons = [f"there is no tag {name}; create it first, or set create_missing_tags" for name in names]
    return ValidationFailed("A tag does not exist", {"tags": reasons})


def _create(store: BoundStore, name: str) -> str:
    try:
        # Derived from the command and the name: a retry finds the same tag.
        return store.handle(TAG, store.new_id(f"tag:{name.casefold()}"), CreateTag(name)).id
    except DuplicateName:
        # Another request has just made it; it may stand in the log and not yet in the views.
        found = queries.tags_named(store, [name])
        if name not in found:
            raise
        return found[name][0]
