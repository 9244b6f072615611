"""What is said about backups: rows, texts, diffs, searches, and what may be asked of them. No rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from netraven_contracts.body import Filters
from netraven_contracts.fields import Choice, Moment, ObjectId, Switch, Text, Whole
from netraven_contracts.paging import PageQuery

_MOMENT = "2026-01-02T03:04:05.678Z"
_ID = "65a1b2c3d4e5f60718293a4b"
MOST_CONTEXT = 10
LONGEST_SEARCH = 200
MOST_LINES = 1000
REDACTED, RAW = "redacted", "raw"


def _told(description: str, example: Any = None) -> dict[str, Any]:
    return {"description": description, **({} if example is None else {"example": example})}


class BackupRow(Schema):
    """A backup: that a device's configuration was fetched, and what it says."""

    id = fields.String(metadata=_told("Given by the API.", _ID))
    device_id = fields.String(metadata=_told("Whose.", _ID))
    device_name = fields.String(allow_none=True, metadata=_told("Its name now.", "core-1"))
    job_id = fields.String(metadata=_told("The job that fetched it.", _ID))
    taken_at = Moment(metadata=_told("When.", _MOMENT))
    size = fields.Integer(metadata=_told("Octets.", 48_231))
    lines = fields.Integer(metadata=_told("Lines.", 1204))
    sha256 = fields.String(metadata=_told("Of the text as it was fetched."))
    platform = fields.String(allow_none=True, metadata=_told("What the device ran.", "cisco_ios"))
    changed = fields.Boolean(
        metadata=_told("Whether it was another configuration than before; true of a device's first.", True)
    )
    previous_id = fields.String(
        allow_none=True, metadata=_told("The backup to compare it with; null for a device's first.")
    )
    version_id = fields.String(metadata=_told("The backup that showed this configuration first."))
    valid_since = Moment(metadata=_told("Since when this configuration held.", _MOMENT))
    valid_until = Moment(allow_none=True, metadata=_told("Until when; null: it holds.", _MOMENT))


class Backup(BackupRow):
    """A backup as it is shown alone."""

    download_url = fields.String(metadata=_told("Where its text is.", f"/api/backups/{_ID}/download"))
    quarantined = fields.Boolean(metadata=_told("True for an answer that was no whole configuration."))
    reason = fields.String(metadata=_told("Why it is in quarantine."))


class Quarantined(Schema):
    """An answer that was no whole configuration. It says nothing about the device."""

    id = fields.String(metadata=_told("Given by the API.", _ID))
    device_id = fields.String(metadata=_told("Whose.", _ID))
    device_name = fields.String(allow_none=True, metadata=_told("Its name now.", "core-1"))
    job_id = fields.String(metadata=_told("The job that fetched it.", _ID))
    taken_at = Moment(metadata=_told("When.", _MOMENT))
    size = fields.Integer(metadata=_told("Octets.", 120))
    lines = fields.Integer(metadata=_told("Lines.", 4))
    sha256 = fields.String(metadata=_told("Of the text as it was fetched."))
    platform = fields.String(allow_none=True, metadata=_told("What the device ran.", "cisco_ios"))
    quarantined = fields.Boolean(metadata=_told("Always true.", True))
    reason = fields.String(metadata=_told("Why it is not taken.", "the end mark is missing"))


class Configuration(Backup):
    """What a device had at a moment: the backup that shows it, and its text."""

    text = fields.String(metadata=_told("The configuration, secrets replaced unless asked otherwise."))
    view = fields.String(metadata={"enum": [REDACTED, RAW]})


class Difference(Schema):
    """What makes one backup of another."""

    id = fields.String(metadata=_told("The backup.", _ID))
    against = fields.String(allow_none=True, metadata=_told("The other one; null: the first has none."))
    device_id = fields.String(metadata=_told("Whose.", _ID))
    identical = fields.Boolean(metadata=_told("Whether nothing differs, nor any secret.", False))
    secrets_changed = fields.Boolean(
        metadata=_told("Whether secrets differ that the diff does not show, because they are hidden.", False)
    )
    added = fields.Integer(metadata=_told("Lines that came.", 3))
    removed = fields.Integer(metadata=_told("Lines that went.", 1))
    hunks = fields.Integer(metadata=_told("Places that differ.", 2))
    volatile = fields.Boolean(metadata=_told("Whether lines that change by themselves were compared."))
    view = fields.String(metadata={"enum": [REDACTED, RAW]})
    truncated = fields.Boolean(metadata=_told("Whether the text is cut; the counts are not."))
    diff = fields.String(metadata=_told("Unified diff; empty when nothing that is shown differs."))


class MatchingLine(Schema):
    """A line that matches, with its neighbours."""

    number = fields.Integer(metadata=_told("From 1.", 17))
    text = fields.String(metadata=_told("The line.", "snmp-server location Bern"))
    before = fields.List(fields.String(), metadata=_told("The lines before it."))
    after = fields.List(fields.String(), metadata=_told("The lines after it."))


