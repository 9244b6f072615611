"""Sessions over real SSH: what comes of each kind of device, told apart."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import eventlet
import pytest

from lab.dialects import DIALECTS
from lab.manners import ANSWER, GREETING, LOG_IN, PROMPT, Login, Manners
from lab.templates import shown
from netraven_jobs.session import Session
from netraven_jobs.session_request import BACKUP, FACTS, SessionRequest
from netraven_jobs.session_request import LOGIN as LOGIN_ONLY
from netraven_jobs.volatile import normalise
from tests.jobs.sessions import LONG, SECRETS, Bench, connections
from tests.jobs.sessions import bench as bench
from tests.patience import patience, until

PLATFORMS = tuple(name for name in DIALECTS if name != "cisco_xe")
NEVER_PAGED = ("vyos", "paloalto_panos")  # their pagers are programs, and whoever logs in may turn them off


_OF_EACH = [Manners(), Manners(slow=1.0), Manners(slow=0.1, dribbles=0.02), Manners(pages=True)]


@pytest.mark.parametrize("manners", _OF_EACH)
def test_a_backup_of_each_platform_is_what_the_device_has(bench: Bench, manners: Manners) -> None:
    """All at once, as a job would: with paging, with the privileged mode where there is one; also where each
    answer takes its time, and comes in pieces, or page by page.
    """
    asked = [one for one in PLATFORMS if not manners.pages or one not in NEVER_PAGED]
    names = {platform: bench.device(platform, manners) for platform in asked}
    answers = {}

    def fetch(platform: str) -> None:
        request = bench.request(names[platform], platform, limit=patience(60.0))
        answers[platform] = bench.collector.run(request, lambda *_: None)

    pool = eventlet.GreenPool()
    for platform in asked:
        pool.spawn_n(fetch, platform)
    pool.waitall()
    for platform, answer in answers.items():
        assert answer.good, (platform, answer)
        assert answer.data["truncated"] is None, (platform, answer.data["truncated"])
        kept = normalise(platform, answer.data["text"])
        there = normalise(platform, shown(platform, bench.file(names[platform]).read_text(), 0))
        assert kept == there, platform


def test_a_device_of_an_earlier_release_is_asked_in_its_own_words(bench: Bench) -> None:
    name = bench.device("mikrotik_routeros", Manners(older=True))
    answer = bench.have(name, "mikrotik_routeros")
    assert answer.good, answer
    kept = normalise("mikrotik_routeros", answer.data["text"])
    there = shown("mikrotik_routeros", bench.file(name).read_text(), 0)
    assert kept == normalise("mikrotik_routeros", there)
    assert any(line.endswith("> /export") for line in bench.said().splitlines()), bench.said()


def test_facts_are_learned_in_the_form_of_a_device(bench: Bench) -> None:
    answer = bench.have(bench.device("arista_eos"), "arista_eos", action=FACTS)
    assert answer.good, answer
    assert answer.data["model"] == "DCS-7050TX-64-R"
    assert answer.data["os_version"] == "4.29.2F"
    assert answer.data["serial"].startswith("LAB")
    assert answer.data["interfaces"][0] == {
        "name": "Ethernet1",
        "description": "To spine 1",
        "ip_address": "10.1.0.1",
        "mac_address": "00:1c:73:00:00:02",
        "admin_up": True,
        "link_up": True,
        "speed_mbps": 10000,
    }


def test_a_log_in_alone_needs_no_platform(bench: Bench) -> None:
    name = bench.device()
    assert bench.have(name, "", action=LOGIN_ONLY).good
    assert bench.have(name, action=LOGIN_ONLY).data["prompt"].endswith("#")


def test_a_refusal_that_repeats_the_password_says_no_part_of_it(bench: Bench) -> None:
    """Wherever it is cut: the device is of another platform than is said, and refuses its command."""
    for length in range(8, 72, 16):
        login = Login("netops", "canary-" * 8, "E" * length)
        name = bench.device("dell_os10", Manners(parrots=True), login)
        secret = {"password": login.password, "enable": login.enable}
        answer = bench.have(name, "cisco_nxos", secret=secret)
        assert answer.error_class == "PROTOCOL" and "knows you by the words" in answer.message, answer
        assert (
            "canary" not in f"{answer.message}{bench.lines}"
            and "EEEE" not in f"{answer.message}{bench.lines}"
        )


def test_a_wrong_password_is_an_authentication_error(bench: Bench) -> None:
    name = bench.device()
    answer = bench.have(name, secret={"password": "wrong-canary"})
    assert (answer.error_class, answer.logged_in) == ("AUTHENTICATION", False)
    until(lambda: connections(bench.ports[name]) == 0)


@pytest.mark.parametrize("manners", [Manners(questions=True), Manners(questions=True, once=True)])
def test_who_wants_the_password_as_an_answer_gets_it_so(bench: Bench, manners: Manners) -> None:
    """Also where the first word of a password ends the connection."""
    name = bench.device(manners=manners)
    assert bench.have(name, action=LOGIN_ONLY).good
    wrong = bench.have(name, secret={"password": "wrong-canary"})
    assert (wrong.error_class, wrong.logged_in) == ("AUTHENTICATION", False)
    until(lambda: connections(bench.ports[name]) == 0)


def test_a_device_that_hangs_up_after_one_try_is_not_given_a_password_twice(bench: Bench) -> None:
    name = bench.device(manners=Manners(once=True))
    assert bench.have(name, action=LOGIN_ONLY).good
    answer = bench.have(name, secret={"password": "wrong-canary"})
    assert answer.error_class == "AUTHENTICATION" and "hung up" in answer.message, answer
    assert bench.lab.refused(name) == 1


def test_a_wrong_enable_secret_is_one_too(bench: Bench) -> None:
    for platform in ("cisco_ios", "hp_procurve"):
        name = bench.device(platform)
        answer = bench.have(name, platform, secret={**SECRETS, "enable": "wrong-canary"})
        assert (answer.error_class, answer.logged_in) == ("AUTHENTICATION", True), answer
        assert "enable" in answer.message


def test_a_locked_device_refuses_the_right_password(bench: Bench) -> None:
    assert bench.have(bench.device(manners=Manners(locked=True))).error_class == "AUTHENTICATION"


def test_a_key_that_cannot_be_read_never_reaches_the_log_in(bench: Bench) -> None:
    answer = bench.have(bench.device(), secret={"private_key": "-----BEGIN nothing", "passphrase": "canary"})
    assert (answer.error_class, answer.logged_in) == ("AUTHENTICATION", False)
    assert "private key" in answer.message


def test_a_closed_port_refuses(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert bench.have(port).error_class == "REFUSED"


@contextmanager
def _deaf() -> Iterator[int]:
    """A port that lets nobody in: its queue is full, so the kernel drops what comes."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(server.getsockname())
        yield server.getsockname()[1]


