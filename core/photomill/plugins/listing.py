"""What is installed, what is chosen, and why a part cannot be used: ``photomill plugins``."""

from collections.abc import Sequence

from attrs import frozen

from photomill.components import Component
from photomill.config.settings import Settings
from photomill.errors import PluginError
from photomill.plugins.discovery import Plugin, installed_plugins
from photomill.plugins.families import FAMILIES
from photomill.plugins.hooks import Hooks
from photomill.plugins.offers import Offer


@frozen
class ComponentInfo:
    """A component that a plugin offers.

    :ivar use: what ``plugins.toml`` says to choose it.
    :ivar instances: the instances that chose it.
    :ivar unavailable: why it cannot be opened here; empty if it can.
    """

    family: str
    name: str
    use: str
    instances: tuple[str, ...] = ()
    unavailable: str = ""


@frozen
class PluginInfo:
    """An installed plugin.

    :ivar entry_point: its name in the group ``photomill``.
    :ivar loaded: the settings name it, so the engine imports it.
    :ivar unavailable: why it cannot be loaded; empty if it can.
    """

    entry_point: str
    distribution: str
    version: str
    module: str
    loaded: bool
    components: tuple[ComponentInfo, ...] = ()
    unavailable: str = ""


def list_plugins(settings: Settings, plugins: Sequence[Plugin] | None = None) -> list[PluginInfo]:
    """Describe every installed plugin. Imports the plugins' modules, but opens no component.

    :param plugins: what to describe; None takes what is installed.
    """
    found = installed_plugins() if plugins is None else plugins
    chosen = _instances_by_use(settings)
    return [_describe(plugin, settings, chosen) for plugin in found]


def offered_components(
    plugins: Sequence[Plugin] | None = None,
) -> dict[str, list[tuple[str, type[Component]]]]:
    """Return for each family what ``use =`` may say and the class that it chooses; plugins that fail are left out.

    :param plugins: what to look into; None takes what is installed.
    """
    found: dict[str, list[tuple[str, type[Component]]]] = {}
    for plugin in installed_plugins() if plugins is None else plugins:
        for offer in _offers(plugin)[0]:
            found.setdefault(offer.family, []).append((offer.use, offer.component))
    return found


def _offers(plugin: Plugin) -> tuple[list[Offer], str]:
    """Ask one plugin by itself: what it offers, or why it cannot."""
    try:
        return Hooks().load(plugin), ""
    except PluginError as error:
        return [], str(error)


def _describe(
    plugin: Plugin, settings: Settings, chosen: dict[tuple[str, str], list[str]]
) -> PluginInfo:
    names = {use.partition(":")[0] for _, use in chosen} | set(settings.photomill.plugins)
    offers, unavailable = _offers(plugin)
    return PluginInfo(
        plugin.name,
        plugin.distribution,
        plugin.version,
        plugin.module,
        plugin.name in names,
        tuple(_component(offer, chosen) for offer in offers),
        unavailable,
    )


def _component(offer: Offer, chosen: dict[tuple[str, str], list[str]]) -> ComponentInfo:
    instances = chosen.get((offer.family, f"{offer.plugin.name}:{offer.name}"), [])
    return ComponentInfo(offer.family, offer.name, offer.use, tuple(instances), offer.unavailable)


def _instances_by_use(settings: Settings) -> dict[tuple[str, str], list[str]]:
    """Instances by family and the long form of what they use."""
    found: dict[tuple[str, str], list[str]] = {}
    for family in FAMILIES:
        for instance, wanted in getattr(settings, family).items():
            use = wanted.use if ":" in wanted.use else f"{wanted.use}:{wanted.use}"
            found.setdefault((family, use), []).append(instance)
    return found
