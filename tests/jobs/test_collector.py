"""The collector's children: limits, cancelling, their deaths and ours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import eventlet
import pytest

from lab.manners import ANSWER, GREETING, Manners
from netraven_jobs import carrying, collector
from netraven_jobs.collector import Collector
from netraven_jobs.crash import Crash
from netraven_jobs.session_request import SessionAnswer
from tests.jobs.sessions import SECRETS, Bench, connections
from tests.jobs.sessions import bench as bench
from tests.patience import until

ROOT = Path(__file__).parents[2]
PARENT = """
import netraven_chassis.patch
import sys
import eventlet
from netraven_jobs.collector import Collector
from netraven_jobs.session_request import BACKUP, SessionRequest
from tests.patience import until
collector = Collector(1, 4)
collector.start()
secret = dict([sys.stdin.readline().split()])
port = int(sys.argv[1])
request = SessionRequest("s", BACKUP, "127.0.0.1", port, "cisco_ios", "netops", secret, 600.0, 600.0)
eventlet.spawn(collector.run, request, lambda *_: None)
print(*collector.pids(), flush=True)
eventlet.sleep(600)
"""


def _begin(bench: Bench, name: str) -> tuple[str, eventlet.greenthread.GreenThread]:
    request = bench.request(name)
    going = eventlet.spawn(bench.collector.run, request, lambda *_: None)
    until(lambda: connections(bench.ports[name]) == 1)
    return request.id, going


def _closed(port: int) -> bool:
    return connections(port) == 0


def test_cancelling_closes_the_connection(bench: Bench) -> None:
    for where in (GREETING, ANSWER):
        name = bench.device(manners=Manners(hangs=where))
        session, going = _begin(bench, name)
        eventlet.sleep(1.0 if where == ANSWER else 0.1)
        bench.collector.cancel(session)
        until(partial(_closed, bench.ports[name]))
        answer: SessionAnswer = going.wait()
        assert answer.error_class == "CANCELLED"


def test_what_waits_for_its_turn_is_cancelled_without_one(bench: Bench) -> None:
    small = Collector(1, 1)
    name = bench.device(manners=Manners(hangs=GREETING))
    first, second = bench.request(name), bench.request(name)
    going = [eventlet.spawn(small.run, one, lambda *_: None) for one in (first, second)]
    until(lambda: connections(bench.ports[name]) == 1)
    small.cancel(second.id)
    small.cancel(first.id)
    assert [one.wait().error_class for one in going] == ["CANCELLED", "CANCELLED"]
    small.stop()


def test_a_child_that_dies_fails_its_own_sessions_only_and_is_replaced(bench: Bench) -> None:
    two = Collector(2, 1)
    two.start()
    hanging = bench.device(manners=Manners(hangs=GREETING))
    asked = [bench.request(hanging) for _ in range(2)]
    going = [eventlet.spawn(two.run, one, lambda *_: None) for one in asked]
    until(lambda: connections(bench.ports[hanging]) == 2)
    before = two.pids()
    os.kill(before[0], signal.SIGKILL)
    until(lambda: any(one.dead for one in going))
    ended = [one for one in going if one.dead]
    assert [(one.wait().error_class, one.wait().crash) for one in ended] == [("INTERNAL", Crash(1, 0))]
    assert two.run(bench.request(bench.device()), lambda *_: None).good
    assert len(two.pids()) == 2
    assert before[0] not in two.pids()
    two.stop()
    assert next(one for one in going if one not in ended).wait().error_class == "CANCELLED"


def test_a_stuck_process_is_replaced_before_the_worker_gives_up_on_its_task(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert carrying.GRACE_SECONDS >= collector.GRACE_SECONDS + 2
    monkeypatch.setattr(collector, "GRACE_SECONDS", 0.2)
    made = Collector(1, 2)
    made.start()
    (stuck,) = made.pids()
    os.kill(stuck, signal.SIGSTOP)
    answer = made.run(bench.request(bench.device(), limit=0.3), lambda *_: None)
    assert (answer.error_class, answer.message) == ("TIMEOUT", "the time limit of 0.3 s was over")
    until(lambda: stuck not in made.pids())
    made.stop()


def test_stopping_leaves_no_process_and_no_session(bench: Bench) -> None:
    stopped = Collector(2, 2)
    stopped.start()
    pids = stopped.pids()
    name = bench.device(manners=Manners(hangs=ANSWER))
    going = eventlet.spawn(stopped.run, bench.request(name), lambda *_: None)
    until(lambda: connections(bench.ports[name]) == 1)
    stopped.stop()
    assert going.wait().error_class == "CANCELLED"
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert connections(bench.ports[name]) == 0


def test_killing_the_worker_leaves_no_child_and_no_session(bench: Bench) -> None:
    name = bench.device(manners=Manners(hangs=ANSWER))
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(bench.ports[name])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    parent.stdin.write(f"password {SECRETS['password']}\n".encode())
    parent.stdin.flush()
    (child,) = [int(pid) for pid in parent.stdout.readline().split()]
    until(lambda: connections(bench.ports[name]) == 1)
    parent.kill()
    until(lambda: connections(bench.ports[name]) == 0)
    until(lambda: not Path(f"/proc/{child}").exists() or _ended(child))
    until(lambda: bench.lab.sessions(name) == 0)
    parent.wait()
    parent.stdin.close()
    parent.stdout.close()


def _ended(pid: int) -> bool:
    """Whether a process has ended and waits only for somebody to ask how."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


def test_no_secret_is_in_a_childs_arguments_or_environment(bench: Bench) -> None:
    os.environ["NETRAVEN_SECRET_KEY"] = "canary-key"
    try:
        made = Collector(1, 1)
        made.start()
    finally:
        del os.environ["NETRAVEN_SECRET_KEY"]
    assert made.run(bench.request(bench.device()), lambda *_: None).good
    (pid,) = made.pids()
    known = Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
    assert b"canary" not in known
    made.stop()


def test_each_session_is_answered_when_the_device_goes_while_it_is_left(bench: Bench) -> None:
    name = bench.device("cisco_nxos", Manners(leaves=True))
    going = [
        eventlet.spawn(bench.collector.run, bench.request(name, "cisco_nxos"), lambda *_: None)
        for _ in range(20)
    ]
    assert {one.wait().error_class for one in going} == {None}


def test_many_sessions_go_on_side_by_side(bench: Bench) -> None:
    name = bench.device("cisco_nxos", Manners(slow=0.2))
    began = time.monotonic()
    going = [
        eventlet.spawn(bench.collector.run, bench.request(name, "cisco_nxos"), lambda *_: None)
        for _ in range(12)
    ]
    answers = [one.wait() for one in going]
    took = time.monotonic() - began
    assert all(answer.good for answer in answers)
    assert took < sum(answer.duration_ms for answer in answers) / 1000 / 3
