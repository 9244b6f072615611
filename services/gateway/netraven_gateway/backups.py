"""What clients ask about backups, handed to the service that has them. Who may see secrets is checked here.

Texts come over the bus in parts and leave in one piece.
"""

from __future__ import annotations

from typing import Any

import orjson

from netraven_chassis.bus import Reply
from netraven_contracts.backups import RAW
from netraven_contracts.errors import Conflict, Forbidden
from netraven_gateway import conditional, paging, replies
from netraven_gateway.accepting import preferred
from netraven_gateway.answers import Answer
from netraven_gateway.request import Request
from netraven_gateway.route import ADMIN

_SECONDS = 12.0  # for reading or comparing large texts
_JSON, _TEXT, _DIFF = "application/json", "text/plain", "text/x-diff"


def index(gateway: Any, request: Request) -> Answer:
    """A page of backups."""
    return replies.many(request, gateway.jobs.raw("index_backups", **paging.asked(request.query)))


def show(gateway: Any, request: Request) -> Answer:
    """One backup."""
    return replies.one(request, gateway.jobs.raw("show_backup", **request.params))


def download(gateway: Any, request: Request) -> Answer:
    """Its text."""
    text, about = _text(gateway, request.params["backup_id"], _raw(request))
    return _plain(request, text, about)


def diff(gateway: Any, request: Request) -> Answer:
    """What differs from another one: as JSON with counts, or bare to those who accept text/x-diff."""
    raw, query = _raw(request), request.query
    asked = {name: query[name] for name in ("against", "volatile", "context") if name in query}
    reply = gateway.jobs.within(_SECONDS).raw("diff_backups", **request.params, raw=raw, **asked)
    if not _accepts(request, _DIFF):
        return replies.one(request, reply).add("Vary", "Accept")
    found = orjson.loads(reply.body)
    if found["truncated"]:
        raise Conflict("The difference is too large to be shown whole; download both texts instead")
    return Answer(200, found["diff"].encode(), [("Vary", "Accept")], f"{_DIFF}; charset=utf-8")


def search(gateway: Any, request: Request) -> Answer:
    """Lines of the latest configurations that match."""
    wanted = dict(request.query)
    return replies.one(request, gateway.jobs.within(_SECONDS).raw("search_backups", wanted=wanted))


def stale(gateway: Any, request: Request) -> Answer:
    """A page of the devices without a recent good backup."""
    page = paging.pages(request.query)
    return replies.many(request, gateway.jobs.raw("stale_backups", hours=request.query["hours"], **page))


def count(gateway: Any, request: Request) -> Answer:
    """How many there are."""
    return replies.one(request, gateway.jobs.raw("count_backups"))


def history(gateway: Any, request: Request) -> Answer:
    """What happened to a backup."""
    page = paging.pages(request.query)
    return replies.many(request, gateway.jobs.raw("backup_history", **request.params, **page))


def index_quarantine(gateway: Any, request: Request) -> Answer:
    """A page of the answers in quarantine."""
    return replies.many(request, gateway.jobs.raw("index_quarantine", **paging.asked(request.query)))


def quarantine(gateway: Any, request: Request) -> Answer:
    """A page of a device's answers in quarantine."""
    page = paging.pages(request.query)
    return replies.many(request, gateway.jobs.raw("device_quarantine", **request.params, **page))


def config(gateway: Any, request: Request) -> Answer:
    """What a device had at a moment: as JSON with the backup that shows it, or bare to those who accept
    text/plain.
    """
    raw = _raw(request)
    moment = {"at": request.query["at"]} if "at" in request.query else {}
    backup = gateway.jobs.config_at(**request.params, **moment)
    text, about = _text(gateway, backup["id"], raw)
    if _accepts(request, _TEXT):
        return _plain(request, text, about).add("Vary", "Accept")
    whole = {**backup, "view": request.query["view"], "text": text}
    return replies.one(request, Reply(orjson.dumps(whole))).add("Vary", "Accept")


def _raw(request: Request) -> bool:
    """Whether secrets are asked for. Raises Forbidden for all but admins."""
    raw = request.query["view"] == RAW
    if raw and request.caller.role != ADMIN:
        raise Forbidden(f"Secrets are shown to the role {ADMIN} only; leave view=raw out")
    return bool(raw)


def _text(gateway: Any, backup_id: str, raw: bool) -> tuple[str, dict[str, Any]]:
    """The whole text, and what its first part says of it."""
    jobs = gateway.jobs.within(_SECONDS)
    first: dict[str, Any] = jobs.backup_text(backup_id=backup_id, raw=raw, part=0)
    others = [
        jobs.backup_text(backup_id=backup_id, raw=raw, part=number)["text"]
        for number in range(1, first["parts"])
    ]
    return "".join([first["text"], *others]), first


def _plain(request: Request, text: str, about: dict[str, Any]) -> Answer:
    headers = [("ETag", about["etag"]), ("Content-Disposition", f'attachment; filename="{about["name"]}"')]
    if conditional.is_known(request.header("HTTP_IF_NONE_MATCH"), about["etag"]):
        return Answer(304, headers=headers[:1])
    return Answer(200, text.encode(), headers, f"{_TEXT}; charset=utf-8")


def _accepts(request: Request, media: str) -> bool:
    """Whether the client would rather have this than JSON."""
    return preferred(request.header("HTTP_ACCEPT"), (_JSON, media)) == media
