"""The rows of the route table about devices."""

from __future__ import annotations

from netraven_contracts import devices as device
from netraven_contracts import monitor
from netraven_contracts.errors import (
    Conflict,
    CreateFailed,
    DeleteFailed,
    DuplicateIp,
    InvalidDevice,
    ListFailed,
    NotFound,
    StatusCheckFailed,
    UpdateFailed,
)
from netraven_contracts.history import HistoryEntry, UndoBody
from netraven_contracts.paging import PageQuery, page_of
from netraven_gateway import devices, exporting
from netraven_gateway.route import OPERATOR, VIEWER, Gives, Reads, Route, created

_DEVICES = Reads(query=page_of(device.DeviceFilters, device.DEVICE_SORTS))
_CHANGES = Reads(body=device.DeviceChanges)
_CHANGED = Gives(schema=device.Device, message="Device updated", etag=True)
_PAGES = Reads(query=PageQuery)
_HISTORY = Gives(schema=HistoryEntry, many=True)
_PAST = "Who changed what, when, from what to what, by which request; the newest first."
_WHOLE = (
    "A page as it is, or with `at` as it was. The whole list comes in one as a stream, however long, with "
    "`Accept: application/x-ndjson` (one device of the page's form a line) or `Accept: text/csv` (what "
    "`/devices/export` gives); it takes the same filters and `sort`, and no `page` or `size`. Which devices "
    "they are is settled at the beginning. A stream that breaks off ends without its last chunk."
)
_SUBSET = "Takes any subset. What the API only tells is ignored, so that an answer can be sent back."

ROWS = (
    Route("GET", "/devices", VIEWER, devices.index, "devices", "List devices",
          _DEVICES, Gives(schema=device.DeviceRow, many=True, whole=tuple(exporting.LISTS)), ListFailed,
          description=_WHOLE, seconds=exporting.SECONDS),
    Route("POST", "/devices", OPERATOR, devices.register, "devices", "Add a device",
          Reads(body=device.DeviceBody), created(device.Device, "Device created"), CreateFailed,
          (DuplicateIp,)),
    Route("GET", "/devices/{device_id}", VIEWER, devices.show, "devices", "Show a device",
          Reads(query=device.DeviceMoment), Gives(schema=device.Device, etag=True), errors=(NotFound,),
          description="As it is, or as it was at a moment or a version."),
    Route("PUT", "/devices/{device_id}", OPERATOR, devices.change, "devices", "Change a device",
          _CHANGES, _CHANGED, UpdateFailed, (NotFound, Conflict, DuplicateIp), _SUBSET,
          operation="devices.replace"),
    Route("PATCH", "/devices/{device_id}", OPERATOR, devices.change, "devices", "Change a device in part",
          _CHANGES, _CHANGED, UpdateFailed, (NotFound, Conflict, DuplicateIp), _SUBSET),
    Route("DELETE", "/devices/{device_id}", OPERATOR, devices.remove, "devices", "Remove a device",
          gives=Gives(status=204, message="Removed"), failure=DeleteFailed, errors=(NotFound, Conflict)),
    Route("GET", "/devices/{device_id}/status", VIEWER, devices.check_status, "devices", "Ping a device now",
          gives=Gives(schema=device.DeviceStatus, message="Status checked"), failure=StatusCheckFailed,
          errors=(NotFound, InvalidDevice), description="A full burst that decides at once."),
    Route("GET", "/devices/{device_id}/samples", VIEWER, devices.samples, "devices", "List a device's pings",
          Reads(query=monitor.SamplesQuery), Gives(schema=monitor.Sample, listed=True), errors=(NotFound,)),
    Route("GET", "/devices/{device_id}/availability", VIEWER, devices.availability, "devices",
          "Show how long a device answered", Reads(query=monitor.AvailabilityQuery),
          Gives(schema=monitor.Availability), errors=(NotFound,)),
    Route("GET", "/devices/{device_id}/history", VIEWER, devices.history, "devices",
          "List what happened to a device", _PAGES, _HISTORY, ListFailed, (NotFound,), _PAST),
    Route("POST", "/devices/{device_id}/undo", OPERATOR, devices.undo, "devices", "Take back a change",
          Reads(body=UndoBody), _CHANGED, UpdateFailed, (NotFound, Conflict, DuplicateIp),
          "A change that puts back what the event changed, where nobody has changed it since.",
          conditional=True),
)  # fmt: skip
