"""A private RabbitMQ broker: own ports, own node, own epmd, own folder. Needs Debian's `rabbitmq-server`.

    with RabbitMQ() as broker:
        uri = broker.vhost()

Queues are looked at through the management API; messages go over AMQP and never through here.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from netraven_chassis import children
from tests.servers.ports import free_ports
from tests.servers.server import Server, ServerError

# Debian's /usr/sbin/rabbitmq-server changes the user and the folder; the script behind it does as it is told.
_SCRIPT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")

_CONFIG = """\
listeners.tcp.1 = 127.0.0.1:{amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
log.console = true
log.console.level = warning
log.file = false
collect_statistics_interval = 1000
vm_memory_high_watermark.absolute = 1GB
{extra}
"""

# Asked of the node itself: what the management API knows is up to some seconds old.
_DROP = (
    "Of = fun(One) -> (catch rabbit_networking:connection_info(One, [vhost])) =:= "
    '[{{vhost, <<"{vhost}">>}}] end, '
    "Open = lists:filter(Of, rabbit_networking:connections()), "
    'rabbit_networking:close_connections(Open, "dropped"), length(Open)'
)


class RabbitMQ(Server):
    """One broker node. `extra` is added to its rabbitmq.conf."""

    name = "rabbitmq"

    def __init__(self, folder: Path | None = None, extra: str = "") -> None:
        super().__init__(folder)
        self.amqp_port, self.management_port, self._dist_port, self._epmd_port = free_ports(4)
        self.management = f"http://127.0.0.1:{self.management_port}/api"
        self._epmd: subprocess.Popen[bytes] | None = None
        self._write_files(extra)

    def _write_files(self, extra: str) -> None:
        config = _CONFIG.format(amqp=self.amqp_port, management=self.management_port, extra=extra)
        (self.folder / "rabbitmq.conf").write_text(config)
        (self.folder / "enabled_plugins").write_text("[rabbitmq_management].")

    @property
    def uri(self) -> str:
        """The AMQP URI of the default virtual host."""
        return self._uri_of("%2F")

    def _uri_of(self, vhost: str) -> str:
        return f"pyamqp://guest:guest@127.0.0.1:{self.amqp_port}/{vhost}"

    def launch(self) -> subprocess.Popen[bytes]:
        """Start epmd, then the broker."""
        if not _SCRIPT.exists():
            raise ServerError("RabbitMQ is not installed: apt-get install rabbitmq-server")
        env = self._environment()
        if self._epmd is None or self._epmd.poll() is not None:
            self._epmd = children.start(["epmd", "-port", str(self._epmd_port)], self.log, env)
        return children.start([str(_SCRIPT)], self.log, env)

    @property
    def epmd_pid(self) -> int:
        """The process id of its name server; ServerError when it was never started."""
        if self._epmd is None:
            raise ServerError("epmd was not started")
        return self._epmd.pid

    def _environment(self) -> dict[str, str]:
        folder = str(self.folder)
        return {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            # Makes the script become the broker instead of waiting for it, so that our signals reach it.
            "RUNNING_UNDER_SYSTEMD": "true",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
            "RABBITMQ_MNESIA_BASE": f"{folder}/mnesia",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_NODENAME": f"netraven{self.amqp_port}@localhost",
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }

    def complains(self, line: str) -> bool:
        """Whether a line tells of more than what happens every day: its level stands in it."""
        return "[warning]" in line or "[error]" in line

    def ready(self) -> bool:
        """Whether the broker takes AMQP connections and the management API answers."""
        health = self.api("GET", f"/health/checks/port-listener/{self.amqp_port}")
        return bool(health["status"] == "ok")

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """One request to the management API: the decoded answer, None when empty. OSError when refused."""
        request = urllib.request.Request(self.management + path, method=method)
        request.add_header("Authorization", "Basic " + base64.b64encode(b"guest:guest").decode())
        request.add_header("Content-Type", "application/json")
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(request, data=data, timeout=60) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def vhost(self, name: str | None = None) -> str:
        """Make a fresh virtual host; its AMQP URI."""
        name = name or f"test-{secrets.token_hex(6)}"
        self.api("PUT", f"/vhosts/{name}")
        return self._uri_of(name)

    def drop_vhost(self, uri: str) -> None:
        """Remove a virtual host with everything in it."""
        self.api("DELETE", f"/vhosts/{vhost_of(uri)}")

    def queues(self, uri: str) -> dict[str, dict[str, Any]]:
        """The queues of a virtual host by name, as the management API describes them (up to a second old)."""
        return {queue["name"]: queue for queue in self.api("GET", f"/queues/{vhost_of(uri)}")}

    def drop_connections(self, uri: str) -> int:
        """Make the broker close every client connection of a virtual host; how many there were."""
        wanted = unquote(vhost_of(uri))
        return int(self.evaluate(_DROP.format(vhost=wanted)))

    def evaluate(self, expression: str) -> str:
        """Have the running node do what an administrator's tool would, as Erlang; its answer as Erlang writes
        it, ServerError when it fails.

        The tool itself takes a second of the processor to start.
        """
        node = ["erl_call", "-sname", f"netraven{self.amqp_port}@localhost", "-timeout", "60", "-e"]
        env, given = self._environment(), f"{expression}.\n"
        done = subprocess.run(node, env=env, input=given, capture_output=True, text=True, check=False)
        if not done.stdout.startswith("{ok,"):
            raise ServerError(f"{expression}: {done.stdout}{done.stderr}")
        return done.stdout.removeprefix("{ok, ").removesuffix("}")

    def wait_ready(self) -> RabbitMQ:
        """Wait until it serves clients."""
        began = time.monotonic()
        super().wait_ready()
        self.start_seconds = time.monotonic() - began
        return self

    def close(self) -> None:
        """Kill broker and epmd, remove the temporary folder."""
        super().close()
        if self._epmd is not None:
            self._epmd.kill()
            self._epmd.wait()


def vhost_of(uri: str) -> str:
    """The virtual host in an AMQP URI, still percent-encoded."""
    return uri.rsplit("/", 1)[1]
