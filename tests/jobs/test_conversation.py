"""What is asked of devices and what they answer, over real SSH: slow, chatty, in whatever pieces."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from lab.device import LabDevice, Spec
from lab.dialects import DIALECTS
from lab.manners import Manners
from lab.templates import shown
from netraven_jobs.volatile import normalise
from tests.jobs.sessions import LOGIN, Bench
from tests.jobs.sessions import bench as bench


def test_a_device_that_is_only_slow_is_backed_up(bench: Bench) -> None:
    answer = bench.have(bench.device("cisco_nxos", Manners(slow=0.3)), "cisco_nxos")
    assert answer.good
    assert answer.duration_ms > 900


def test_a_device_that_says_its_prompt_piece_by_piece_is_understood(bench: Bench) -> None:
    """And with lines of its own before it: the first of them, or half a prompt, is not taken for it."""
    answer = bench.have(bench.device(manners=Manners(parrots=True, dribbles=0.03)))
    assert answer.good, answer
    assert answer.data["truncated"] is None and answer.duration_ms < 10_000


@pytest.mark.parametrize("platform", ["cisco_ios", "cisco_ios_telnet", "hp_procurve"])
def test_what_comes_in_pieces_of_lines_ends_and_of_characters_is_what_was_said(
    bench: Bench, platform: str
) -> None:
    """However the network cuts it: no empty line is added, no letter is lost, no escape sequence is left."""
    telnet = platform.endswith("_telnet")
    name = bench.device(platform.removesuffix("_telnet"), Manners(stutters=0.02), telnet=telnet)
    escape = "\x1b[24;1H" if platform == "hp_procurve" else ""
    text = "!\nhostname r1\nsnmp-server location {}Zürich, 東京\nbanner motd €\n!\nend\n"
    bench.file(name).write_text(text.format(escape))
    answer = bench.have(name, platform)
    assert answer.good, answer
    assert answer.data["text"] == text.format("")


def test_what_a_device_logs_below_its_prompt_is_no_part_of_its_configuration(bench: Bench) -> None:
    """It is asked for its prompt again: it does not show it by itself."""
    name = bench.device(manners=Manners(chats=True))
    answer = bench.have(name, limit=60.0)
    assert answer.good, answer
    there = normalise("cisco_ios", shown("cisco_ios", bench.file(name).read_text(), 0))
    assert normalise("cisco_ios", answer.data["text"]) == there


def test_a_prompt_in_the_middle_ends_no_answer(bench: Bench) -> None:
    name = bench.device()
    path = bench.file(name)
    path.write_text(path.read_text().replace("^C\n", f"^C\n{name}#\n {name}# \n", 1))
    answer = bench.have(name)
    assert answer.data["truncated"] is None
    assert f"\n{name}#\n" in answer.data["text"]


def test_no_command_becomes_the_new_password_of_an_account(bench: Bench) -> None:
    """The question for one looks like a prompt."""
    platform = "cisco_nxos"
    asking = replace(DIALECTS[platform], prompt="new password> ", greeting="Change your password\n")
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setitem(DIALECTS, platform, asking)
        device = LabDevice(Spec("r1", platform, "127.0.0.1", LOGIN, port=0), Path(folder))
        device.start()
        try:
            answer = bench.have(device.port, platform)
        finally:
            device.stop()
    assert answer.error_class == "PROTOCOL" and "new password" in answer.message, answer
    assert "terminal" not in bench.said() and "show" not in bench.said()
