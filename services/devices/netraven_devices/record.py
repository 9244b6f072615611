"""The record of one device, tag or credential, as the API shows it: names for tags, times in their outer
form. No rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netraven_chassis.aggregate import Aggregate
from netraven_chassis.bound import BoundStore
from netraven_chassis.clock import iso
from netraven_contracts.errors import Conflict, NotFound, PreconditionFailed
from netraven_devices import history, queries, tag_queries
from netraven_devices.credential import CREDENTIAL
from netraven_devices.device import DEVICE, ChangeDevice
from netraven_devices.history import CREDENTIAL_FIELDS, DEVICE_FIELDS, TAG_FIELDS, Step
from netraven_devices.tag import TAG

Entries = list[dict[str, Any]]


def of_device(store: BoundStore, device_id: str, page: int, size: int) -> tuple[Entries, int]:
    """A page of what happened to a device, the newest first, and how much there is. Raises NotFound."""
    return _page(store, DEVICE, device_id, DEVICE_FIELDS, page, size)


def of_tag(store: BoundStore, tag_id: str, page: int, size: int) -> tuple[Entries, int]:
    """A page of what happened to a tag, the newest first, and how much there is. Raises NotFound."""
    return _page(store, TAG, tag_id, TAG_FIELDS, page, size)


def of_credential(store: BoundStore, credential_id: str, page: int, size: int) -> tuple[Entries, int]:
    """A page of what happened to a credential, the newest first, and how much there is; never a secret.
    Raises NotFound.
    """
    return _page(store, CREDENTIAL, credential_id, CREDENTIAL_FIELDS, page, size)


def undo(store: BoundStore, device_id: str, version: int, if_match: int | None) -> None:
    """Take back the event `version` of a device by a change that says so.

    Repeated, it is done once. Raises NotFound, PreconditionFailed; Conflict where it cannot be taken back.
    """
    if store.first_answer(DEVICE, device_id) is not None:
        return
    folded = store.load(DEVICE, device_id)
    if if_match is not None and if_match != folded.version:
        raise PreconditionFailed.stale(folded.version, if_match)
    told = list(history.steps(DEVICE, folded.commits))
    changes = history.compensation(told, version)
    _must_be_there(store, sorted(set(changes.get("tags", ())) - set(folded.state.tags)))
    command = ChangeDevice(changes, queries.status(store, device_id))
    try:
        # What was found to apply must still be so when it is done.
        store.handle(DEVICE, device_id, command, folded.version)
    except PreconditionFailed:
        raise Conflict("the device was changed at this moment; look at it and try again") from None


def _must_be_there(store: BoundStore, tags: Sequence[str]) -> None:
    """Raises Conflict for tags that were deleted: a device that was given one would show it nowhere."""
    known = tag_queries.named(store, tags)
    if gone := [store.load(TAG, tag).state.name or tag for tag in tags if tag not in known]:
        raise Conflict(f"the tag {', '.join(gone)} was deleted since; make one and give the device that")


def _page(
    store: BoundStore, aggregate: Aggregate[Any], ident: str, fields: Mapping[str, str], page: int, size: int
) -> tuple[Entries, int]:
    told = list(history.steps(aggregate, store.load(aggregate, ident).commits))
    if not told:
        raise NotFound(f"there never was a {aggregate.name} with this id")
    newest = told[::-1][(page - 1) * size : page * size]
    names = {} if aggregate is TAG else tag_names(store, newest)
    return [_entry(step, fields, names) for step in newest], len(told)


def _entry(step: Step, fields: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    changes = [
        {"field": name, "from": _shown(name, old, names), "to": _shown(name, new, names)}
        for name, (old, new) in history.changed(step, fields).items()
    ]
    return {
        "id": f"{step.commit.subject}.{step.version}",
        "version": step.version,
        "event": step.event.type,
        "at": iso(step.commit.at),
        "actor": dict(step.commit.actor),
        "request_id": step.commit.request_id,
        "changes": changes,
    }


def _shown(name: str, value: Any, names: Mapping[str, str]) -> Any:
    return sorted(names.get(tag, tag) for tag in value) if name == "tags" else value


def tag_names(store: BoundStore, told: Sequence[Step]) -> dict[str, str]:
    """{tag id: name} of every tag in these steps: the name that it has, or had when it was deleted."""
    wanted = {tag for step in told for state in (step.before, step.after) for tag in state.tags}
    return {tag: store.load(TAG, tag).state.name or tag for tag in wanted}
