"""This process's one MongoDB client, with a limit on every wait. What is stored stands elsewhere.

pymongo must be imported after eventlet's patch, else its pools and monitors block the hub.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from netraven_chassis import settings

Document = dict[str, Any]

# An acknowledged write is on the disk of a majority, and nothing is read that could still be rolled back.
# The server gives up before the socket does, so that "not yet replicated" arrives as such.
log_options: Mapping[str, Any] = {
    "write_concern": WriteConcern(w="majority", j=True, wtimeout=4000),
    "read_concern": ReadConcern("majority"),
    "read_preference": ReadPreference.PRIMARY,
}

ANSWER_SECONDS = 5.0  # the longest wait for an answer, after which a call has failed

_LIMITS: Mapping[str, Any] = {
    "serverSelectionTimeoutMS": 3000,
    "connectTimeoutMS": 2000,
    "socketTimeoutMS": int(ANSWER_SECONDS * 1000),
    "waitQueueTimeoutMS": 3000,
    "maxPoolSize": 200,
    # pymongo's own second try could append what the first one did append; the store asks before it repeats.
    "retryWrites": False,
    "appname": "netraven",
}

_clients: list[MongoClient[Document]] = []


def client() -> MongoClient[Document]:
    """The client of this process, made at the first call from the settings in force; connects when used."""
    if not _clients:
        _clients.append(connect(settings.current().mongodb_uri))
    return _clients[0]


def connect(uri: str, **options: Any) -> MongoClient[Document]:
    """A client of its own with the same limits, for whoever must close it; `options` override them."""
    return MongoClient(uri, **{**_LIMITS, **options})


def database(service: str) -> Database[Document]:
    """The database that belongs to `service` alone, read and written with the log's concerns."""
    name = f"{settings.current().database_prefix}_{service}"
    return client().get_database(name, **log_options)


def close() -> None:
    """Close this process's client; the next call of `client` makes a new one."""
    while _clients:
        _clients.pop().close()
