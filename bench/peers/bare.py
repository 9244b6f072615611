"""The floor for HTTP over services: a bare Nameko HTTP entrypoint, one call, one find_one, nothing else.

`python -m bench.peers.bare http|devices chassis|nameko`: the HTTP process or the service behind it, with
calls by the chassis's classes or by Nameko's own as they come. No log-in, no validation, no log, no envelope.
Settings: BENCH_PORT, BENCH_AMQP, BENCH_MONGODB.
"""

import netraven_chassis.patch  # noqa: F401 - before anything else opens a socket or makes a lock

# isort: split
import os
import signal
import sys
from typing import Any

import orjson
from bson import ObjectId
from nameko import config
from nameko.containers import ServiceContainer
from nameko.extensions import DependencyProvider
from nameko.rpc import ServiceRpc
from nameko.rpc import rpc as plain_rpc
from nameko.web.handlers import http
from werkzeug import Response

from netraven_chassis import mongo
from netraven_chassis.bus import RpcClient, rpc

WORKERS = 100


class Devices(DependencyProvider):
    """The monolith's collection of devices, for reading."""

    def setup(self) -> None:
        """Connect."""
        self.collection = mongo.connect(os.environ["BENCH_MONGODB"]).monolith.devices

    def get_dependency(self, _worker_ctx: Any) -> Any:
        """The collection."""
        return self.collection


class ChassisDevices:
    """Answers by the chassis's classes."""

    name = "bare_devices"
    devices = Devices()

    @rpc
    def show(self, device_id: str) -> Any:
        """One device."""
        return _found(self.devices, device_id)


class NamekoDevices:
    """Answers by Nameko's own classes."""

    name = "plain_devices"
    devices = Devices()

    @plain_rpc
    def show(self, device_id: str) -> Any:
        """One device."""
        return _found(self.devices, device_id)


class ChassisHttp:
    """Asks by the chassis's classes and passes the bytes on."""

    name = "bare_http"
    devices = RpcClient("bare_devices", timeout=4.0)

    @http("GET", "/api/devices/<device_id>")
    def show(self, _request: Any, device_id: str) -> Response:
        """One device."""
        return Response(self.devices.raw("show", device_id=device_id).body, mimetype="application/json")


class NamekoHttp:
    """Asks by Nameko's own classes."""

    name = "plain_http"
    devices = ServiceRpc("plain_devices")

    @http("GET", "/api/devices/<device_id>")
    def show(self, _request: Any, device_id: str) -> Response:
        """One device."""
        return Response(orjson.dumps(self.devices.show(device_id)), mimetype="application/json")


SERVICES = {
    ("http", "chassis"): ChassisHttp,
    ("devices", "chassis"): ChassisDevices,
    ("http", "nameko"): NamekoHttp,
    ("devices", "nameko"): NamekoDevices,
}


def _found(collection: Any, device_id: str) -> Any:
    document = collection.find_one({"_id": ObjectId(device_id)})
    times = {name: document[name].isoformat() for name in ("created_at", "updated_at")}
    return {**document, "_id": str(document["_id"]), **times}


def main(part: str, calls: str) -> None:
    """Run one part until SIGTERM."""
    web = f"127.0.0.1:{os.environ['BENCH_PORT']}"
    wanted = {"AMQP_URI": os.environ["BENCH_AMQP"], "WEB_SERVER_ADDRESS": web, "max_workers": WORKERS}
    config.setup(wanted)
    container = ServiceContainer(SERVICES[part, calls])
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    container.start()
    container.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
