"""The wheel ships every package under its own name, and nothing beside them."""

import subprocess
import sys
import zipfile
from importlib.metadata import entry_points
from pathlib import Path, PurePosixPath

import pytest

REPOSITORY = Path(__file__).parents[2]
SOURCE_ROOTS = ("core", "plugins/*", "adapters/*")


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return frozenset(archive.namelist())


def source_packages() -> dict[str, Path]:
    return {
        package.name: package
        for root in SOURCE_ROOTS
        for package in REPOSITORY.glob(f"{root}/*")
        if (package / "__init__.py").is_file()
    }


def test_every_source_file_is_in_the_wheel(wheel_names: frozenset[str]) -> None:
    sources = {
        f"{name}/{path.relative_to(package).as_posix()}"
        for name, package in source_packages().items()
        for path in package.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and path.suffix != ".md"
    }
    assert sources
    assert sources <= wheel_names


def test_nothing_else_is_in_the_wheel(wheel_names: frozenset[str]) -> None:
    tops = {PurePosixPath(name).parts[0] for name in wheel_names}
    metadata = {top for top in tops if top.endswith(".dist-info")}
    assert len(metadata) == 1
    assert tops - metadata == set(source_packages())


@pytest.mark.parametrize("name", sorted(source_packages()))
def test_every_package_is_typed(name: str, wheel_names: frozenset[str]) -> None:
    assert f"{name}/py.typed" in wheel_names


def test_the_default_configuration_is_in_the_wheel(wheel_names: frozenset[str]) -> None:
    assert "photomill/config/default.toml" in wheel_names


def test_the_file_at_the_root_is_the_default_configuration() -> None:
    root = REPOSITORY / "plugins.toml"
    assert root.resolve() == REPOSITORY / "core/photomill/config/default.toml"


def test_every_bundled_plugin_has_an_entry_point_that_loads() -> None:
    entries = {entry.value: entry for entry in entry_points(group="photomill")}
    bundled = {
        name
        for name, package in source_packages().items()
        if "plugins" in package.relative_to(REPOSITORY).parts
    }
    providers = {name for name in bundled if _registers(source_packages()[name])}
    assert providers <= set(entries)
    for name in sorted(providers):
        assert entries[name].load().__name__ == name


def _registers(package: Path) -> bool:
    return "@hookimpl" in (package / "__init__.py").read_text(encoding="utf-8")
