"""Every way in which what opens doors is handed out, and shown again by clients. Nothing is sought here."""

from __future__ import annotations

from urllib.request import urlopen

from tests.servers.netraven import Api
from tests.system.canary_world import World

_END = 24  # characters: of each of them a part that nobody can guess


def take_out_tokens(world: World) -> dict[str, bytes]:
    """{kind: its end} of tokens that were handed out and used."""
    api, taken = Api(world.system.url).log_in(), dict[str, str]()
    user = {"username": "tom", "role": "admin", "password": "a long enough pass phrase"}
    assert api("POST", "/users", user)[0] == 201
    own = Api(world.system.url)
    login = {"username": user["username"], "password": user["password"]}
    first = own("POST", "/auth/token", login)[1]
    second = own("POST", "/auth/refresh", {"refresh_token": first["refresh_token"]})[1]
    own.token = second["access_token"]
    change = {"current_password": user["password"], "new_password": "another long pass phrase"}
    third = own("POST", "/users/me/password", change)[1]["data"]
    own.token = third["access_token"]
    made = own("POST", "/users/me/tokens", {"name": "script", "read_only": False})[1]["data"]["token"]
    ticket = own("POST", "/auth/stream-ticket", {})[1]["data"]["ticket"]
    with urlopen(f"{world.system.url}/events/stream?ticket={ticket}", timeout=30) as stream:
        assert stream.status == 200
    own.token = made
    assert own("GET", "/users/me")[0] == 200
    assert own("POST", "/auth/logout", {"refresh_token": third["refresh_token"]})[0] == 204
    for number, tokens in enumerate((first, second, third), 1):
        taken |= {f"{kind} {number}": tokens[kind] for kind in ("access_token", "refresh_token")}
    taken |= {"API token": made, "ticket": ticket}
    return {kind: text[-_END:].encode() for kind, text in taken.items()}
