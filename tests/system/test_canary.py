"""Secrets are put in by every way that there is, and then looked for everywhere: they must be nowhere.

Every way has a canary of its own, so that one that is found says how it got there.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
from pymongo import MongoClient

from netraven_chassis import sealing, settings
from netraven_chassis.sealing import PrivateKey, PublicKey
from netraven_gateway.request import Request
from tests.servers.mongod import Mongod
from tests.servers.netraven import Api, System
from tests.servers.rabbitmq import RabbitMQ
from tests.system.canaries import Canaries
from tests.system.conftest import until_it_answers
from tests.system.tap import Tap

LEAST = {"username": "netops", "method": "ssh"}


class Recorder(Api):
    """A client that keeps every answer as it came."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.answers: list[str] = []

    def __call__(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any, Mapping[str, str]]:
        answer = super().__call__(method, path, body, **headers)
        self.answers.append(repr(answer))
        return answer


@dataclass
class World:
    """A system at its most talkative, and everything that can be listened to."""

    system: System
    tap: Tap
    database: Mongod
    broker: RabbitMQ
    prefix: str
    key: PrivateKey
    api: Recorder
    canaries: Canaries = field(default_factory=Canaries)

    def places(self) -> dict[str, bytes]:
        """{place: everything in it}"""
        logs = {f"the log of {one.name}": one.log.read_bytes() for one in self.system.instances}
        servers = {one.name: one.log.read_bytes() for one in (self.database, self.broker)}
        answers = "\n".join(self.api.answers).encode()
        return {**logs, **servers, **self.collections(), "the bus": self.tap.said(), "answers": answers}

    def collections(self) -> dict[str, bytes]:
        """{database.collection: its documents as they lie there}"""
        with MongoClient[dict[str, Any]](self.database.uri) as client:
            return {
                f"{name}.{collection}": b"".join(client[name][collection].find_raw_batches())
                for name in client.list_database_names()
                if name.startswith(self.prefix)
                for collection in client[name].list_collection_names()
            }

    def vault(self) -> str:
        """All secrets in the vault, opened."""
        with MongoClient[dict[str, Any]](self.database.uri) as client:
            rows = list(client[f"{self.prefix}_devices"]["vault"].find())
        return " ".join(self.key.open(row["sealed"]).decode() for row in rows)


@pytest.fixture(scope="module")
def world(rabbitmq: RabbitMQ, mongod: Mongod) -> Iterator[World]:
    uri, prefix, key = rabbitmq.vhost(), f"canary_{secrets.token_hex(4)}", sealing.make()
    env = {
        "AMQP_URI": uri,
        "MONGODB_URI": mongod.uri,
        "NETRAVEN_DATABASE_PREFIX": prefix,
        "NETRAVEN_SECRET_KEY": json.dumps(key.document()),
        "NETRAVEN_LOG_LEVEL": "debug",
        "PING_ENABLED": "false",
    }
    with closing(Tap(rabbitmq, uri)) as tap, System(env) as system:
        until_it_answers(system.url)
        made = World(system, tap, mongod, rabbitmq, prefix, key, Recorder(system.url).log_in())
        put_in_clear(made)
        put_in_sealed(made)
        put_in_wrongly(made)
        put_in_elsewhere(made)
        put_in_passwords(made)
        yield made


def added(world: World, name: str, **fields: Any) -> str:
    """The id of a new credential."""
    status, answer, _ = world.api("POST", "/credentials", {"name": name, **LEAST, **fields})
    assert status == 201, answer
    return str(answer["data"]["id"])


def put_in_clear(world: World) -> None:
    """As text and as objects, in versions that come and go."""
    api, canary = world.api, world.canaries
    ident = added(world, "clear", secret=canary("a text"), description="known-mark")
    added(world, "pair", secret={"password": canary("a password"), "enable": canary("an enable secret")})
    added(world, "key", secret={"private_key": canary("a key"), "passphrase": canary("a passphrase")})
    assert api("PATCH", f"/credentials/{ident}", {"secret": canary("a change")})[0] == 200
    assert api("POST", f"/credentials/{ident}/rollback", {})[0] == 200
    key = {"Idempotency_Key": "once"}
    body = {"name": "keyed", **LEAST, "secret": canary("with a key")}
    assert [api("POST", "/credentials", body, **key)[0] for _ in range(2)] == [201, 201]
    taken = {"name": "clear", **LEAST, "secret": canary("a name that is taken")}
    assert api("POST", "/credentials", taken)[0] == 409
    gone = added(world, "gone", secret=canary("one that is deleted"))
    assert api("DELETE", f"/credentials/{gone}")[0] == 204
    for path in (f"/credentials/{ident}", f"/credentials/{ident}/history", "/credentials"):
        assert api("GET", path)[0] == 200


