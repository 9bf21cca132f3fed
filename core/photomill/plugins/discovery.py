"""What plugins there are, without importing them."""

from collections.abc import Callable
from functools import cache
from importlib.metadata import Distribution, EntryPoint, entry_points

from attrs import field, frozen

GROUP = "photomill"


@frozen
class Plugin:
    """A plugin that may be loaded.

    :ivar name: of its entry point.
    :ivar module: what its entry point names.
    :ivar load: imports the module and returns it.
    """

    name: str
    module: str
    load: Callable[[], object] = field(eq=False, repr=False)
    distribution: str = ""
    version: str = ""

    @property
    def owner(self) -> str:
        """Whom to ask: distribution, version and module."""
        distribution = f"{self.distribution} {self.version}".strip()
        return f"{distribution} ({self.module})" if distribution else self.module


def installed_plugins() -> list[Plugin]:
    """List the entry points of this environment, by name."""
    described = cache(_describe)  # Each time, a distribution reads its whole description.
    found = [_plugin(entry, described) for entry in entry_points(group=GROUP)]
    return sorted(found, key=lambda plugin: (plugin.name, plugin.distribution))


def _plugin(entry: EntryPoint, described: Callable[[Distribution], tuple[str, str]]) -> Plugin:
    name, version = described(entry.dist) if entry.dist else ("", "")
    return Plugin(entry.name, entry.value, entry.load, name, version)


def _describe(distribution: Distribution) -> tuple[str, str]:
    return distribution.name, distribution.version
