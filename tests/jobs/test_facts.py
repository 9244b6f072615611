"""What devices say about themselves becomes fields; what they do not say stays unknown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from netraven_jobs.facts import MOST_INTERFACES, learn, parse
from netraven_jobs.failures import Failed
from netraven_jobs.platforms import Platform, platform


def asked(facts: tuple[str, ...], interfaces: tuple[str, ...], template: str = "no_template") -> Platform:
    row = platform("cisco_ios")
    assert row is not None
    return replace(row, template=template, facts=facts, interfaces=interfaces)


def saying(answer: str) -> Callable[[str], str]:
    return lambda _command: answer


@pytest.mark.parametrize(
    ("answer", "serial", "model", "os_version"),
    [
        ("Model: mx204\nJunos: 21.4R3.15\nChassis   BA123   MX204", "BA123", "mx204", "21.4R3.15"),
        ("Version: FortiGate-60F v7.2.5,build1517\nSerial-Number: FGT60F", "FGT60F", "FortiGate-60F",
         "v7.2.5,build1517"),
        ("Comware Software, Version 7.1.070, Release 1\nHPE A5800 uptime is 0 weeks",
         None, "HPE A5800", "7.1.070"),
        ("Cisco Adaptive Security Appliance Software Version 9.12(3)\nHardware:   ASA5506, 4096 MB RAM\n"
         "Serial Number: JAD2", "JAD2", "ASA5506", "9.12(3)"),
        ("nothing that anybody knows", None, None, None),
    ],
)  # fmt: skip
def test_what_no_template_knows_is_picked_from_what_is_said(
    answer: str, serial: str | None, model: str | None, os_version: str | None
) -> None:
    learnt = learn(saying(answer), asked(facts=("show version",), interfaces=()))
    assert learnt == {"serial": serial, "model": model, "os_version": os_version, "interfaces": []}


def refusing(*commands: str) -> Callable[[str], str]:
    def ask(command: str) -> str:
        if command in commands:
            raise Failed("PROTOCOL", f"the device refuses {command}")
        return "Serial Number: S1"

    return ask


def test_a_command_that_is_refused_leaves_its_fields_unknown() -> None:
    row = asked(facts=("show version", "show inventory"), interfaces=("show interfaces",))
    learnt = learn(refusing("show inventory", "show interfaces"), row)
    assert (learnt["serial"], learnt["interfaces"]) == ("S1", [])


def test_a_device_that_refuses_everything_has_failed() -> None:
    row = asked(facts=("show version",), interfaces=("show interfaces",))
    with pytest.raises(Failed, match="refuses show version"):
        learn(refusing("show version", "show interfaces"), row)


def test_a_session_that_breaks_is_no_refusal() -> None:
    def ask(_command: str) -> str:
        raise Failed("TIMEOUT", "the device did not answer in time")

    with pytest.raises(Failed) as broken:
        learn(ask, asked(facts=("show version",), interfaces=()))
    assert broken.value.error_class == "TIMEOUT"


def test_interfaces_come_once_by_name_and_not_without_end() -> None:
    line = "{}{:<6} 10.0.0.1        YES NVRAM  up                    up"
    header = "Interface              IP-Address      OK? Method Status                Protocol"
    ports = [line.format("Ethernet", number) for number in (*range(MOST_INTERFACES + 5), 0)]
    row = asked((), ("show ip interface brief",), "cisco_ios")
    learnt = learn(saying("\n".join([header, *ports])), row)
    names = [port["name"] for port in learnt["interfaces"]]
    assert len(names) == len(set(names)) == MOST_INTERFACES
    assert names[:2] == ["Ethernet0", "Ethernet1"]


def test_an_answer_without_a_template_has_no_rows() -> None:
    assert parse("no_template", "show version", "anything") == []
    assert parse("cisco_ios", "show ip interface brief", "% this fits no template") == []
