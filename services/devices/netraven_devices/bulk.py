"""Many devices in one call: each row stands alone, and all go through the log together. No files are read
here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.plan import Outcome
from netraven_contracts.errors import DuplicateIp, NetRavenError, Unavailable, ValidationFailed
from netraven_devices import commands, imports, queries, tag_queries
from netraven_devices.device import DEVICE, RegisterDevice

# (the row's number for people, its body as the schema of POST /devices loads it)
Row = tuple[int, Mapping[str, Any]]


@dataclass(slots=True)
class Report:
    """What became of the rows: {row, id}, {row, field, message} and {row, field, message}."""

    created: list[dict[str, Any]] = field(default_factory=list)
    duplicates: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)

    def note(self, row: int, result: Outcome | NetRavenError | None) -> None:
        """The result of a row; None when it would have gone well. Raises Unavailable: then repeat it all."""
        if isinstance(result, Unavailable):
            raise result
        if isinstance(result, NetRavenError):
            self._refused(row, result)
        else:
            self.created.append({"row": row, "id": result.id if result else None})

    def _refused(self, row: int, error: NetRavenError) -> None:
        rows = self.duplicates if isinstance(error, DuplicateIp) else self.errors
        for name, reasons in (error.details or {None: [error.message]}).items():
            rows.append({"row": row, "field": name, "message": "; ".join(reasons)})


def register_many(store: BoundStore, rows: Sequence[Row], dry_run: bool) -> Report:
    """Register the device of each row, or with `dry_run` only tell what would become of it.

    A row that is refused takes none with it. Repeated with the same command id, it is the same devices.
    Raises Unavailable when the outcome of a row is not known in time, Conflict when the command id stands for
    other rows.
    """
    if not dry_run:
        imports.claim(store)
    report = Report()
    known = tag_queries.named(store, sorted({name for _, body in rows for name in body.get("tags", ())}))
    wanted: list[tuple[int, RegisterDevice]] = []
    for number, body in rows:
        try:
            fields, names = commands.tagged(store, body, known, dry_run)
        except ValidationFailed as error:
            report.note(number, (None if dry_run else _done_before(store, number)) or error)
        else:
            wanted.append((number, commands.registration(fields, names)))
    results = _foreseen(store, wanted) if dry_run else _done(store, wanted)
    for (number, _), result in zip(wanted, results, strict=True):
        report.note(number, result)
    report.created.sort(key=lambda line: line["row"])
    return report


def _done_before(store: BoundStore, number: int) -> Outcome | None:
    """What the row came to when this very import brought it, and its tags were called otherwise."""
    if store.context.body_hash is None:
        return None  # nobody can repeat it
    return store.first_answer(DEVICE, store.new_id(f"row:{number}"))


def _done(
    store: BoundStore, wanted: Sequence[tuple[int, RegisterDevice]]
) -> Sequence[Outcome | NetRavenError]:
    return store.handle_many([(DEVICE, store.new_id(f"row:{number}"), command) for number, command in wanted])


def _foreseen(
    store: BoundStore, wanted: Sequence[tuple[int, RegisterDevice]]
) -> Sequence[NetRavenError | None]:
    """Of several rows with one address the first has it, unless a device has it already."""
    taken = queries.addresses_taken(store, [command.ip_address for _, command in wanted])
    results: list[NetRavenError | None] = []
    for _, command in wanted:
        reason = f"{command.ip_address} is taken"
        free = command.ip_address not in taken
        results.append(None if free else DuplicateIp(reason, {"ip_address": [reason]}))
        taken.add(command.ip_address)
    return results
