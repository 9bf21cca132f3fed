"""Plugins: found by entry point, imported when they are named, and turned into components."""

from photomill.plugins.components import Components
from photomill.plugins.discovery import Plugin, installed_plugins
from photomill.plugins.listing import ComponentInfo, PluginInfo, list_plugins, offered_components

__all__ = [
    "ComponentInfo",
    "Components",
    "Plugin",
    "PluginInfo",
    "installed_plugins",
    "list_plugins",
    "offered_components",
]
