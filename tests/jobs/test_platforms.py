"""The table of platforms names what there is: drivers, device types, rules."""

from __future__ import annotations

import re

import pytest

from netraven_contracts.platforms import PLATFORMS as KNOWN
from netraven_jobs.driver import driver
from netraven_jobs.platforms import PLATFORMS, platform


@pytest.mark.parametrize("name", PLATFORMS)
def test_each_row_is_a_device_type_with_a_driver(name: str) -> None:
    row = PLATFORMS[name]
    assert name in KNOWN
    assert driver(name) is not None
    assert row.shows and not set(row.shows) & set(row.earlier)
    re.compile(row.end)


def test_the_platforms_that_the_design_names_are_there() -> None:
    named = (
        "cisco_ios cisco_xe cisco_nxos cisco_xr cisco_asa arista_eos juniper_junos huawei hp_comware "
        "hp_procurve mikrotik_routeros fortinet vyos linux dell_os10 paloalto_panos extreme_exos"
    )
    assert set(named.split()) <= set(PLATFORMS)


def test_telnet_is_the_same_platform() -> None:
    assert platform("cisco_ios_telnet") is PLATFORMS["cisco_ios"]
    assert platform(None) is None
    assert platform("ciena_saos") is None
