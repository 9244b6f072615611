"""The rows of the route table about backups."""

from __future__ import annotations

from netraven_contracts import backups as backup
from netraven_contracts.errors import Conflict, ListFailed, NotFound
from netraven_contracts.history import HistoryEntry
from netraven_contracts.paging import PageQuery, page_of
from netraven_gateway import backups
from netraven_gateway.route import VIEWER, Gives, Reads, Route

_PAGES = Reads(query=PageQuery)
_SECONDS = 15.0
_SECRETS = "Secrets are replaced; `view=raw` shows them to admins, and every look is recorded."
_LOOKS = "When it was taken, who saw it in clear, when it was discarded; the newest first."
_ASIDE = "Each can be downloaded and compared like a backup."
_STRETCH = (
    "Looks through the latest configuration of each device, secrets replaced, and answers in time: when not "
    "all were looked at, `next` says where to go on."
)

ROWS = (
    Route("GET", "/backups", VIEWER, backups.index, "backups", "List backups, the newest first",
          Reads(query=page_of(backup.BackupFilters, backup.BACKUP_SORTS)),
          Gives(schema=backup.BackupRow, many=True), ListFailed),
    Route("GET", "/backups/search", VIEWER, backups.search, "backups", "Search the latest configurations",
          Reads(query=backup.SearchQuery), Gives(schema=backup.SearchAnswer), ListFailed,
          description=_STRETCH, seconds=_SECONDS),
    Route("GET", "/backups/stale", VIEWER, backups.stale, "backups", "List devices without a recent backup",
          Reads(query=backup.StaleQuery), Gives(schema=backup.StaleDevice, many=True), ListFailed,
          description="Those that never had one come first."),
    Route("GET", "/backups/quarantine", VIEWER, backups.index_quarantine, "backups",
          "List answers that were no whole configuration, the newest first",
          Reads(query=page_of(backup.QuarantineFilters, backup.BACKUP_SORTS)),
          Gives(schema=backup.Quarantined, many=True), ListFailed, description=_ASIDE),
    Route("GET", "/backups/count", VIEWER, backups.count, "backups", "Count backups",
          gives=Gives(schema=backup.BackupCount)),
    Route("GET", "/backups/{backup_id}", VIEWER, backups.show, "backups", "Show a backup",
          gives=Gives(schema=backup.Backup), errors=(NotFound,)),
    Route("GET", "/backups/{backup_id}/download", VIEWER, backups.download, "backups", "Download a backup",
          Reads(query=backup.DownloadQuery), Gives(media="text/plain", etag=True),
          errors=(NotFound, Conflict), description=_SECRETS, seconds=_SECONDS),
    Route("GET", "/backups/{backup_id}/diff", VIEWER, backups.diff, "backups", "Compare two backups",
          Reads(query=backup.DiffQuery), Gives(schema=backup.Difference), errors=(NotFound, Conflict),
          description=f"The bare diff comes with `Accept: text/x-diff`. {_SECRETS}", seconds=_SECONDS),
    Route("GET", "/backups/{backup_id}/history", VIEWER, backups.history, "backups",
          "List what happened to a backup", _PAGES, Gives(schema=HistoryEntry, many=True), ListFailed,
          (NotFound,), _LOOKS),
    Route("GET", "/devices/{device_id}/config", VIEWER, backups.config, "backups",
          "Show what a device had configured at a moment", Reads(query=backup.ConfigurationQuery),
          Gives(schema=backup.Configuration), errors=(NotFound, Conflict),
          description=f"The bare text comes with `Accept: text/plain`. {_SECRETS}", seconds=_SECONDS),
    Route("GET", "/devices/{device_id}/quarantine", VIEWER, backups.quarantine, "backups",
          "List a device's answers that were no whole configuration", _PAGES,
          Gives(schema=backup.Quarantined, many=True), ListFailed,
          description=_ASIDE),
)  # fmt: skip