def test_silence_at_connecting_is_unreachable(bench: Bench) -> None:
    with _deaf() as port:
        answer = bench.have(port, connect_timeout=0.5)
    assert answer.error_class == "UNREACHABLE"
    assert answer.duration_ms < LONG / 2 * 1000


@pytest.mark.parametrize("where", [GREETING, LOG_IN, PROMPT, ANSWER])
def test_a_hanging_device_ends_at_its_limit_wherever_it_hangs(bench: Bench, where: str) -> None:
    name = bench.device(manners=Manners(hangs=where))
    began = time.monotonic()
    answer = bench.have(name, limit=2.0)
    assert answer.error_class == "TIMEOUT", answer
    assert 1.2 < time.monotonic() - began < 25
    until(lambda: connections(bench.ports[name]) == 0)


@pytest.mark.parametrize(("limit", "seconds"), [(300.0, 30.0), (4.0, 4.0)])
def test_an_answer_may_take_longer_than_netmiko_waits_and_not_longer_than_the_session(
    limit: float, seconds: float
) -> None:
    """Thirty seconds of waiting would be too long for a test: what Netmiko is told must do."""
    asked = SessionRequest("s", BACKUP, "192.0.2.1", 22, "cisco_ios", "netops", SECRETS, limit)
    told = Session(asked, lambda *_: None)._options()["read_timeout_override"]
    assert seconds - 3 < told <= seconds


