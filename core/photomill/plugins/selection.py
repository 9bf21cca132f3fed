"""From the names in ``plugins.toml`` to component classes and their options."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from attrs import frozen

from photomill.components import Component
from photomill.config.settings import ComponentSettings, Settings, StorageSettings
from photomill.config.structure import structure
from photomill.config.wording import suggest_name
from photomill.errors import ConfigError, PluginUnavailable, Problem
from photomill.plugins.discovery import Plugin
from photomill.plugins.families import FAMILIES
from photomill.plugins.hooks import Hooks
from photomill.plugins.listing import offered_components
from photomill.plugins.offers import Offer


@frozen
class Choice:
    """What stands under an instance's name.

    :ivar options: an instance of the component's ``Options``.
    :ivar unavailable: why it cannot be used here; empty if it can. ``component`` is None where its module cannot
        be imported.
    """

    family: str
    instance: str
    component: type[Component] | None
    options: Any
    unavailable: str = ""

    @property
    def path(self) -> str:
        return f"{self.family}.{self.instance}"

    def usable(self) -> type[Component]:
        """Return the component's class.

        :raises PluginUnavailable: it cannot be used here.
        """
        if self.component is None or self.unavailable:
            raise PluginUnavailable(f"{self.path}: {self.unavailable}")
        return self.component


Selection = Mapping[str, Mapping[str, Choice]]
"""Every choice of the settings, by family and instance."""


def select(settings: Settings, plugins: Sequence[Plugin], hooks: Hooks) -> Selection:
    """Load the plugins that the settings name, and structure the options of every instance.

    :raises ConfigError: with every wrong name and option there is.
    :raises PluginError: a plugin breaks its contract.
    """
    selector = _Selector(settings, plugins, hooks)
    for name in settings.photomill.plugins:
        selector.observe(name)
    for key, use, built_in in (
        ("bucket", settings.storage.bucket, StorageSettings().bucket),
        ("folder", settings.storage.folder, StorageSettings().folder),
    ):
        # The built-in ones are looked for when a storage is registered.
        if use != built_in:
            with suppress(PluginUnavailable):
                selector.check_use(f"storage.{key}", "storages", use)
    choices = {
        family: {
            instance: choice
            for instance, wanted in getattr(settings, family).items()
            if (choice := selector.choose(family, instance, wanted)) is not None
        }
        for family in FAMILIES
    }
    if selector.problems:
        raise ConfigError(selector.problems)
    return choices


def choose(
    settings: Settings,
    plugins: Sequence[Plugin],
    hooks: Hooks,
    family: str,
    instance: str,
    wanted: ComponentSettings,
) -> Choice:
    """Choose one more component, which the settings do not name.

    :raises ConfigError: with every wrong name and option there is.
    :raises PluginError: a plugin breaks its contract.
    """
    selector = _Selector(settings, plugins, hooks)
    choice = selector.choose(family, instance, wanted)
    if choice is None:
        raise ConfigError(selector.problems)
    return choice


class _Selector:
    def __init__(self, settings: Settings, plugins: Sequence[Plugin], hooks: Hooks) -> None:
        self.problems: list[Problem] = []
        self._origin = settings.origin
        self._plugins = plugins
        self._hooks = hooks

    def observe(self, name: str) -> None:
        plugin = self._named("photomill.plugins", name)
        if plugin is not None:
            self._hooks.load(plugin)

    def choose(self, family: str, instance: str, wanted: ComponentSettings) -> Choice | None:
        path = f"{family}.{instance}"
        try:
            offer = self.check_use(f"{path}.use", family, wanted.use)
        except PluginUnavailable as error:
            return Choice(family, instance, None, None, str(error))
        if offer is None:
            return None
        try:
            options: Any = structure(wanted.options, offer.component.Options, f"{path}.options")
        except ConfigError as error:
            for problem in error.problems:
                # What was left out for a mistake is not missing.
                if not self._origin.is_mistaken(problem.path):
                    self._refuse(problem.path, problem.message)
            return None
        return Choice(family, instance, offer.component, options, offer.unavailable)

    def check_use(self, path: str, family: str, use: str) -> Offer | None:
        """Find what ``use`` chooses; None where that is a mistake, which is among the problems then.

        :raises PluginUnavailable: the plugin's module cannot be imported.
        """
        entry, _, component = use.partition(":")
        plugin = self._named(path, entry, family)
        if plugin is None:
            return None
        offers = self._hooks.load(plugin)
        return self._offered(path, offers, family, plugin, component or entry)

    def _named(self, path: str, name: str, family: str = "") -> Plugin | None:
        found = [plugin for plugin in self._plugins if plugin.name == name]
        if len(found) == 1:
            return found[0]
        if found:
            owners = " and ".join(plugin.owner for plugin in found)
            self._refuse(path, f"two plugins are called {name!r}: {owners}; uninstall one")
        else:
            self._refuse(path, f"no plugin {name!r} is installed; {self._meant(name, family)}")
        return None

    def _offered(
        self, path: str, offers: Sequence[Offer], family: str, plugin: Plugin, name: str
    ) -> Offer | None:
        for offer in offers:
            if offer.family == family and offer.name == name:
                return offer
        here = [offer.use for offer in offers if offer.family == family]
        hint = suggest_name(f"{plugin.name}:{name}", here) or f"it offers no {family}"
        self._refuse(path, f"plugin {plugin.name!r} offers no {name!r} in {family}; {hint}")
        return None

    def _meant(self, name: str, family: str) -> str:
        """Look into every installed plugin for a component of that name; only when one was misnamed."""
        for use, component in offered_components(self._plugins).get(family, []):
            if component.name == name:
                return f"did you mean {use!r}?"
        return suggest_name(name, {plugin.name for plugin in self._plugins})

    def _refuse(self, path: str, message: str) -> None:
        self.problems.append(Problem(self._origin.locate(path), message))
