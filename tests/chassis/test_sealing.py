"""Sealed secrets: opened by the one key only, and keys that come from where the settings say."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netraven_chassis import sealing
from netraven_chassis.sealing import PrivateKey, PublicKey, SealBroken
from netraven_chassis.setting import SettingsError


def test_what_the_public_key_seals_the_private_one_opens() -> None:
    key = sealing.make()
    sealed = key.public.seal(b'{"password":"hunter2"}')
    assert "hunter2" not in sealed
    assert key.open(sealed) == b'{"password":"hunter2"}'


def test_the_same_secret_is_never_sealed_the_same() -> None:
    public = sealing.make().public
    assert public.seal(b"x") != public.seal(b"x")


def test_another_key_opens_nothing() -> None:
    with pytest.raises(SealBroken):
        sealing.make().open(sealing.make().public.seal(b"x"))


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "a.b.c.d.e", "…"])
def test_what_is_not_sealed_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(SealBroken) as caught:
        sealing.make().public.check(text)
    assert not text or text not in str(caught.value)


def test_what_is_sealed_for_another_key_or_in_another_way_is_refused() -> None:
    from joserfc import jwe, jwk

    key = sealing.make()
    with pytest.raises(SealBroken, match="another key"):
        key.public.check(sealing.make().public.seal(b"x"))
    weak = jwe.encrypt_compact(
        {"alg": "dir", "enc": "A256GCM"}, b"x", jwk.OctKey.generate_key(256), algorithms=["dir", "A256GCM"]
    )
    with pytest.raises(SealBroken, match="must be sealed with"):
        key.public.check(weak)
    key.public.check(key.public.seal(b"x"))


def test_the_public_document_says_nothing_private() -> None:
    key = sealing.make()
    assert set(key.public.document) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert key.document()["d"] not in repr(key)
    assert PublicKey(key.public.document).kid == key.public.kid


def test_a_first_start_makes_a_key_for_its_owner_alone(
    tmp_path: Path, settings_for: Callable[..., Any]
) -> None:
    settings = settings_for(NETRAVEN_DATA=str(tmp_path / "data"))
    first = sealing.private_key(settings)
    path = tmp_path / "data" / "secret-key.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sealing.private_key(settings).public.kid == first.public.kid == sealing.public_key(settings).kid


@pytest.mark.parametrize("text", ["nonsense", "{}", '{"kty":"oct","k":"AA"}', "[]"])
def test_a_key_that_is_none_is_a_clear_error_that_does_not_show_it(
    tmp_path: Path, settings_for: Callable[..., Any], text: str
) -> None:
    path = tmp_path / "key.json"
    path.write_text(text)
    for given in ({"NETRAVEN_SECRET_KEY": text}, {"NETRAVEN_SECRET_KEY_FILE": str(path)}):
        with pytest.raises(SettingsError) as caught:
            sealing.private_key(settings_for(**given))
        assert next(iter(given)) in str(caught.value)
        assert "nonsense" not in str(caught.value)


def test_a_missing_file_and_a_public_key_in_the_private_ones_place_are_told(
    tmp_path: Path, settings_for: Callable[..., Any]
) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        sealing.private_key(settings_for(NETRAVEN_SECRET_KEY_FILE=str(tmp_path / "none")))
    public = json.dumps(sealing.make().public.document)
    with pytest.raises(SettingsError, match="public key"):
        sealing.private_key(settings_for(NETRAVEN_SECRET_KEY=public))


def test_whoever_only_seals_needs_the_public_key_alone(
    tmp_path: Path, settings_for: Callable[..., Any]
) -> None:
    key = sealing.make()
    path = tmp_path / "public.json"
    path.write_text(json.dumps(key.public.document))
    settings = settings_for(NETRAVEN_PUBLIC_KEY_FILE=str(path), NETRAVEN_DATA=str(tmp_path / "data"))
    assert sealing.public_key(settings).kid == key.public.kid
    assert not (tmp_path / "data").exists()
    assert PrivateKey(key.document()).open(sealing.public_key(settings).seal(b"x")) == b"x"


@pytest.mark.parametrize("place", [1, 2, 4])
def test_a_seal_with_a_part_that_cannot_be_is_none(place: int) -> None:
    key = sealing.make()
    parts = key.public.seal(b"x").split(".")
    for wrong in ("hunter2", "hünter2", "", "AAAA" * 30):
        with pytest.raises(SealBroken) as error:
            key.public.check(".".join([*parts[:place], wrong, *parts[place + 1 :]]))
        assert "nter2" not in str(error.value)


def test_a_key_file_that_changes_is_read_again_and_one_that_breaks_is_not_followed(
    tmp_path: Path, settings_for: Callable[..., Any]
) -> None:
    path, public = tmp_path / "key.json", tmp_path / "public.json"
    first, second = sealing.make(), sealing.make()
    path.write_text(json.dumps(first.document()))
    ring = sealing.private_key(settings_for(NETRAVEN_SECRET_KEY_FILE=str(path)))
    seals = sealing.public_key(settings_for(NETRAVEN_SECRET_KEY_FILE=str(path)))
    old = seals.seal(b"x")
    ring.replace([second, first])
    assert seals.kid == second.public.kid == seals.document["kid"]
    seals.check(seals.seal(b"y"))
    assert (ring.open(old), ring.open(seals.seal(b"y"))) == (b"x", b"y")
    path.write_text("{")
    assert seals.kid == second.public.kid
    path.unlink()
    assert ring.open(old) == b"x"
    public.write_text(json.dumps(dict(first.public.document)))
    alone = sealing.public_key(settings_for(NETRAVEN_PUBLIC_KEY_FILE=str(public)))
    public.write_text(json.dumps(dict(second.public.document)))
    assert alone.kid == second.public.kid
    with pytest.raises(SealBroken, match="another key"):
        alone.check(old)


def test_a_set_of_no_keys_is_no_key(settings_for: Callable[..., Any]) -> None:
    for text in ('{"keys": []}', '{"keys": 1}', '{"keys": [{}]}'):
        with pytest.raises(SettingsError):
            sealing.private_key(settings_for(NETRAVEN_SECRET_KEY=text))