def put_in_sealed(world: World) -> None:
    """Sealed by the client, and in clear where it should have been sealed."""
    api, canary = world.api, world.canaries
    public = PublicKey(api("GET", "/credentials/key")[1]["data"])

    def sealed(way: str) -> str:
        return public.seal(json.dumps({"password": canary(way)}).encode())

    ident = added(world, "sealed", encrypted_secret=sealed("sealed"))
    change = {"encrypted_secret": sealed("a sealed change")}
    assert api("PATCH", f"/credentials/{ident}", change)[0] == 200
    head = public.seal(b"x").split(".")[0]
    half = canary("a seal that is half")
    texts = (canary("not sealed at all"), f"{canary('a seal that is none')}.a.b.c.d", f"{head}.{half}.b.c.d")
    for number, text in enumerate(texts):
        body = {"name": f"bad{number}", **LEAST, "encrypted_secret": text}
        assert api("POST", "/credentials", body)[0] == 400


def put_in_wrongly(world: World) -> None:
    """Wrong type, too long, both at once, under another name, in a body that is none."""
    api, canary = world.api, world.canaries
    ident = added(world, "wrongly", secret="x")
    wrong: list[dict[str, Any]] = [
        {"secret": [canary("a list")]},
        {"secret": {"password": {"text": canary("an object too many")}}},
        {"secret": {"password": "x", "pin": canary("an unknown part")}},
        {"secret": {canary("the name of a part"): "x"}},
        {"secret": {"enable": canary("an enable secret alone")}},
        {"secret": canary("too long") * 40},
        {"encrypted_secret": canary("too long a seal") * 2000},
        {"secret": canary("both in clear"), "encrypted_secret": canary("both sealed")},
        {"secrte": canary("a misspelt field")},
        {"secret": canary("beside a wrong field"), "priority": "x"},
        {"secret": canary("for tags that are not there"), "tags": ["nowhere"]},
        {"password": canary("a field of other bodies")},
        {"secret_version": canary("a read-only field"), "priority": 0},
    ]
    for number, fields in enumerate(wrong):
        body = {"name": f"wrong{number}", **LEAST, **fields}
        assert api("POST", "/credentials", body)[0] == 400
        assert api("PATCH", f"/credentials/{ident}", fields)[0] == 400
    assert api("POST", f"/credentials/{ident}/rollback", {"secret": canary("a rollback's")})[0] == 400
    version = {"secret_version": canary("a rollback's version")}
    assert api("POST", f"/credentials/{ident}/rollback", version)[0] == 400
    for way, form in {
        "no end": '{"name": "x", "secret": "%s"',
        "a field twice": '{"secret": "%s", "secret": "x"}',
        "a text alone": '"%s"',
        "a bare word": "%s",
        "half a surrogate": '{"secret": "%s\\ud800"}',
    }.items():
        raw = (form % canary(f"malformed: {way}")).encode()
        assert api("POST", "/credentials", raw)[0] == 400
    typed = f"name=x&secret={canary('a form')}".encode()
    status = api("POST", "/credentials", typed, Content_Type="application/x-www-form-urlencoded")[0]
    assert status in (400, 415)


