"""Photomill: a plugin-based engine for photographs.

What a plugin's module needs comes at once; what opens an engine is imported when it is first asked for, so that plugins
and processes of the sandbox start quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from photomill.config.load import load_settings as load_settings
    from photomill.config.settings import Settings as Settings
    from photomill.engine import Engine as Engine
    from photomill.plugins import Components as Components
    from photomill.plugins import list_plugins as list_plugins

__version__ = "0.1.0"

_LAZY = {
    "Components": "photomill.plugins",
    "Engine": "photomill.engine",
    "Settings": "photomill.config.settings",
    "list_plugins": "photomill.plugins",
    "load_settings": "photomill.config.load",
}

__all__ = [
    "Components",
    "Engine",
    "Settings",
    "__version__",
    "list_plugins",
    "load_settings",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
