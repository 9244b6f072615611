"""What the client has, and what it thinks it changes."""

from __future__ import annotations

import pytest

from netraven_contracts.errors import ValidationFailed
from netraven_gateway.conditional import NO_VERSION, expected_version, is_known

TAG = '"3-0a1b2c3d"'


@pytest.mark.parametrize("header", [TAG, f"W/{TAG}", "*", f'"x", {TAG}', f'"x",W/{TAG} , "y"'])
def test_what_the_client_has_need_not_be_sent(header: str) -> None:
    assert is_known(header, TAG)


@pytest.mark.parametrize("header", [None, "", '"3-ffffffff"', "3-0a1b2c3d", "nonsense", '"'])
def test_what_it_has_not_is_sent(header: str | None) -> None:
    assert not is_known(header, TAG)


@pytest.mark.parametrize("header", [TAG, f"W/{TAG}", f"  {TAG} ", '"3-ffffffff"'])
def test_a_change_compares_the_version_alone(header: str) -> None:
    assert expected_version(header) == 3


@pytest.mark.parametrize("header", [None, "*", " * "])
def test_a_change_may_be_meant_for_any_version(header: str | None) -> None:
    assert expected_version(header) is None


@pytest.mark.parametrize("header", ['"x"', '""', '"3"', '"-3-aa"', '"99999999999999999-a"'])
def test_a_tag_that_was_never_ours_fits_no_version(header: str) -> None:
    assert expected_version(header) == NO_VERSION


@pytest.mark.parametrize(
    "header", ["", "3", "3-0a1b2c3d", '"a', 'a"', '"a" "b"', '"a",', f'{TAG}, "b"', "**"]
)
def test_what_is_no_tag_is_the_clients_mistake(header: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        expected_version(header)
    assert list(caught.value.details) == ["If-Match"]
