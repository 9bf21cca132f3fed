"""Components without the machine: no installed plugin, no file and no environment is looked at."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import attrs

from photomill.components import Component, OpenContext
from photomill.config.settings import FetchSettings, Settings
from photomill.config.structure import structure
from photomill.hookspecs import hookimpl
from photomill.plugins import Components, Plugin
from photomill.plugins.families import FAMILIES

C = TypeVar("C", bound=Component)


def plugin_of(part: ModuleType | type[Component], name: str = "", *, owner: str = "") -> Plugin:
    """Make a plugin of a module with hook functions, or of a single component class.

    :param name: of its entry point; by default the component's name or the module's.
    :param owner: the distribution that messages name.
    """
    if isinstance(part, ModuleType):
        return Plugin(name or part.__name__.rpartition(".")[2], part.__name__, lambda: part, owner)
    offering = _module_offering(part)
    return Plugin(name or part.name, part.__module__, lambda: offering, owner)


@contextmanager
def load_components(
    *parts: ModuleType | type[Component] | Plugin,
    tables: Mapping[str, Any],
    data_dir: Path,
) -> Iterator[Components]:
    """Load components from these plugins only, and close them at the end.

    :param tables: what ``plugins.toml`` would say: ``{"embedders": {"main": {"use": "palette"}}}``.
    :raises ConfigError: the tables are wrong.
    """
    plugins = [part if isinstance(part, Plugin) else plugin_of(part) for part in parts]
    settings = structure(dict(tables), Settings)
    settings = attrs.evolve(
        settings, photomill=attrs.evolve(settings.photomill, data_dir=str(data_dir))
    )
    with Components.load(settings, plugins) as components:
        yield components


@contextmanager
def open_component(
    component: type[C],
    options: Mapping[str, Any] | None = None,
    *,
    cache_dir: Path,
    models_dir: Path | None = None,
    data_dir: Path | None = None,
) -> Iterator[C]:
    """Open one component with options as ``plugins.toml`` would say them, and close it at the end.

    :raises ConfigError: the options are wrong.
    """
    structured: Any = structure(dict(options or {}), component.Options, f"{component.name}.options")
    opened = component(structured)
    context = OpenContext(
        component.name, cache_dir, FetchSettings(), models_dir=models_dir, data_dir=data_dir
    )
    try:
        opened.check_models(context)
        opened.open(context)
        yield opened
    finally:
        opened.close()


def _module_offering(component: type[Component]) -> ModuleType:
    """Stand in for a plugin's module with one hook function."""

    def offer() -> list[type[Component]]:
        return [component]

    hook = FAMILIES[component.family].hook
    module = ModuleType(component.__module__)
    setattr(module, hook, hookimpl(offer))
    return module
