"""Every way in for a secret, right ones and wrong ones, each with a canary of its own. Nothing is sought
here.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from netraven_chassis.sealing import PublicKey
from tests.system.canary_world import LEAST, Recorder, World, added

KEY_FILE = "-----BEGIN PRIVATE KEY-----\n"


def put_in_clear(world: World) -> None:
    """As text and as objects, in versions that come and go."""
    api, canary = world.api, world.canaries
    ident = added(world, "clear", secret=canary("a text"), description="known-mark")
    added(world, "pair", secret={"password": canary("a password"), "enable": canary("an enable secret")})
    added(
        world,
        "key",
        secret={"private_key": f"{KEY_FILE}{canary('a key')}", "passphrase": canary("a passphrase")},
    )
    assert api("PATCH", f"/credentials/{ident}", {"secret": canary("a change")})[0] == 200
    assert api("POST", f"/credentials/{ident}/rollback")[0] == 200
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


def put_in_files(world: World) -> None:
    """In files of devices: where no column, no row and no form has a place for it."""
    api, canary = world.api, world.canaries
    head, row = "name,ip_address,device_type,location", "d,127.0.0.9,router,x"
    part = '--sep\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n--sep--\r\n'
    form, listed = "multipart/form-data; boundary=sep", "application/json"
    rows = {"name": "d", "ip_address": "127.0.0.9", "device_type": "router", "location": "x"}
    files = [
        ("text/csv", f"{head},secret\n{row},{canary('file: a column of its own')}\n"),
        ("text/csv", f"{canary('file: no heading')},b,c,d\n"),
        ("text/csv", f"{head}\n{row},{canary('file: a cell too many')}\n"),
        ("text/csv", f'{head}\n{row}\n"{canary("file: an open quote")}'),
        ("text/csv", f"{head},port\n{row},{canary('file: a port')}\n"),
        ("application/xml", f"<secret>{canary('file: another type')}</secret>"),
        (form, part % ("password", "", canary("file: a field of a form"))),
        (form, part % ("file", '; filename="a.csv"', f"{head}\n{row},{canary('file: in a form')}")),
        (form, part % ("file", f'; filename="{canary("file: a name")}"', "x")),
        (listed, json.dumps([{**rows, "secret": canary("file: an unknown field")}])),
        (listed, json.dumps([{**rows, "interfaces": [{"name": [canary("file: deep inside")]}]}])),
        (listed, json.dumps([canary("file: no object")])),
        (listed, json.dumps({"secret": canary("file: no list")})),
        (listed, f'[{{"secret": "{canary("file: no end")}"'),
        (listed, f'[{{"secret": "{canary("file: twice")}", "secret": 1}}]'),
    ]
    for media, text in files:
        for path in ("/devices/bulk", "/devices/bulk_import?dry_run=true"):
            assert api("POST", path, text.encode(), Content_Type=media)[0] in (200, 400, 415)
    assert api("GET", f"/devices/export?token={canary('file: a query')}")[0] == 400
    assert api("GET", "/devices/export?format=json")[1] == []


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
