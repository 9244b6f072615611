"""The rows of the route table about tags."""

from __future__ import annotations

from netraven_contracts import tags as tag
from netraven_contracts.errors import (
    Conflict,
    CreateFailed,
    DeleteFailed,
    DuplicateName,
    ListFailed,
    NotFound,
    UpdateFailed,
)
from netraven_contracts.history import HistoryEntry
from netraven_contracts.paging import PageQuery, page_of
from netraven_gateway import tags
from netraven_gateway.route import OPERATOR, VIEWER, Gives, Reads, Route, created

_TAGS = Reads(query=page_of(tag.TagFilters, tag.TAG_SORTS))
_PAGES = Reads(query=PageQuery)
_HISTORY = Gives(schema=HistoryEntry, many=True)
_PAST = "Who changed what, when, from what to what, by which request; the newest first."

ROWS = (
    Route("GET", "/tags", VIEWER, tags.index, "tags", "List tags",
          _TAGS, Gives(schema=tag.Tag, many=True), ListFailed),
    Route("POST", "/tags", OPERATOR, tags.create, "tags", "Add a tag", Reads(body=tag.TagBody),
          created(tag.Tag, "Tag created"), CreateFailed, (DuplicateName,)),
    Route("GET", "/tags/{tag_id}", VIEWER, tags.show, "tags", "Show a tag",
          gives=Gives(schema=tag.Tag, etag=True), errors=(NotFound,)),
    Route("PATCH", "/tags/{tag_id}", OPERATOR, tags.change, "tags", "Change a tag",
          Reads(body=tag.TagChanges), Gives(schema=tag.Tag, message="Tag updated", etag=True), UpdateFailed,
          (NotFound, DuplicateName), "A new name shows on all its devices at once."),
    Route("DELETE", "/tags/{tag_id}", OPERATOR, tags.delete, "tags", "Delete a tag",
          Reads(query=tag.TagRemoval), Gives(status=204, message="Deleted"), DeleteFailed,
          (NotFound, Conflict),
          "A tag in use is refused, unless it may be taken from its devices and credentials."),
    Route("GET", "/tags/{tag_id}/history", VIEWER, tags.history, "tags", "List what happened to a tag",
          _PAGES, _HISTORY, ListFailed, (NotFound,), _PAST),
)  # fmt: skip
