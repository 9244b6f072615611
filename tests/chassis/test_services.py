"""How a service is found by its name: by an entry point, or by where it stands in a source tree."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from netraven_chassis import services

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture(autouse=True)
def samples_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SAMPLES))


def install(folder: Path, line: str) -> None:
    """What a distribution leaves beside its package when it is installed."""
    info = folder / "netraven_sample-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: netraven-sample\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[netraven.services]\n{line}\n")


def test_a_service_is_found_by_the_module_that_bears_its_name() -> None:
    assert services.find("echo").name == "echo"


def test_an_installed_service_is_found_by_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "parrot = netraven_echo.service:EchoService")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert services.find("parrot").__name__ == "EchoService"
    assert "parrot" in services.installed()


@pytest.mark.parametrize("name", ["nowhere", "chassis", "../echo", "echo.service", ""])
def test_an_unknown_name_is_told_with_those_that_are_known(name: str) -> None:
    with pytest.raises(services.UnknownService, match="no service called"):
        services.find(name)


def test_a_service_whose_module_fails_tells_its_own_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netraven_broken").mkdir()
    (tmp_path / "netraven_broken" / "__init__.py").touch()
    (tmp_path / "netraven_broken" / "service.py").write_text("import no_such_module\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        services.find("broken")
    sys.modules.pop("netraven_broken", None)
