"""What plugins there are, without importing them."""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points

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
    found = [_plugin(entry) for entry in entry_points(group=GROUP)]
    return sorted(found, key=lambda plugin: (plugin.name, plugin.distribution))


def _plugin(entry: EntryPoint) -> Plugin:
    name, version = (entry.dist.name, entry.dist.version) if entry.dist else ("", "")
    return Plugin(entry.name, entry.value, entry.load, name, version)
