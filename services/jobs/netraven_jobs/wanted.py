"""Whether what a job is asked for is there, before it begins: its devices, its tags, its options. Nothing is
written. What happens meanwhile shows when the run begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import Schema, ValidationError

from netraven_chassis.bound import BoundStore
from netraven_chassis.views import LIVE
from netraven_contracts.errors import NotFound, Unavailable, ValidationFailed
from netraven_jobs.backup_views import FLEET

MOST_ASKED = 20


def check_target(store: BoundStore, devices: Any, target: Mapping[str, Any], *, later: bool) -> None:
    """Raises ValidationFailed for devices and tags that are not there and, unless the job begins `later`, for
    a target that no device fits.

    `devices`: a client of the devices service; while it is away, all that only it knows passes.
    """
    _check_devices(store, devices, target.get("devices", ()))
    try:
        _check_tags(devices, target.get("tags", ()))
        if not later:
            _check_some(devices, target)
    except Unavailable:
        return


def loaded(schema: type[Schema], options: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The options of a job of the type `kind`. Raises ValidationFailed, which names those that there are."""
    made = schema()
    try:
        return dict(made.load(options))
    except ValidationError as error:
        known = ", ".join(field.data_key or name for name, field in made.fields.items())
        reason = f"is no option of {kind}; " + (f"there are {known}" if known else "it has none: remove it")
        names = {field.data_key or name for name, field in made.fields.items()}
        told = {name: [reason] for name in options if name not in names}
        raise ValidationFailed("An option is wrong", {"options": {**error.messages_dict, **told}}) from None


def _check_devices(store: BoundStore, devices: Any, named: Sequence[str]) -> None:
    known = store.collection(FLEET).find({"_id": {"$in": list(named)}, **LIVE}, {"_id": 1})
    strangers = sorted(set(named) - {row["_id"] for row in known})
    # The view may be a moment behind the inventory: whoever is new is asked for there.
    missing = [ident for ident in strangers[:MOST_ASKED] if not _is_there(devices, ident)]
    if missing:
        reasons = [f"there is no device {ident}; it may have been removed" for ident in missing]
        raise ValidationFailed("A device does not exist", {"devices": reasons})


def _is_there(devices: Any, ident: str) -> bool:
    try:
        devices.show(device_id=ident)
    except NotFound:
        return False
    except Unavailable:
        return True
    return True


def _check_tags(devices: Any, words: Sequence[str]) -> None:
    missing = [word for word in words if not _is_a_tag(devices, word)]
    if missing:
        reasons = [f"there is no tag {word}; GET /tags lists those that there are" for word in missing]
        raise ValidationFailed("A tag does not exist", {"tags": reasons})


def _is_a_tag(devices: Any, word: str) -> bool:
    """By its name, else by its id."""
    if devices.raw("index_tags", filters={"name": word}, page=1, size=1, sort=[]).meta["total"]:
        return True
    try:
        devices.show_tag(tag_id=word)
    except NotFound:
        return False
    return True


def _check_some(devices: Any, target: Mapping[str, Any]) -> None:
    for tag in target.get("tags", ()):
        if _any(devices, {"tag": [tag]}):
            return
    if "tags" in target:
        reason = "no device has one of these tags; give one to a device, or choose others"
        raise ValidationFailed("There is no device that fits", {"tags": [reason]})
    if target.get("all") and not _any(devices, {}):
        reason = "there are no devices yet; register one first"
        raise ValidationFailed("There is no device that fits", {"all": [reason]})


def _any(devices: Any, filters: Mapping[str, Any]) -> bool:
    found = devices.raw("index", filters=filters, page=1, size=1, sort=["created_at"])
    return int(found.meta["total"]) > 0
