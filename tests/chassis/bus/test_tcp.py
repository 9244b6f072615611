"""What comes over the socket when it is not what a broker says."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from struct import pack

import eventlet
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from netraven_chassis.bus import connection
from netraven_chassis.bus.connection import LOST
from tests.chassis.bus.hosting import calling, running
from tests.chassis.bus.test_rpc import Echo
from tests.patience import patience
from tests.servers.ports import free_ports


@pytest.fixture
def somebody_else() -> Iterator[socket.socket]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    yield listener
    listener.close()


def answering(listener: socket.socket, answer: bytes, close: bool = True) -> str:
    """The address of something that answers a greeting so."""

    def serve() -> None:
        client, _ = listener.accept()
        with client:
            client.recv(100)
            client.sendall(answer)
            if not close:
                client.recv(1)  # until the other side has had enough

    eventlet.spawn_n(serve)
    return f"amqp://guest:guest@127.0.0.1:{listener.getsockname()[1]}//"


START = pack(">BHI", 1, 0, 4) + b"\x00\x0a\x00\x0a"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"",
        START + b"\x00",
        pack(">BHI", 1, 0, 0x7FFFFFFF) + b"x" * 100,
        b"AMQP\x00\x01\x00\x00",
    ],
    ids=["HTTP", "nothing", "a frame without its end", "a frame without end", "another version"],
)
def test_whoever_is_no_broker_is_found_out(somebody_else, answer, monkeypatch):
    monkeypatch.setattr(connection, "CONNECT_TIMEOUT_SECONDS", 300.0)
    with eventlet.Timeout(patience(20)), pytest.raises(LOST):
        connection.connect(answering(somebody_else, answer))


def test_whoever_says_nothing_is_not_waited_for_for_ever(somebody_else, monkeypatch):
    monkeypatch.setattr(connection, "CONNECT_TIMEOUT_SECONDS", 0.3)
    with eventlet.Timeout(patience(20)), pytest.raises(LOST):
        connection.connect(answering(somebody_else, b"", close=False))


def test_a_password_that_is_wrong_is_an_error(rabbitmq):
    with pytest.raises(LOST):
        connection.connect(f"amqp://guest:wrong@127.0.0.1:{rabbitmq.amqp_port}//")


@pytest.mark.parametrize("size", [0, 1, 1000, 65_536, 131_064, 131_072, 131_073, 400_000])
def test_bodies_of_every_size_pass(uri, size):
    with running(Echo, uri), calling(uri) as caller:
        echo = caller.client("echo", timeout=patience(20))
        waiting = [echo.call_async("blow_up", size=size) for _ in range(4)]
        assert [len(call.result()) for call in waiting] == [size] * 4


def certificates(folder: Path) -> None:
    """A certificate for localhost that signs itself: cert.pem and key.pem in `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem, form, plain = (
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "key.pem").write_bytes(key.private_bytes(pem, form, plain))


@pytest.fixture
def secure_port(tmp_path, rabbitmq):
    """Where the broker takes secured connections too, with a certificate in `tmp_path`."""
    certificates(tmp_path)
    (port,) = free_ports(1)
    proof = f'[{{certfile, "{tmp_path}/cert.pem"}}, {{keyfile, "{tmp_path}/key.pem"}}]'
    rabbitmq.evaluate("rabbit_networking:ensure_ssl()")
    for address in ("127.0.0.1", "127.0.0.2"):
        rabbitmq.evaluate(f'rabbit_networking:start_ssl_listener({{"{address}", {port}}}, {proof}, 1)')
    return port


def test_calls_go_over_tls_to_a_broker_that_proves_who_it_is(secure_port, amqp_uri, tmp_path, monkeypatch):
    vhost = amqp_uri.rpartition("/")[2]
    address = f"amqps://guest:guest@127.0.0.1:{secure_port}/{vhost}"
    with pytest.raises(LOST):
        connection.connect(address)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    with running(Echo, address), calling(address) as caller:
        echo = caller.client("echo", timeout=patience(20))
        waiting = [echo.call_async("blow_up", size=n * 50_000) for n in range(10)]
        assert [len(call.result()) for call in waiting] == [n * 50_000 for n in range(10)]
    with pytest.raises(LOST):
        # the same broker under an address that its certificate does not name
        connection.connect(address.replace("127.0.0.1", "127.0.0.2"))
