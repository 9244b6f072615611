"""Auth does not start without a key that it can sign with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netraven_auth.equipment import signing_key
from netraven_auth.signing import from_folder
from netraven_chassis import settings
from netraven_chassis.setting import SettingsError


def of(**env: str) -> Any:
    return signing_key(settings.load(env))


def test_the_file_that_is_named_is_taken(tmp_path: Path) -> None:
    made = from_folder(tmp_path / "one")
    path = str(tmp_path / "one" / "auth" / "signing-key.pem")
    assert of(NETRAVEN_AUTH_KEY_FILE=path, NETRAVEN_DATA=str(tmp_path / "other")).kid == made.kid
    assert not (tmp_path / "other").exists()


def test_without_one_the_data_folder_has_it(tmp_path: Path) -> None:
    assert of(NETRAVEN_DATA=str(tmp_path)).kid == from_folder(tmp_path).kid


def test_a_file_that_is_no_key_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text("hello")
    with pytest.raises(SettingsError, match=r"NETRAVEN_AUTH_KEY_FILE=.*openssl genpkey"):
        of(NETRAVEN_AUTH_KEY_FILE=str(path))


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")
    with pytest.raises(SettingsError, match=r"NETRAVEN_DATA=.*writable folder"):
        of(NETRAVEN_DATA=str(tmp_path / "data"))
