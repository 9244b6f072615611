"""Redaction: the secret goes and its line stays, on each platform."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

import lab
from netraven_jobs import redaction_rules
from netraven_jobs.platforms import PLATFORMS
from netraven_jobs.redaction import EDITION, HIDDEN, redact
from tests.jobs.redaction_samples import SAMPLES

_CONFIGURATIONS = Path(lab.__file__).parent / "configurations"
# The forms that vendors document, by platform, in our own words; `~` stands for a secret.
_FORMS = Path(__file__).parent / "redaction_forms"
_CANARY = "Zq7Kx9PmT3"
# Every secret of the lab's configurations, by platform: what they are is told by their names there.
_SECRETS: dict[str, str] = {
    "cisco_ios": r"\$9\$nhEm\S+|0822455D\w+|\$1\$mERr\S+|13061E01\w+|094F471A\w+|Vpn-Tunnel-Key-1|104D000A\w+"
    r"|0507070D2243|14141B18\w+|r3ad0nly-lab|wr1te-lab|tr4p-lab|06120A22\w+|15060E1F\w+|05080F1C\w+"
    r"|121A0C04\w+|070C285F\w+|3082022B",
    "cisco_nxos": r"\$5\$\w+\S+|qxz12345|wawy1234|0x8f3a\w+|n3xus-\w+|fewhg123|070c285f\w+"
    r"|a667d47a\w+|9125d59c\w+",
    "cisco_xr": r"\$6\$XRY\S+|05080F1C\w+|xr-r3ad|xr-tr4p|0822455D\w+|06050632\w+|13061E01\w+|110A1016\w+",
    "cisco_asa": r"\$sha512\$\S+|2KFQnbNI\S+|f4il0ver-lab|4s4-tac-k3y|4s4-snmp|4s4-public|4s4-ntp-key"
    r"|Tunn3l-Psk-Lab|R3mote-Psk|L0cal-Psk",
    "arista_eos": r"\$6\$\S+|02050D48\w+|070E334D\w+|0110090A\w+|4rista-\w+|Yk6bG0o2zJk=|lZ8v4Dcv\S+",
    "juniper_junos": r"\$6\$[^\"]+|\$9\$[^\"]+|jun0s-read",
    "huawei": r"%\^%#\S+%\^%#|\$1a\$\S+",
    "hp_comware": r"\$[hc]\$\d\$\S+|comware\w+Secret|comwareTrap",
    "hp_procurve": r"d033e22a\w+|fe96dd39\w+|procurve-tac-key|kP2n0c\S+=|pr0curve[\w-]+",
    "mikrotik_routeros": r"qPb1rYx2\S+=|Wifi Psk Secret|\w+SecretLab|m1krotik-snmp",
    "fortinet": r"SH2\S+==|\w+SecretLab==|f0rti-snmp|MIIFHDBO\S+|Fc3b5sGJ\S+",
    "vyos": r"0penvpnSecret|qPb1rYx2[^']+|wgPreshared[^']+|vyos\w+Secret|vyosRead|vyosSnmp\w+"
    r"|\$6\$rounds[^']+",
    "paloalto_panos": r"\$1\$nuab\S+|\$5\$panos\S+|-AQ==pan[^;]+|panosSnmp",
    "dell_os10": r"\$6\$\S+|os10\w+Secret9|os10-read",
    "extreme_exos": r"exos\w+Hash\$1\$|exos\w+Secret|exosSnmp",
    "linux": r"linuxWifiSecret",
}


@pytest.mark.parametrize("platform", SAMPLES)
def test_each_sample_loses_its_secret_and_nothing_else(platform: str) -> None:
    left = {line: redact(platform, line) for line, _ in SAMPLES[platform]}
    assert left == dict(SAMPLES[platform])


@pytest.mark.parametrize("platform", sorted(one.stem for one in _FORMS.glob("*.txt")))
def test_each_documented_form_loses_its_secrets_and_a_line_without_one_stays(platform: str) -> None:
    lines = (_FORMS / f"{platform}.txt").read_text().splitlines()
    assert sum("~" in line for line in lines) > 20
    filled = "\n".join(lines).replace("~", _CANARY)
    hidden = redact(platform, filled).split("\n")
    left = [line for line, now in zip(lines, hidden, strict=True) if _CANARY in now]
    changed = [line for line, now in zip(lines, hidden, strict=True) if "~" not in line and now != line]
    assert (left, changed) == ([], [])
    assert redact(platform, "\n".join(hidden)).split("\n") == hidden
    assert _CANARY not in redact(None, filled)


def test_each_family_has_documented_forms() -> None:
    known = {PLATFORMS[one.stem].family for one in _FORMS.glob("*.txt")}
    assert known == {row.family for row in PLATFORMS.values()}


@pytest.mark.parametrize("platform", _SECRETS)
def test_a_whole_configuration_loses_all_its_secrets_and_keeps_its_lines(platform: str) -> None:
    text = (_CONFIGURATIONS / f"{platform}.cfg").read_text()
    secrets = re.findall(_SECRETS[platform], text)
    assert secrets
    hidden = redact(platform, text)
    assert [one for one in secrets if one in hidden] == []
    for before, after in zip(_outside_blocks(text), _outside_blocks(hidden), strict=True):
        assert after == before or HIDDEN in after, (before, after)
    kept = sum(
        before == after for before, after in zip(_outside_blocks(text), _outside_blocks(hidden), strict=True)
    )
    assert kept > len(_outside_blocks(text)) * 0.55


def _outside_blocks(text: str) -> list[str]:
    """The lines that are not inside a key or certificate."""
    without = re.sub(r"(?ms)(BEGIN [A-Z ]*PRIVATE KEY-----)\n.*?(-----END)", r"\1\n\2", text)
    return re.sub(r"(?ms)(certificate self-signed 01\n).*?(\s*quit)", r"\1\2", without).split("\n")


def test_hiding_twice_is_hiding_once() -> None:
    for platform, samples in SAMPLES.items():
        once = redact(platform, "\n".join(line for line, _ in samples))
        assert redact(platform, once) == once, platform


def test_a_platform_nobody_knows_gets_the_rules_of_all() -> None:
    for line, hidden in (SAMPLES["cisco_ios"][0], SAMPLES["fortinet"][0], SAMPLES["huawei"][0]):
        secret = next(word for word in line.split() if word not in hidden.split())
        assert secret not in redact("no_such_platform", line)
        assert secret not in redact(None, line)


@pytest.mark.parametrize(
    ("platform", "text", "left"),
    [
        # A value that goes on in the next line, and one that another script's quotes stand around.
        ("mikrotik_routeros", 'add password="canary and', f"add password={HIDDEN}"),
        ("mikrotik_routeros", r"add source=\"set key=\"canary\" \"", rf"add source=\"set key={HIDDEN}"),
        # Keys of which only the last one ends.
        (
            "linux",
            "-----BEGIN PRIVATE KEY-----\ncanary\n-----BEGIN PRIVATE KEY-----\ncanary\n"
            "-----END PRIVATE KEY-----",
            f"-----BEGIN PRIVATE KEY-----\n{HIDDEN}\n-----BEGIN PRIVATE KEY-----\n{HIDDEN}\n"
            "-----END PRIVATE KEY-----",
        ),
        # Those that begin anew before they have said the secret.
        ("extreme_exos", "trapreceiver x trapreceiver y community canary", None),
        ("hp_procurve", "radius-server a radius-server b key canary", None),
        ("huawei", "snmp-agent usm-user v3 snmp-agent usm-user v3 a authentication-mode md5 canary", None),
        ("cisco_ios", "wpa psk a psk b ascii canary", f"wpa psk {HIDDEN} psk {HIDDEN} ascii {HIDDEN}"),
        ("linux", "http://a:http://b:canary@host", "http://a:" + HIDDEN + "@host"),
    ],
)
def test_a_secret_is_found_behind_what_only_began_like_one(
    platform: str, text: str, left: str | None
) -> None:
    hidden = redact(platform, text)
    assert hidden == (left or text.replace("canary", HIDDEN))
    assert "canary" not in redact(None, text)


@pytest.mark.parametrize(
    "line",
    [
        "enable secret 0 canary",
        "username ann privilege 15 secret 0 canary",
        "tacacs-server host 10.0.0.60 key 7 canary",
        " neighbor 10.0.0.1 password 7 canary",
        '            pre-shared-key ascii-text "canary";',
        'password manager user-name "ann" plaintext "canary"',
    ],
)
def test_the_rules_of_one_family_do_not_keep_those_of_another_from_a_secret(line: str) -> None:
    hidden = redact(None, line)
    assert "canary" not in hidden and redact(None, hidden) == hidden


def test_a_private_key_goes_whatever_the_platform() -> None:
    text = "before\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabcd\n-----END RSA PRIVATE KEY-----\nafter\n"
    assert redact("linux", text) == (
        f"before\n-----BEGIN RSA PRIVATE KEY-----\n{HIDDEN}\n-----END RSA PRIVATE KEY-----\nafter\n"
    )


def test_each_platform_has_rules() -> None:
    assert {row.family for row in PLATFORMS.values()} <= set(redaction_rules.RULES)


def test_the_edition_names_the_table() -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", EDITION)


def _seconds(platform: str, text: str, tries: int = 3) -> float:
    """What it takes of this process's own time, at best."""

    def once() -> float:
        began = time.process_time()
        redact(platform, text)
        return time.process_time() - began

    return min(once() for _ in range(tries))


