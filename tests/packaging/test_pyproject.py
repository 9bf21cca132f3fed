"""``pyproject.toml`` names every package wherever it lists packages, and every source root wherever it lists roots."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
ROOTS = {
    root.relative_to(REPOSITORY).as_posix()
    for pattern in ("core", "plugins/*", "adapters/*")
    for root in REPOSITORY.glob(pattern)
    if any(root.glob("*/__init__.py"))
}
PACKAGES = {
    path.parent.name: path.parent
    for root in ROOTS
    for path in REPOSITORY.glob(f"{root}/*/__init__.py")
}
PLUGINS = {name for name, path in PACKAGES.items() if path.is_relative_to(REPOSITORY / "plugins")}
TOOLS = PROJECT["tool"]
MYPY_ROOTS = [part.partition("/")[2] for part in TOOLS["mypy"]["mypy_path"].split(":")]


def contract(name: str) -> dict[str, Any]:
    (found,) = (each for each in TOOLS["importlinter"]["contracts"] if each["name"] == name)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    "listed",
    [
        TOOLS["hatch"]["build"]["targets"]["wheel"]["sources"],
        TOOLS["hatch"]["build"]["targets"]["wheel"]["dev-mode-dirs"],
        TOOLS["pytest"]["ini_options"]["pythonpath"],
        [root for root in TOOLS["ruff"]["src"] if root != "tests"],
        [root for root in MYPY_ROOTS if root not in ("benchmarks", "docs/_hooks")],
        TOOLS["pyright"]["extraPaths"],
    ],
    ids=["wheel", "editable", "pytest", "ruff", "mypy", "pyright"],
)
def test_every_tool_knows_every_source_root(listed: list[str]) -> None:
    assert set(listed) == ROOTS


def test_layers_and_coverage_hold_every_package() -> None:
    assert set(TOOLS["importlinter"]["root_packages"]) == set(PACKAGES)
    assert set(TOOLS["coverage"]["run"]["source_pkgs"]) == set(PACKAGES)


def test_the_layers_name_every_package() -> None:
    layers = contract("Adapters over plugins over core")["layers"]
    named = {
        name for layer in layers for name in layer.replace("|", ":").replace(" ", "").split(":")
    }
    assert named == set(PACKAGES)


def test_no_adapter_may_import_any_plugin() -> None:
    assert (
        set(contract("Adapters reach plugins only through the engine")["forbidden_modules"])
        == PLUGINS
    )


def test_no_other_package_may_import_onnxruntime() -> None:
    name = "One module imports onnxruntime, with its telemetry off"
    assert set(contract(name)["source_modules"]) == set(PACKAGES)