def put_in_elsewhere(world: World) -> None:
    """Where no secret belongs: URLs, headers, other bodies, a device's file."""
    api, canary = world.api, world.canaries
    for path in ("/credentials?secret=", "/devices?password=", "/credentials?method=", "/nowhere?token="):
        assert api("GET", path + quote(canary(f"a query of {path}")))[0] in (400, 404)
    body = {"name": "query", **LEAST, "secret": "x"}
    api("POST", f"/credentials?secret={canary('a query of a POST')}", body)
    device = {"name": "d", "ip_address": "127.0.0.9", "device_type": "router", "location": "x"}
    assert api("POST", "/devices", {**device, "secret": canary("a device's field")})[0] == 400
    assert api("POST", "/devices", {**device, "port": canary("a device's port")})[0] == 400
    rows = f"name,ip_address,device_type,location,secret\nd,127.0.0.9,router,x,{canary('CSV')}\n"
    api("POST", "/devices/bulk_import", rows.encode(), Content_Type="text/csv")
    stranger = Recorder(api.url)
    stranger.answers = api.answers
    for scheme in ("Bearer", "Basic"):
        assert stranger("GET", "/devices", Authorization=f"{scheme} {canary(scheme)}")[0] == 401
    body = {"name": "stranger", **LEAST, "secret": canary("from somebody who may not")}
    assert stranger("POST", "/credentials", body)[0] == 401


def put_in_passwords(world: World) -> None:
    """Of people: to log in with, right and wrong, and to be set."""
    api, canary = world.api, world.canaries
    wrong = {"username": "admin", "password": canary("password: wrong")}
    assert api("POST", "/auth/token", wrong)[0] == 401
    form = f"grant_type=password&username=admin&password={canary('password: form')}".encode()
    api("POST", "/auth/token", form, Content_Type="application/x-www-form-urlencoded")
    user = {"username": "ann", "password": canary("password: of a user")}
    status, answer, _ = api("POST", "/users", user)
    assert status == 201, answer
    ident = answer["data"]["id"]
    assert api("PATCH", f"/users/{ident}", {"password": canary("password: changed")})[0] == 200
    assert api("PATCH", f"/users/{ident}", {"password": [canary("password: a list")]})[0] == 400
    again = {**user, "password": canary("password: of a name that is taken")}
    assert api("POST", "/users", again)[0] == 409
    own = {"current_password": canary("password: not the own"), "new_password": canary("password: new")}
    assert api("POST", "/users/me/password", own)[0] == 400
    raw = f'{{"username": "admin", "password": "{canary("password: malformed")}"'.encode()
    assert api("POST", "/auth/token", raw)[0] == 400


def test_the_search_finds_what_is_there(world: World) -> None:
    ident = world.api("GET", "/credentials?q=known-mark")[1]["data"][0]["id"]
    places = world.places()
    known = {place for place, text in places.items() if ident.encode() in text}
    assert known >= {"the bus", "answers", "the log of gateway"}
    assert known >= {f"{world.prefix}_devices.{name}" for name in ("vault", "commits")}
    said = places["the bus"]
    assert b"create_credential" in said and b"CredentialCreated" in said and b"known-mark" in said
    assert all(text for place, text in places.items() if place.startswith("the log of"))
    mark = Canaries(ways={"known": "known-mark"})
    assert all(mark.found(b"..." + base64.b64encode(b"x" * shift + b"a known-mark b")) for shift in range(3))


def test_the_secrets_did_go_in(world: World) -> None:
    kept = world.vault()
    arrived = {way for way, secret in world.canaries.ways.items() if secret in kept}
    assert arrived == {
        "a text",
        "a password",
        "an enable secret",
        "a key",
        "a passphrase",
        "a change",
        "with a key",
        "sealed",
        "a sealed change",
    }


def test_no_secret_of_a_device_is_anywhere(world: World) -> None:
    found = {place: world.canaries.found(text, but="password") for place, text in world.places().items()}
    assert not {place: ways for place, ways in found.items() if ways}


def test_no_password_is_kept_or_told(world: World) -> None:
    places = world.places()
    assert b"issue_token" in places["the bus"] and b"change_own_password" in places["the bus"]
    found = {place: world.canaries.found(text) for place, text in places.items()}
    assert not {place: ways for place, ways in found.items() if ways}


def test_no_object_shows_a_secret() -> None:
    key = sealing.make()
    private = key.document()["d"]
    loaded = settings.load({"NETRAVEN_SECRET_KEY": json.dumps(key.document())})
    request = object.__new__(Request)
    request.body = {"secret": private}
    assert loaded.secret_key  # else its repr would have nothing to hide
    assert private not in repr((key, key.public, key.public.document, loaded, request))