class Match(Schema):
    """A device whose latest configuration has such lines."""

    device_id = fields.String(metadata=_told("Which.", _ID))
    device_name = fields.String(allow_none=True, metadata=_told("Its name.", "core-1"))
    backup_id = fields.String(metadata=_told("Its latest backup.", _ID))
    taken_at = Moment(metadata=_told("When that was taken.", _MOMENT))
    lines = fields.List(fields.Nested(MatchingLine), metadata=_told("Those lines."))
    more = fields.Boolean(metadata=_told("Whether it has more of them."))


class SearchAnswer(Schema):
    """What a search has found so far, and where to go on."""

    matches = fields.List(fields.Nested(Match), metadata=_told("By device."))
    lines = fields.Integer(metadata=_told("How many lines match.", 12))
    searched = fields.Integer(metadata=_told("Devices that were looked at now.", 500))
    devices = fields.Integer(metadata=_told("Devices that there are to look at.", 10_000))
    complete = fields.Boolean(metadata=_told("Whether all were looked at."))
    next = fields.String(allow_none=True, metadata=_told("Give it as `after` to go on.", _ID))


class StaleDevice(Schema):
    """A device without a recent good backup."""

    device_id = fields.String(metadata=_told("Which.", _ID))
    device_name = fields.String(allow_none=True, metadata=_told("Its name.", "core-1"))
    ip_address = fields.String(allow_none=True, metadata=_told("Its address.", "10.0.0.1"))
    location = fields.String(allow_none=True, metadata=_told("Where it stands.", "Bern"))
    platform = fields.String(allow_none=True, metadata=_told("What it runs.", "cisco_ios"))
    last_backup_id = fields.String(allow_none=True, metadata=_told("Its last good backup."))
    last_backup_at = Moment(allow_none=True, metadata=_told("When that was taken; null: never.", _MOMENT))
    hours = fields.Float(allow_none=True, metadata=_told("How long ago that is.", 30.5))


class BackupCount(Schema):
    """How much there is."""

    count = fields.Integer(metadata=_told("Backups."))
    changed = fields.Integer(metadata=_told("Those that were changes."))
    devices = fields.Integer(metadata=_told("Devices with a backup."))
    quarantined = fields.Integer(metadata=_told("Answers in quarantine."))
    texts = fields.Integer(metadata=_told("Different texts; each is stored once."))
    stored_bytes = fields.Integer(metadata=_told("Octets that they take up, compressed."))


class QuarantineFilters(Filters):
    """GET /backups/quarantine."""

    device_id = ObjectId(metadata=_told("Of this device."))
    job_id = ObjectId(metadata=_told("Fetched by this job."))
    start = Moment(data_key="from", metadata=_told("Taken then or later.", _MOMENT))
    end = Moment(data_key="to", metadata=_told("Taken before then.", _MOMENT))

    @validates_schema
    def _in_order(self, data: Mapping[str, Any], **_: Any) -> None:
        if "start" in data and "end" in data and data["end"] < data["start"]:
            raise ValidationError("is before `from`; exchange the two", "to")


class BackupFilters(QuarantineFilters):
    """GET /backups."""

    changed = Switch(text=True, metadata=_told("Only changes, or only what is none."))


BACKUP_SORTS = ("taken_at", "size", "lines")


class _View(Filters):
    view = Choice(
        (REDACTED, RAW),
        load_default=REDACTED,
        metadata=_told("`raw` shows secrets: to admins only, and every look is recorded."),
    )


class DownloadQuery(_View):
    """GET /backups/{id}/download."""


class DiffQuery(_View):
    """GET /backups/{id}/diff."""

    against = ObjectId(metadata=_told("Another backup; else the one before."))
    volatile = Switch(
        text=True, load_default=True, metadata=_told("Compare lines that change by themselves as well.")
    )
    context = Whole(0, 1000, text=True, load_default=3, metadata=_told("Lines around each change."))


class ConfigurationQuery(_View):
    """GET /devices/{id}/config."""

    at = Moment(metadata=_told("What it had then; else now.", _MOMENT))


class SearchQuery(Filters):
    """GET /backups/search."""

    q = Text(
        longest=LONGEST_SEARCH,
        required=True,
        metadata=_told("Part of a line, or an expression.", "snmp-server"),
    )
    regex = Switch(text=True, metadata=_told("Whether `q` is a regular expression."))
    case = Switch(text=True, metadata=_told("Whether the case of letters counts."))
    context = Whole(0, MOST_CONTEXT, text=True, metadata=_told("Lines around each one that matches."))
    limit = Whole(1, MOST_LINES, text=True, metadata=_told("So many lines are enough.", 200))
    after = ObjectId(metadata=_told("Go on: the `next` of the answer before."))
    device_id = ObjectId(metadata=_told("Only this device."))
    platform = Text(longest=50, metadata=_told("Only devices that run this."))
    location = Text(longest=100, metadata=_told("Only devices that stand there."))


class StaleQuery(PageQuery):
    """GET /backups/stale."""

    hours = Whole(
        1, 87_600, text=True, load_default=24, metadata=_told("No good backup for so many hours.", 24)
    )
