"""What ``photomill plugins`` and ``photomill config schema`` say, without loading anything heavy."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from photomill.components import Executor, Model, ModelFile, OpenContext, Package
from photomill.config.load import load_settings, settings_tree
from photomill.config.settings import ComponentSettings, GeneralSettings, Settings
from photomill.errors import PluginUnavailable
from photomill.plugins import Plugin, installed_plugins, list_plugins, offered_components
from photomill.plugins.opening import open_context
from photomill.plugins.schema import settings_schema
from photomill.testing import plugin_of

HEAVY = ("torch", "faiss", "nmslib", "onnxruntime", "pyvips", "open_clip")

MakeModule = Callable[..., ModuleType]
MakeClass = Callable[..., type[Executor]]


def run_python(code: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    return json.loads(done.stdout)


def test_listing_entry_points_imports_no_plugin() -> None:
    names, imported = run_python(
        "import json, sys; from photomill.plugins import installed_plugins;"
        "found = installed_plugins();"
        "imported = [plugin.module for plugin in found if plugin.module in sys.modules];"
        "print(json.dumps([[plugin.name for plugin in found], imported]))"
    )
    assert {"workers", "mongo", "faiss"} <= set(names)
    assert imported == []


def test_describing_plugins_imports_no_heavy_library() -> None:
    loaded = run_python(
        "import json, sys; from photomill import list_plugins, load_settings;"
        "list_plugins(load_settings(environ={}));"
        f"print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    )
    assert loaded == []


def test_bundled_plugins_say_where_they_come_from() -> None:
    workers = next(plugin for plugin in installed_plugins() if plugin.name == "workers")
    assert workers.distribution == "photomill"
    assert workers.module == "photomill_workers"
    assert workers.owner.startswith("photomill ")


def test_a_plugin_is_described_with_its_components_and_their_instances(
    offering: MakeModule, executor_class: MakeClass
) -> None:
    clever = executor_class("clever", requires=("no_such_library",), extra="third-party[clever]")
    cluster = plugin_of(offering(executor_class("safe"), clever), "cluster", owner="third-party")
    settings = Settings(
        executors={
            "main": ComponentSettings("cluster:safe"),
            "b": ComponentSettings("cluster:safe"),
        }
    )
    (found,) = list_plugins(settings, [cluster])
    assert (found.entry_point, found.distribution, found.loaded) == ("cluster", "third-party", True)
    safe, other = found.components
    assert (safe.use, safe.instances, safe.unavailable) == ("cluster:safe", ("main", "b"), "")
    assert other.instances == ()
    assert other.unavailable == "needs no_such_library: pip install 'third-party[clever]'"


def test_a_plugin_that_cannot_be_imported_is_described_with_the_reason() -> None:
    def load() -> object:
        raise ImportError("no module named 'fancy'")

    (found,) = list_plugins(Settings(), [Plugin("fancy", "fancy_plugin", load)])
    assert "no module named 'fancy'" in found.unavailable
    assert found.components == ()
    assert not found.loaded


def test_a_plugin_that_only_observes_is_loaded_when_it_is_named(module_with: MakeModule) -> None:
    settings = Settings(photomill=GeneralSettings(plugins=("statistics",)))
    (found,) = list_plugins(settings, [plugin_of(module_with(), "statistics")])
    assert found.loaded


# ---------------------------------------------------------------- schema


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    found = settings_schema(offered_components())
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


def test_the_built_in_configuration_is_valid(schema: Draft202012Validator) -> None:
    tree = json.loads(json.dumps(settings_tree(load_settings(environ={}))))
    assert [error.message for error in schema.iter_errors(tree)] == []


@pytest.mark.parametrize(
    "tree",
    [
        {"fech": {}},
        {"fetch": {"allow": "10.0.0.0/8"}},
        {"fetch": {"alow": []}},
        {"executors": {"main": {}}},
        {"executors": {"main": {"use": "wrokers"}}},
        {"executors": {"main": {"use": "workers", "options": {"threads": "4"}}}},
        {"executors": {"main": {"use": "workers", "options": {"thraeds": 4}}}},
    ],
)
def test_the_schema_finds_what_loading_refuses(
    schema: Draft202012Validator, tree: dict[str, Any]
) -> None:
    assert not schema.is_valid(tree)


def test_every_key_is_explained(schema: Draft202012Validator) -> None:
    definition = schema.schema["$defs"]["FetchSettings"]
    assert all(each["description"] for each in definition["properties"].values())


# ---------------------------------------------------------------- models

TINY = Model(
    "tiny", "x", "MIT", Package("tiny", "1"), (ModelFile("net.onnx", "net.onnx", 1, "0" * 64),)
)
FREE = Model("free", "x", "MIT", source="https://example.org")


def _settings(tmp_path: Path, **families: Any) -> Settings:
    return Settings(photomill=GeneralSettings(data_dir=str(tmp_path)), **families)


def test_models_that_are_missing_are_named_until_they_are_there(
    offering: MakeModule, executor_class: MakeClass, tmp_path: Path
) -> None:
    plugin = plugin_of(offering(executor_class("clever", models=(TINY, FREE))), "cluster")
    for settings in (
        _settings(tmp_path),
        _settings(tmp_path, executors={"main": ComponentSettings("cluster:clever")}),
    ):
        ((component,),) = (found.components for found in list_plugins(settings, [plugin]))
        assert component.unavailable == (
            "no models 'tiny' and 'free' here; run: photomill models add tiny; it is in no registry package: "
            "download free.onnx (https://example.org), and run: photomill models add free --from free.onnx"
        )
    for name in ("tiny/net.onnx", "free/free.onnx"):
        (tmp_path / "models" / name).parent.mkdir(parents=True)
        (tmp_path / "models" / name).touch()
    ((component,),) = (found.components for found in list_plugins(settings, [plugin]))
    assert component.unavailable == ""


def test_a_part_that_cannot_be_asked_for_its_models_says_so(
    offering: MakeModule, executor_class: MakeClass, tmp_path: Path
) -> None:
    def check_models(self: Executor, context: OpenContext) -> None:
        raise OSError("broken")

    broken = executor_class("broken", check_models=check_models)
    plugin = plugin_of(offering(broken, executor_class("safe")), "cluster")
    (found,) = list_plugins(_settings(tmp_path), [plugin])
    assert [each.unavailable for each in found.components] == ["OSError: broken", ""]


BUNDLED = [
    (family, use)
    for family in ("editors", "readers", "recognisers")
    for use, _ in offered_components()[family]
]


@pytest.mark.parametrize(("family", "use"), BUNDLED, ids=[use for _, use in BUNDLED])
def test_a_bundled_part_is_listed_as_it_opens(
    family: str, use: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any model: what opens is usable, and what does not is listed with its own words."""
    monkeypatch.setenv("U2NET_HOME", str(tmp_path))
    settings = _settings(tmp_path, **{family: {"x": ComponentSettings(use)}})
    (listed,) = (
        component.unavailable
        for plugin in list_plugins(settings)
        for component in plugin.components
        if component.instances == ("x",)
    )
    kind = dict(offered_components()[family])[use]
    if listed.startswith("needs "):
        pytest.skip(listed)
    said = ""
    component: Any = kind(kind.Options())
    try:
        component.open(open_context(settings, family, "x"))
    except PluginUnavailable as error:
        said = str(error)
    finally:
        component.close()
    # One that needs several models meets the first.
    assert bool(said) == bool(listed)
    assert said == listed or "no models" in listed
