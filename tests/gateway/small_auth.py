"""A small auth on a bus in memory, and a small gateway with real callers in front of it."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from nameko import config
from nameko.containers import ServiceContainer

from netraven_chassis.bus import RpcClient, rpc
from netraven_chassis.bus.publisher import Publisher
from netraven_chassis.feed import Feed
from netraven_gateway.answers import Answer
from netraven_gateway.callers import Callers
from netraven_gateway.entrypoint import http
from netraven_gateway.request import Request
from netraven_gateway.route import ANYONE, OPERATOR, VIEWER, Gives, Route
from tests.gateway.small import Raw, hello
from tests.patience import until

API_TOKEN = "nrt_" + "a" * 43


class Auth:
    """What the small auth service below knows; one for each test."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.kid = "k1"
        self.users: dict[str, Any] = {"u1": {"role": "operator", "enabled": True, "not_before": 1}}
        self.robot: dict[str, Any] = {"role": "operator", "version": 1}
        self.calls: list[str] = []

    def keys(self) -> dict[str, Any]:
        raw = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        shown = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        return {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": self.kid, "x": shown}]}

    def token(self, role: str = "operator", version: int = 1, user: str = "u1", **more: Any) -> str:
        now = int(time.time())
        claims = {"iss": "netraven", "sub": user, "name": "n", "role": role, "iat": now, "exp": now + 900}
        claims |= {"jti": "j", "sid": "s1", "ver": version, **more}
        return jwt.encode(claims, self.key, "EdDSA", {"kid": self.kid})


AUTH = Auth()


class SmallAuth:
    """Answers like auth."""

    name = "auth"

    @rpc
    def keys(self) -> dict[str, Any]:
        AUTH.calls.append("keys")
        return AUTH.keys()

    @rpc
    def access_list(self) -> dict[str, Any]:
        AUTH.calls.append("access_list")
        return {"users": AUTH.users, "ended": {}, "log_position": 0}

    @rpc
    def authenticate_api_token(self, digest: str) -> dict[str, Any]:
        AUTH.calls.append("api_token")
        return {
            "user_id": "u1", "name": "robot", "session": "t1", **AUTH.robot,
            "expires": int(time.time() * 1000) + 60_000, "read_only": True,
        }  # fmt: skip


def who(_: Any, request: Request) -> Answer:
    return Answer(200, orjson.dumps([request.caller.user_id, request.caller.role]))


class SmallGateway:
    """A gateway with real callers."""

    name = "gateway"
    feed = Feed("auth")
    callers = Callers()
    devices = RpcClient("devices")

    @http(
        [
            Route("GET", "/who", VIEWER, who, "t", "Say who"),
            Route("POST", "/change", OPERATOR, who, "t", "Change"),
            Route("DELETE", "/all", "admin", who, "t", "Delete all", gives=Gives(status=204)),
            Route("GET", "/open", ANYONE, hello, "t", "Say hello"),
        ]
    )
    def handle(self, request: Request) -> Answer:
        return request.route.handler(self, request)


def port_of(container: ServiceContainer) -> int:
    return int(next(one for one in container.subextensions if hasattr(one, "process_request")).port)


def ask(port: int, token: str | None, method: str = "GET", path: str = "/who") -> tuple[int, bytes]:
    client = Raw(port)
    client.request(method, path, [f"Authorization: Bearer {token}"] if token else [])
    status, _, body = client.answer()
    client.close()
    return status, body


@contextmanager
def saying(gateway: ServiceContainer) -> Iterator[Callable[..., None]]:
    """A function that publishes events of a stream as auth's relay would and waits until they were heard."""
    publisher = Publisher(str(config["AMQP_URI"]), "auth.log")
    publisher.start()
    publisher.link.wait_until_up(30)
    feed = next(one for one in gateway.dependencies if isinstance(one, Feed))
    position = [0]

    def say(stream: str = "", first: int = 1, *events: tuple[str, dict[str, Any]]) -> None:
        commit = {
            "stream": stream, "first": first, "count": len(events), "at": int(time.time() * 1000),
            "events": [{"t": kind, "v": 1, "d": data} for kind, data in events], "position": position[0] + 1,
            "actor": {}, "request_id": None, "causation_id": None, "command_id": None, "body_hash": None,
        }  # fmt: skip
        commits = [commit] if events else []
        after, position[0] = position[0], position[0] + len(commits)
        message = {
            "source": "auth",
            "log_id": "l",
            "after": after,
            "through": position[0],
            "head": position[0],
        }
        publisher.send(orjson.dumps({**message, "commits": commits}))
        until(lambda: feed._channels["auth"]._position == position[0])

    yield say
    publisher.stop()
