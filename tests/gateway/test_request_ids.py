"""Request ids."""

from __future__ import annotations

import pytest

from netraven_gateway.request_ids import accept


@pytest.mark.parametrize("given", ["a", "7b1f-42", "trace:1/2@host", "x" * 128])
def test_a_harmless_id_is_kept(given: str) -> None:
    assert accept(given) == given


@pytest.mark.parametrize("given", [None, "", "a b", "a\nb", '"', "x" * 129, "ü", "<b>", "a;b"])
def test_any_other_is_replaced(given: str | None) -> None:
    made = accept(given)
    assert made != given
    assert len(made) == 32
    assert made != accept(given)
