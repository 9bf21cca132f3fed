"""Plugins: found by entry point, imported when they are named, and turned into components."""

from photomill.plugins.components import Components
from photomill.plugins.discovery import Plugin, installed_plugins
from photomill.plugins.listing import PluginInfo, list_plugins

__all__ = ["Components", "Plugin", "PluginInfo", "installed_plugins", "list_plugins"]