def test_a_device_that_hangs_up_before_it_greets_breaks_the_protocol(bench: Bench) -> None:
    answer = bench.have(bench.device(manners=Manners(hangs_up=True)))
    assert (answer.error_class, answer.logged_in) == ("PROTOCOL", False)


def test_what_speaks_no_ssh_breaks_the_protocol(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            client, _ = server.accept()
            with client:
                client.sendall(b"220 mail.example ESMTP\r\n" * 500)
                client.recv(100)

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        assert bench.have(server.getsockname()[1]).error_class == "PROTOCOL"


def test_a_device_that_closes_in_the_middle_breaks_the_protocol(bench: Bench) -> None:
    answer = bench.have(bench.device(manners=Manners(drops=True)))
    assert (answer.error_class, answer.logged_in) == ("PROTOCOL", True)
    assert answer.duration_ms < LONG / 2 * 1000


def test_another_platform_than_it_says_is_no_success(bench: Bench) -> None:
    answer = bench.have(bench.device("cisco_ios"), "juniper_junos", limit=4.0)
    assert answer.error_class in ("PROTOCOL", "TIMEOUT"), answer


def test_an_unknown_platform_is_no_platform(bench: Bench) -> None:
    name = bench.device()
    assert bench.have(name, "ciena_saos").error_class == "NO_PLATFORM"
    assert bench.have(name, "no_such_thing").error_class == "NO_PLATFORM"


def test_half_a_configuration_is_told_as_truncated(bench: Bench) -> None:
    answer = bench.have(bench.device(manners=Manners(truncates=True)))
    assert answer.good
    assert "end mark" in answer.data["truncated"]


def test_a_configuration_that_fell_by_more_than_half_is_told_as_truncated(bench: Bench) -> None:
    answer = bench.have(bench.device(), previous_size=100_000)
    assert "more than half" in answer.data["truncated"]


def test_the_first_host_key_is_taken_and_another_one_stops_before_the_log_in(bench: Bench) -> None:
    one, other = bench.device(), bench.device()
    first = bench.have(one)
    assert first.good
    assert first.host_key is not None
    assert first.host_key.startswith("ecdsa-sha2-nistp256 ")
    assert bench.have(one, host_key=first.host_key).good
    changed = bench.have(other, host_key=first.host_key)
    assert (changed.error_class, changed.logged_in) == ("HOST_KEY_CHANGED", False)
    assert changed.host_key not in (None, first.host_key)


def test_no_secret_is_in_anything_but_the_configuration(bench: Bench) -> None:
    name = bench.device()
    request = bench.request(name)
    for answer in (bench.run(request), bench.have(name, secret={"password": "canary-wrong"})):
        told = bench.said() + repr(answer) + repr(request) + answer.message
        assert "canary" not in told
    assert "r3ad0nly-lab" in bench.run(request).data["text"]
    assert "r3ad0nly-lab" not in bench.said()
    assert "show running-config" in bench.said()
    assert "more lines" in bench.said()


def test_a_device_that_echoes_passwords_does_not_bring_them_into_the_transcript(bench: Bench) -> None:
    name = bench.device(login=Login("netops", "canary-Passw0rd", "canary-En4ble"))
    path = bench.file(name)
    path.write_text(f"{path.read_text()}! {SECRETS['password']}\nend\n")
    assert bench.have(name, action=FACTS).good
    assert SECRETS["password"] not in bench.said()


def test_a_configuration_that_is_whole_stands_though_the_device_goes_before_it_is_left_as_it_was(
    bench: Bench,
) -> None:
    """The driver of FortiOS turns paging off for the session, and on again at its end."""
    answer = bench.have(bench.device("fortinet", Manners(leaves=True)), "fortinet")
    assert (answer.error_class, answer.data["truncated"]) == (None, None), answer
    told = [message for level, _, message in bench.lines if level == "warning"]
    assert told == ["the device's settings were not put back: the device closed the session"]
