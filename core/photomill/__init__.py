"""Photomill: a plugin-based engine for photographs."""

from photomill.hookspecs import hookimpl

__version__ = "0.1.0"

__all__ = ["__version__", "hookimpl"]
