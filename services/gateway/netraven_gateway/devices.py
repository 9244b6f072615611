"""What clients ask about devices, handed to the services that know. No rules."""

from __future__ import annotations

from typing import Any

from netraven_contracts.errors import ValidationFailed
from netraven_gateway import accepting, exporting, paging, replies
from netraven_gateway.answers import JSON, Answer
from netraven_gateway.request import Request

# Longer than other calls: the device gets its whole burst of pings first.
_CHECK_SECONDS = 4.7


_LISTS = (JSON, *exporting.LISTS)


def index(gateway: Any, request: Request) -> Answer:
    """A page of devices; all of them, one a line, to those who accept that."""
    media = accepting.preferred(request.header("HTTP_ACCEPT"), _LISTS)
    if media != JSON:
        return exporting.listed(gateway, request, media).add("Vary", "Accept")
    answer = replies.many(request, gateway.devices.raw("index", **paging.asked(request.query)))
    return answer.add("Vary", "Accept")


def register(gateway: Any, request: Request) -> Answer:
    """A new device."""
    return replies.one(request, gateway.devices.raw("register", device=request.body))


def show(gateway: Any, request: Request) -> Answer:
    """One device."""
    return replies.one(request, gateway.devices.raw("show", **request.params, **request.query))


def change(gateway: Any, request: Request) -> Answer:
    """Some fields of a device."""
    changes = {"changes": request.body, "if_match": request.if_match}
    return replies.one(request, gateway.devices.raw("change", **request.params, **changes))


def remove(gateway: Any, request: Request) -> Answer:
    """No longer a device."""
    gateway.devices.raw("remove", **request.params, if_match=request.if_match)
    return replies.nothing()


def check_status(gateway: Any, request: Request) -> Answer:
    """Ping now."""
    patient = gateway.devices.within(_CHECK_SECONDS)
    return replies.one(request, patient.raw("check_status", **request.params))


def samples(gateway: Any, request: Request) -> Answer:
    """The latency of the past."""
    return replies.one(request, gateway.monitor.raw("samples", **request.params, **request.query))


def availability(gateway: Any, request: Request) -> Answer:
    """The share of time in which it answered."""
    return replies.one(request, gateway.monitor.raw("availability", **request.params, **request.query))


def history(gateway: Any, request: Request) -> Answer:
    """What happened to a device."""
    page = paging.pages(request.query)
    return replies.many(request, gateway.devices.raw("history", **request.params, **page))


def undo(gateway: Any, request: Request) -> Answer:
    """Take one event back."""
    device_id, _, version = request.body["event"].partition(".")
    if device_id != request.params["device_id"]:
        raise ValidationFailed("this event is another device's", {"event": ["must be of this device"]})
    wanted = {"device_id": device_id, "version": int(version), "if_match": request.if_match}
    return replies.one(request, gateway.devices.raw("undo", **wanted))
