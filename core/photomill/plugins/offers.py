"""What a plugin's hooks return, and whether it may be used."""

import inspect
import re
from importlib.util import find_spec
from typing import Any

import attrs
from attrs import frozen

from photomill.components import Component
from photomill.errors import PluginError
from photomill.plugins.discovery import Plugin
from photomill.plugins.families import API_VERSION, OLDEST_API, Family

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@frozen
class Offer:
    """A component class that a plugin offers."""

    family: str
    component: type[Component]
    plugin: Plugin

    @property
    def name(self) -> str:
        return self.component.name

    @property
    def use(self) -> str:
        """What ``plugins.toml`` says to choose it."""
        return self.name if self.name == self.plugin.name else f"{self.plugin.name}:{self.name}"

    @property
    def unavailable(self) -> str:
        """Why the component cannot be opened here; empty if it can."""
        missing = [library for library in self.component.requires if not _is_installed(library)]
        if not missing:
            return ""
        extra = self.component.extra or " ".join(missing)
        return f"needs {', '.join(missing)}: pip install '{extra}'"


def checked_offers(family: Family, plugin: Plugin, returned: list[Any]) -> list[Offer]:
    """Check what the functions of one plugin for one hook returned.

    :param returned: one value for each function.
    :raises PluginError: it is no list of classes of the family, or a class is not complete.
    """
    offers = []
    for value in returned:
        if not isinstance(value, list | tuple):
            raise _error(family, plugin, f"returned {_words(value)}, expected a list of classes")
        offers += [
            Offer(family.name, _checked_class(family, plugin, each), plugin) for each in value
        ]
    return offers


def _checked_class(family: Family, plugin: Plugin, value: object) -> type[Component]:
    if isinstance(value, Component):
        kind = type(value).__name__
        raise _error(
            family, plugin, f"returned an instance; return the class: [{kind}], not [{kind}()]"
        )
    if not isinstance(value, type):
        raise _error(family, plugin, f"returned {_words(value)} in its list, expected a class")
    if not issubclass(value, family.base):
        raise _error(
            family,
            plugin,
            f"returned {value.__name__}, which does not derive from {family.base.__name__}",
        )
    problem = _incomplete(value)
    if problem:
        raise _error(family, plugin, f"returned {value.__name__}, {problem}")
    return value


def _incomplete(component: type[Component]) -> str:
    """Say what a class lacks; empty if nothing."""
    name = getattr(component, "name", None)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return f"whose name is {name!r}, expected [a-z][a-z0-9_]*"
    if not OLDEST_API <= component.api <= API_VERSION:
        return (
            f"written for version {component.api} of the plugin interface; "
            f"this Photomill speaks {OLDEST_API} to {API_VERSION}"
        )
    missing = sorted(getattr(component, "__abstractmethods__", ()))
    if missing:
        return f"which lacks {', '.join(missing)}"
    if not inspect.isclass(component.Options) or not attrs.has(component.Options):
        return f"whose Options is {_words(component.Options)}, expected an attrs class"
    return ""


def _error(family: Family, plugin: Plugin, message: str) -> PluginError:
    return PluginError(f"plugin {plugin.name!r} of {plugin.owner}: {family.hook}() {message}")


def _words(value: object) -> str:
    return "nothing" if value is None else f"{type(value).__name__} {value!r:.60}"


def _is_installed(library: str) -> bool:
    try:
        return find_spec(library) is not None
    except ModuleNotFoundError:
        # The package around it is missing.
        return False
