"""Starting servers, which adapters offer by entry point."""

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from photomill.config.settings import Settings
from photomill.engine import Engine
from photomill.errors import PluginUnavailable

GROUP = "photomill.adapters"


def serve_engine(
    engine: Engine, settings: Settings, on_ready: Callable[[str], None], *, name: str = "http"
) -> None:
    """Serve an engine until SIGTERM or Ctrl-C, and let what is under way come to its end.

    :param on_ready: told the server's URL once it answers.
    :raises PluginUnavailable: no such server is installed.
    """
    server = _server(name)
    server(engine, settings, on_ready=on_ready)


def _server(name: str) -> Callable[..., Any]:
    found = entry_points(group=GROUP, name=name)
    if not found:
        raise PluginUnavailable(f"no server {name!r} is installed: no entry point in {GROUP!r}")
    server: Callable[..., Any] = next(iter(found)).load()
    return server


def http_overrides(host: str | None, port: int | None) -> dict[str, Any]:
    """What ``--host`` and ``--port`` override in the settings."""
    chosen = {"adapters.http.host": host, "adapters.http.port": port}
    return {path: value for path, value in chosen.items() if value is not None}
