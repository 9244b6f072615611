"""Secrets are put in by every way that there is, and then looked for everywhere: they must be nowhere.

Every way has a canary of its own, so that one that is found says how it got there.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from netraven_chassis import sealing, settings
from netraven_chassis.sealing import SealBroken
from netraven_gateway.request import Request
from tests.system.canaries import Canaries
from tests.system.canary_world import World, embedded, rotate, tapped
from tests.system.ways_in import (
    put_in_clear,
    put_in_elsewhere,
    put_in_files,
    put_in_passwords,
    put_in_sealed,
    put_in_wrongly,
)
from tests.system.ways_out import take_out_tokens


@pytest.fixture(scope="module", params=["broker", "embedded"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with (tapped if request.param == "broker" else embedded)(request) as made:
        put_in_clear(made)
        put_in_sealed(made)
        put_in_wrongly(made)
        put_in_elsewhere(made)
        put_in_files(made)
        put_in_passwords(made)
        rotate(made)
        yield made


def test_the_search_finds_what_is_there(world: World) -> None:
    ident = world.api("GET", "/credentials?q=known-mark")[1]["data"][0]["id"]
    places = world.places()
    known = {place for place, text in places.items() if ident.encode() in text}
    assert known >= {"answers", f"the log of {world.system.of('gateway')[0].name}"}
    assert known >= {f"{world.prefix}_devices.{name}" for name in ("vault", "commits")}
    if world.tap:
        said = places["the bus"]
        assert b"create_credential" in said and b"CredentialCreated" in said and b"known-mark" in said
    assert all(text for place, text in places.items() if place.startswith("the log of"))
    mark = Canaries(ways={"known": "known-mark"})
    assert all(mark.found(b"..." + base64.b64encode(b"x" * shift + b"a known-mark b")) for shift in range(3))


def test_the_secrets_did_go_in(world: World) -> None:
    old, new = world.keys
    kept = " ".join(new.open(sealed).decode() for sealed in world.sealed())
    for sealed in world.sealed():
        with pytest.raises(SealBroken):
            old.open(sealed)
    arrived = {way for way, secret in world.canaries.ways.items() if secret in kept}
    assert arrived - {"after the rotation"} == {
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
    assert world.tap or "after the rotation" in arrived


def test_no_secret_of_a_device_is_anywhere(world: World) -> None:
    found = {place: world.canaries.found(text, but="password") for place, text in world.places().items()}
    assert not {place: ways for place, ways in found.items() if ways}


def test_no_password_is_kept_or_told(world: World) -> None:
    places = world.places()
    if world.tap:
        assert b"issue_token" in places["the bus"] and b"change_own_password" in places["the bus"]
    found = {place: world.canaries.found(text) for place, text in places.items()}
    assert not {place: ways for place, ways in found.items() if ways}


def test_no_token_is_kept_or_told(world: World) -> None:
    tokens = take_out_tokens(world)
    places = world.places()
    if world.tap:
        said = places["the bus"]
        assert all(word in said for word in (b"refresh", b"logout", b"create_api_token", b"redeem_ticket"))
    del places["answers"]
    found = {place: [kind for kind, end in tokens.items() if end in text] for place, text in places.items()}
    assert not {place: kinds for place, kinds in found.items() if kinds}


def test_no_object_shows_a_secret() -> None:
    key = sealing.make()
    private = key.document()["d"]
    loaded = settings.load({"NETRAVEN_SECRET_KEY": json.dumps(key.document())})
    request = object.__new__(Request)
    request.body = {"secret": private}
    assert loaded.secret_key  # else its repr would have nothing to hide
    assert private not in repr((key, key.public, key.public.document, loaded, request))
