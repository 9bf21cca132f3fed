"""What is installed, what is chosen, and why a part cannot be used: ``photomill plugins``."""

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from photomill.components import Component
from photomill.config.settings import Settings
from photomill.config.structure import structure
from photomill.errors import ConfigError, PluginError
from photomill.plugins.discovery import Plugin, installed_plugins
from photomill.plugins.families import FAMILIES
from photomill.plugins.hooks import Hooks
from photomill.plugins.offers import Offer
from photomill.plugins.opening import find_missing_models


@frozen
class ComponentInfo:
    """A component that a plugin offers.

    :ivar use: what ``plugins.toml`` says to choose it.
    :ivar instances: the instances that chose it.
    :ivar unavailable: why it cannot be opened here, for want of a library or a model; empty if it can.
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
        tuple(_component(offer, settings, chosen) for offer in offers),
        unavailable,
    )


def _component(
    offer: Offer, settings: Settings, chosen: dict[tuple[str, str], list[str]]
) -> ComponentInfo:
    instances = chosen.get((offer.family, f"{offer.plugin.name}:{offer.name}"), [])
    unavailable = offer.unavailable or _missing_models(offer, settings, instances)
    return ComponentInfo(offer.family, offer.name, offer.use, tuple(instances), unavailable)


def _missing_models(offer: Offer, settings: Settings, instances: Sequence[str]) -> str:
    """What its instances lack, each thing once; of one that nobody chose, what it would lack as it is."""
    configured = getattr(settings, offer.family)
    given = {each: configured[each].options for each in instances} or {offer.name: {}}
    reasons = []
    for instance, options in given.items():
        try:
            structured: Any = structure(options, offer.component.Options, instance)
        except ConfigError:
            # Whoever chooses it is told by the check of the configuration.
            continue
        reasons.append(find_missing_models(settings, instance, offer.component, structured))
    return "; ".join(dict.fromkeys(filter(None, reasons)))


def _instances_by_use(settings: Settings) -> dict[tuple[str, str], list[str]]:
    """Instances by family and the long form of what they use."""
    found: dict[tuple[str, str], list[str]] = {}
    for family in FAMILIES:
        for instance, wanted in getattr(settings, family).items():
            use = wanted.use if ":" in wanted.use else f"{wanted.use}:{wanted.use}"
            found.setdefault((family, use), []).append(instance)
    return found
