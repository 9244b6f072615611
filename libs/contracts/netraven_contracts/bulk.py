"""What is said when devices come and go by the file: parameters, and what became of each row. No rules."""

from __future__ import annotations

from marshmallow import Schema, fields

from netraven_contracts.body import Filters
from netraven_contracts.devices import DEVICE_SORTS, DeviceFilters
from netraven_contracts.fields import Choice, Switch
from netraven_contracts.paging import Sort

FORMATS = ("csv", "json")


class ImportQuery(Filters):
    """POST /devices/bulk and /devices/bulk_import."""

    dry_run = Switch(
        text=True, load_default=False, metadata={"description": "True: only tell what would become of each."}
    )
    create_missing_tags = Switch(
        text=True, load_default=False, metadata={"description": "Create the tags that are not there yet."}
    )


class ExportQuery(DeviceFilters):
    """GET /devices/export: the filters of the list."""

    format = Choice(
        FORMATS,
        load_default="csv",
        metadata={"description": "`csv` has what people fill in, `json` everything.", "example": "csv"},
    )
    sort = Sort(DEVICE_SORTS)


class RowCreated(Schema):
    """A row that became a device."""

    row = fields.Integer(required=True, metadata={"description": "Its number, from 1.", "example": 1})
    id = fields.String(
        required=True, allow_none=True, metadata={"description": "The device's id; null in a dry run."}
    )


class RowProblem(Schema):
    """Why a row did not."""

    row = fields.Integer(required=True, metadata={"description": "Its number, from 1.", "example": 2})
    field = fields.String(
        required=True, allow_none=True, metadata={"description": "Which field.", "example": "ip_address"}
    )
    message = fields.String(required=True, metadata={"description": "Why.", "example": "10.0.0.1 is taken"})


class RowCounts(Schema):
    """How many rows, whether told or not."""

    created = fields.Integer(required=True, metadata={"example": 40})
    duplicates = fields.Integer(required=True, metadata={"example": 1})
    errors = fields.Integer(required=True, metadata={"example": 1})


class BulkReport(Schema):
    """What became of the rows. Row 1 of a CSV file is the line below its heading; blank lines count too."""

    dry_run = fields.Boolean(required=True, metadata={"description": "Whether nothing was done."})
    counts = fields.Nested(RowCounts, required=True, metadata={"description": "How many rows of each kind."})
    created = fields.List(
        fields.Nested(RowCreated), required=True, metadata={"description": "Every row that became a device."}
    )
    duplicates = fields.List(
        fields.Nested(RowProblem),
        required=True,
        metadata={"description": "Rows whose address is there already; the first 10,000."},
    )
    errors = fields.List(
        fields.Nested(RowProblem),
        required=True,
        metadata={"description": "What is wrong with other rows; the first 10,000."},
    )
