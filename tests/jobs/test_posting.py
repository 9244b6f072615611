"""One POST, to real servers: answers as they come, limits that hold, addresses that stay out of reach."""

from __future__ import annotations

import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from netraven_chassis import resolver
from netraven_jobs import posting
from netraven_jobs.posting import NotPosted, permitted, post
from tests.jobs.receiver import receiving, silent
from tests.servers.ports import free_ports


def test_what_is_posted_arrives_whole_under_its_path() -> None:
    with receiving() as receiver:
        code = post(receiver.url("/a/b?c=d"), b'{"x": 1}', {"X-Own": "1"}, allow_private=True)
        assert code == 204
        (heard,) = receiver.heard
        assert (heard.path, heard.body, heard.headers["X-OWN"]) == ("/a/b", b'{"x": 1}', "1")
        assert heard.headers["HOST"] == f"127.0.0.1:{receiver.port}"


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with receiving() as receiver:
        receiver.answers = [302]
        assert post(receiver.url(), b"{}", {}, allow_private=True) == 302
        assert len(receiver.heard) == 1


def test_whoever_never_answers_is_given_up_in_time() -> None:
    with silent() as port, pytest.raises(NotPosted, match=r"within 0\.3 s"):
        post(f"http://127.0.0.1:{port}/", b"{}", {}, True, seconds=0.3)


def test_whoever_answers_a_little_at_a_time_is_given_up_in_time() -> None:
    with receiving() as receiver:
        receiver.dawdle = 5.0
        with pytest.raises(NotPosted, match="no answer"):
            post(receiver.url(), b"{}", {}, True, seconds=0.3)


@pytest.mark.parametrize(
    ("host", "reason"),
    [("127.0.0.1", "refused"), ("nowhere.invalid", "name is not known"), ("224.0.0.1", "may not reach")],
)
def test_why_nobody_was_reached_is_said_without_the_address(host: str, reason: str) -> None:
    port = free_ports(1)[0]
    with pytest.raises(NotPosted, match=reason) as error:
        post(f"http://{host}:{port}/token-in-the-path", b"{}", {}, allow_private=True, seconds=60)
    assert "token" not in str(error.value) and str(port) not in str(error.value)


def test_where_nobody_listens_at_one_address_of_a_name_the_next_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = ("::1", "127.0.0.9", "127.0.0.1")
    with receiving() as receiver:
        rows = [(2, 1, 6, "", (address, receiver.port)) for address in found]
        monkeypatch.setattr(resolver, "getaddrinfo", lambda *_, **__: rows)
        assert post(f"http://several.example:{receiver.port}/", b"{}", {}, allow_private=True) == 204
        assert [one.headers["HOST"] for one in receiver.heard] == [f"several.example:{receiver.port}"]


def test_what_is_no_http_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        import eventlet

        def talk() -> None:
            taken, _ = server.accept()
            taken.recv(1000)
            taken.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
            taken.close()

        eventlet.spawn(talk)
        with pytest.raises(NotPosted, match="not HTTP"):
            post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", {}, allow_private=True)


@pytest.mark.parametrize(
    ("address", "private", "public"),
    [
        ("8.8.8.8", True, True),
        ("2606:4700::1111", True, True),
        ("10.1.2.3", True, False),
        ("192.168.0.1", True, False),
        ("127.0.0.1", True, False),
        ("::1", True, False),
        ("fd00::1", True, False),
        ("100.64.0.1", True, False),
        ("::ffff:127.0.0.1", True, False),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("fe80::1%eth0", False, False),
        ("0.0.0.0", False, False),
        ("::", False, False),
        ("224.0.0.1", False, False),
        ("255.255.255.255", False, False),
    ],
)
def test_which_addresses_may_be_reached(address: str, private: bool, public: bool) -> None:
    assert permitted(address, allow_private=True) is private
    assert permitted(address, allow_private=False) is public


def test_without_private_addresses_this_machine_is_out_of_reach_by_any_name() -> None:
    with receiving() as receiver:
        for host in ("127.0.0.1", "localhost", "[::1]", "0x7f000001", "127.1", "[::ffff:127.0.0.1]"):
            with pytest.raises(NotPosted):
                post(f"http://{host}:{receiver.port}/", b"{}", {}, allow_private=False)
        assert receiver.heard == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    names = [
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
    ]
    subprocess.run([*made, *names], cwd=folder, check=True, capture_output=True, timeout=120)
    return folder


def test_tls_goes_to_whom_we_trust_and_nobody_else(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with receiving(context) as receiver:
        url = f"https://localhost:{receiver.port}/"
        with pytest.raises(NotPosted, match="not trusted"):
            post(url, b"{}", {}, allow_private=True)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
        assert post(url, b"{}", {}, allow_private=True) == 204
        assert len(receiver.heard) == 1


def test_the_address_that_was_judged_is_the_one_that_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter(["127.0.0.1", "8.8.8.8"])
    with receiving() as receiver:
        monkeypatch.setattr(
            resolver, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", (next(answers), receiver.port))]
        )
        monkeypatch.setattr(posting, "permitted", lambda address, _: address == "127.0.0.1")
        connected: list[str] = []
        create = socket.create_connection

        def connect(address: tuple[str, int], timeout: float) -> socket.socket:
            connected.append(address[0])
            monkeypatch.undo()
            return create(address, timeout)

        monkeypatch.setattr(socket, "create_connection", connect)
        assert post(f"http://rebinding.example:{receiver.port}/", b"{}", {}, allow_private=True) == 204
        assert connected == ["127.0.0.1"]
