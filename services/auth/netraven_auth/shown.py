"""How users and API tokens look to whoever asks, and how their lists are queried. Nothing is changed here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

import orjson

from netraven_auth.equipment import Equipment
from netraven_auth.user import USER, User, name_key
from netraven_chassis.aggregate import Folded
from netraven_chassis.bound import BoundStore
from netraven_chassis.bus import Reply
from netraven_chassis.clock import iso
from netraven_chassis.views import LIVE
from netraven_contracts.errors import NotFound

Row = Mapping[str, Any]


def user(store: BoundStore, kit: Equipment, user_id: str, **meta: Any) -> Reply:
    """A user as the log has it now, with its ETag; `meta` is added. Raises NotFound."""
    folded: Folded[User] = store.load(USER, user_id)
    if not folded.state.username:
        raise NotFound("there is no such user")
    row = {
        "username": folded.state.username,
        "role": folded.state.role,
        "enabled": folded.state.enabled,
        "created_at": folded.first_at,
        "updated_at": folded.at,
        "version": folded.version,
    }
    body = orjson.dumps(_user({"_id": user_id, **row}, kit.logins.last([user_id])))
    etag = f'"{folded.version}-{crc32(body):08x}"'
    return Reply(body, {"etag": etag, "version": folded.version, **meta})


def users(
    store: BoundStore, kit: Equipment, filters: Row, page: int, size: int, sort: Sequence[str]
) -> Reply:
    """A page of the users that match; meta has the total."""
    query = {**LIVE, **_user_query(filters)}
    rows, total = _page(store, "users", query, page, size, sort or ["username"], {"username": "key"})
    last = kit.logins.last(row["_id"] for row in rows)
    return Reply([_user(row, last) for row in rows], {"total": total})


def api_tokens(
    store: BoundStore, kit: Equipment, user_id: str, filters: Row, page: int, size: int, sort: Sequence[str]
) -> Reply:
    """A page of the user's API tokens that were not revoked; meta has the total."""
    query = {**LIVE, "user_id": user_id, **filters}
    rows, total = _page(store, "tokens", query, page, size, sort or ["name"], {})
    used = kit.token_rows.last_used(row["_id"] for row in rows)
    return Reply([api_token(row, used.get(row["_id"])) for row in rows], {"total": total})


def api_token(row: Row, used: int | None) -> dict[str, Any]:
    """An API token without the token itself."""
    return {
        "id": row["_id"],
        "name": row["name"],
        "read_only": row["read_only"],
        "created_at": iso(row["created_at"]),
        "expires_at": iso(row["expires_at"]),
        "last_used": None if used is None else iso(used),
    }


def _user(row: Row, last_logins: Mapping[str, int]) -> dict[str, Any]:
    last = last_logins.get(row["_id"])
    return {
        "id": row["_id"],
        "username": row["username"],
        "role": row["role"],
        "enabled": row["enabled"],
        "last_login": None if last is None else iso(last),
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["updated_at"]),
        "version": row["version"],
    }


def _user_query(filters: Row) -> dict[str, Any]:
    query = {name: filters[name] for name in ("role", "enabled") if name in filters}
    if "username" in filters:
        query["key"] = name_key(filters["username"])
    if "q" in filters:
        part = {"key": {"$regex": re.escape(name_key(filters["q"]))}}
        query = {"$and": [query, part]}
    return query


def _page(
    store: BoundStore,
    view: str,
    query: Row,
    page: int,
    size: int,
    sort: Sequence[str],
    renamed: Mapping[str, str],
) -> tuple[list[dict[str, Any]], int]:
    rows = store.collection(view)
    words = [(word.removeprefix("-"), -1 if word.startswith("-") else 1) for word in sort]
    order = [*((renamed.get(name, name), way) for name, way in words), ("_id", 1)]
    found = rows.find(dict(query)).sort(order).skip((page - 1) * size).limit(size)
    return list(found), rows.count_documents(dict(query))
