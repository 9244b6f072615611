"""The rows of the route table about many devices at once: in by the file, out by the file."""

from __future__ import annotations

from netraven_contracts.bulk import BulkReport, ExportQuery, ImportQuery
from netraven_contracts.errors import CreateFailed, ListFailed
from netraven_gateway import bulk, exporting
from netraven_gateway.bodies import JSON
from netraven_gateway.route import OPERATOR, VIEWER, Gives, Reads, Route
from netraven_gateway.uploads import CSV, MULTIPART

_FILE = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "format": "binary"}},
}
_LIST = {"type": "array", "minItems": 1, "items": {"description": "A body of POST /devices."}}
_UPLOAD = Reads(query=ImportQuery, upload={JSON: _LIST, CSV: {"type": "string"}, MULTIPART: _FILE})
_REPORT = Gives(schema=BulkReport, message="Rows read")
_HOW = (
    "A JSON list, a CSV file with its columns named in the first line (in any order; parted by comma, "
    "semicolon or tab), or either as `file` in a form. Each row stands alone: what is wrong with one is told "
    "with its number (in a CSV file 1 is the line below the heading, and blank lines count), an address that "
    "is there already is told and skipped. A file that cannot be read to its end does nothing. The answer "
    "comes when all rows are done, some hundreds a second. Repeated with the same Idempotency-Key after a "
    "break, it goes on."
)

ROWS = (
    Route("POST", "/devices/bulk", OPERATOR, bulk.register_many, "devices", "Add many devices",
          _UPLOAD, _REPORT, CreateFailed, description=_HOW, seconds=bulk.SECONDS),
    Route("POST", "/devices/bulk_import", OPERATOR, bulk.register_many, "devices",
          "Add the devices of a file", _UPLOAD, _REPORT, CreateFailed, description=_HOW, seconds=bulk.SECONDS,
          operation="bulk.import_file"),
    Route("GET", "/devices/export", VIEWER, exporting.export, "devices", "Get devices as a file",
          Reads(query=ExportQuery), Gives(schema={}, media=(CSV, JSON)), ListFailed,
          seconds=exporting.SECONDS,
          description="All that matches, as it is or as it was at a moment; bulk_import takes it back."),
)  # fmt: skip
