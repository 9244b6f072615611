"""The lab as people start it: a process that serves twenty devices, is changed, and ends cleanly."""

from __future__ import annotations

import getpass
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import eventlet
import pytest

from lab import fleet
from lab.__main__ import main
from lab.device import Spec, configuration_file
from netraven_jobs.collector import Collector
from netraven_jobs.session_request import BACKUP, SessionAnswer, SessionRequest

ROOT = Path(__file__).parents[2]


def _lab(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "lab", "--folder", str(folder), *words]


def _net() -> str:
    """A part of loopback that no other test run has."""
    return f"127.{100 + os.getpid() % 100}.{os.getpid() // 100 % 250}"


@contextmanager
def _running(folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = _lab(folder, "--only-devices", "--net", _net())
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert "20 devices" in process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def lab(folder: Path) -> Iterator[subprocess.Popen[str]]:
    with _running(folder) as process:
        yield process


def _request(spec: Spec, folder: Path) -> SessionRequest:
    username = spec.login.username
    secret = {"password": spec.login.password, "enable": spec.login.privilege}
    if spec.platform == fleet.LINUX:
        username = getpass.getuser()
        secret = {"private_key": (folder / spec.name / "user_key").read_text()}
    return SessionRequest(
        spec.name, BACKUP, spec.address, spec.port, spec.platform, username, secret, 240.0, 120.0
    )


def test_all_twenty_can_be_backed_up_also_the_real_openssh(lab: subprocess.Popen[str], folder: Path) -> None:
    specs, answers = fleet.specs(fleet.login(folder), _net()), dict[str, SessionAnswer]()
    collector = Collector(2, 10)

    def fetch(spec: Spec) -> None:
        answers[spec.name] = collector.run(_request(spec, folder), lambda *_: None)

    pool = eventlet.GreenPool()
    for spec in specs:
        pool.spawn_n(fetch, spec)
    pool.waitall()
    collector.stop()
    assert len(specs) == 20
    assert {name: one.message for name, one in answers.items() if not one.good} == {}
    assert all(one.data["truncated"] is None for one in answers.values())
    assert "iface lo inet loopback" in answers["jump-01"].data["text"]


def test_changing_a_device_changes_its_file(lab: subprocess.Popen[str], folder: Path) -> None:
    before = configuration_file(folder, "pe-01").read_text()
    done = subprocess.run(
        _lab(folder, "change", "pe-01"), cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "LAB-" in done.stdout
    assert configuration_file(folder, "pe-01").read_text() != before


def test_a_device_that_is_not_there_cannot_be_changed(folder: Path) -> None:
    done = subprocess.run(
        _lab(folder, "change", "nobody"), cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 2
    assert "core-sw-01" in done.stderr


def test_a_second_lab_at_the_same_addresses_says_so(lab: subprocess.Popen[str], tmp_path: Path) -> None:
    command = _lab(tmp_path, "--only-devices", "--net", _net())
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "running already" in done.stderr


def test_it_ends_when_it_is_told_and_leaves_no_sshd(lab: subprocess.Popen[str], folder: Path) -> None:
    lab.send_signal(signal.SIGTERM)
    assert lab.wait(timeout=120) == 0
    listening = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(folder / "jump-01" / "sshd_config") not in listening


@pytest.mark.parametrize("net", ["127.87", "127.87.0.1", "lab", "127.300.1"])
def test_what_begins_no_address_is_refused_before_anything_listens(
    tmp_path: Path, net: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--folder", str(tmp_path), "--only-devices", "--net", net])
    assert ended.value.code == 2
    assert f"{net} is not the beginning of addresses" in " ".join(capsys.readouterr().err.split())