def test_a_large_configuration_takes_its_time_and_not_more() -> None:
    """Linear: ten times as much takes about ten times as long."""
    text = (_CONFIGURATIONS / "cisco_ios.cfg").read_text()
    assert _seconds("cisco_ios", text * 50, tries=1) < _seconds("cisco_ios", text * 5) * 40


# What begins like a secret again and again and is none, and how it begins: nothing of it is looked at twice.
_REPEATED = (
    ("linux", "", "secret"),
    ("linux", "secret ", " "),
    ("linux", "", "http://a:"),
    ("cisco_ios", "", "psk a "),
    ("cisco_ios", "", "ipsec spi 1 "),
    ("cisco_ios", "", "set session-key inbound esp 1 "),
    ("cisco_ios", "event manager environment ", "pass"),
    ("cisco_ios", "", "certificate 0A\n 00000000\n"),
    ("fortinet", "set ", "secret"),
    ("fortinet", "set headers ", "auth"),
    ("fortinet", "config system snmp community\n", " "),
    ("fortinet", "", "-----BEGIN PRIVATE KEY-----\nMII\n"),
    ("fortinet", "-----BEGIN PRIVATE KEY-----\nMII\n", " "),
    ("huawei", "", "snmp-agent usm-user "),
    ("huawei", "", "vlink-peer x "),
    ("hp_procurve", "", "snmpv3 user "),
    ("hp_procurve", "", "radius-server "),
    ("mikrotik_routeros", "", "x-"),
    ("mikrotik_routeros", "", 'key=\\"'),
    ("mikrotik_routeros", "", "/snmp community add "),
    ("extreme_exos", "", "trapreceiver x "),
    ("extreme_exos", "", "configure snmpv3 add user "),
    ("extreme_exos", "", "configure snmpv3 add community "),
)


@pytest.mark.parametrize(("platform", "beginning", "word"), _REPEATED)
def test_no_line_takes_longer_than_its_length_asks_for(platform: str, beginning: str, word: str) -> None:
    """Linear: sixteen times as much takes about sixteen times as long, and not two hundred and fifty."""
    short, long = (beginning + word * (length // len(word)) + "key" for length in (1500, 24_000))
    assert _seconds(platform, long) < _seconds(platform, short) * 64
