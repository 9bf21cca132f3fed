"""The other adapters, found by entry point: servers to start, and tables of the configuration to check."""

from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from photomill import (
    ConfigError,
    EditRequest,
    Engine,
    InvalidInput,
    Key,
    PluginUnavailable,
    Problem,
    Settings,
    suggest_name,
)

SERVERS = "photomill.adapters"
"""Entry points to ``serve(engine, settings, on_ready=...)``."""

CONTRACTS = "photomill.edit_contracts"
"""Entry points to what reads an edit as an HTTP API's document says it: ``document -> EditRequest``."""

IMAGE_OPTIONS = "photomill.image_options"
"""Entry points to what reads the options of an image's address: ``text -> object``, raising ``InvalidInput``."""

SETTINGS = "photomill.adapter_settings"
"""Entry points to what structures the table ``[adapters.<name>]``: ``settings -> object``, raising ``ConfigError``."""


FRONT_PAGES = "photomill.front_pages"
"""Entry points to the address that people open first: ``(engine, url, key) -> str``, empty where there are no pages."""


def serve_engine(
    engine: Engine, settings: Settings, on_ready: Callable[[str], None], *, name: str = "http"
) -> None:
    """Serve an engine until SIGTERM or Ctrl-C, and let what is under way come to its end.

    :param on_ready: told the server's URL once it answers.
    :raises PluginUnavailable: no such server is installed.
    """
    servers = _installed(SERVERS)
    if name not in servers:
        raise PluginUnavailable(f"no server {name!r} is installed: no entry point in {SERVERS!r}")
    servers[name].load()(engine, settings, on_ready=on_ready)


def front_page(engine: Engine, url: str, key: Key | None = None) -> str:
    """The address that people open first; empty where no pages are served.

    :param key: whose rights the browser gets that opens it first.
    """
    found = (entry.load()(engine, url, key) for entry in _installed(FRONT_PAGES).values())
    return next((address for address in found if address), "")


def adapter_problems(settings: Settings) -> list[Problem]:
    """Every mistake in the adapters' tables."""
    installed = _installed(SETTINGS)
    problems = []
    for name in settings.adapters:
        if name not in installed:
            path = settings.origin.locate(f"adapters.{name}")
            hint = suggest_name(name, installed)
            problems.append(Problem(path, f"no such adapter is installed; {hint}"))
            continue
        try:
            installed[name].load()(settings)
        except ConfigError as error:
            problems += [
                Problem(settings.origin.locate(problem.path), problem.message)
                for problem in error.problems
                if not settings.origin.is_mistaken(problem.path)
            ]
    return problems


def check_image_options(text: str) -> None:
    """Make sure that servers take the options of images by address.

    :raises InvalidInput: a server that is installed does not take these options of an image's address.
    """
    for entry in _installed(IMAGE_OPTIONS).values() if text else ():
        entry.load()(text)


def read_contract(name: str, document: Mapping[str, Any]) -> EditRequest:
    """Read an edit as an HTTP API's document says it.

    :raises InvalidInput: no such contract is installed, or the document is none of it.
    """
    contracts = _installed(CONTRACTS)
    if name not in contracts:
        hint = suggest_name(name, contracts)
        raise InvalidInput(
            f"no contract {name!r} is installed" + (f"; {hint}" if hint else ""), path="--contract"
        )
    request: EditRequest = contracts[name].load()(document)
    return request


def http_overrides(**options: str | int | None) -> dict[str, Any]:
    """What a command's options, such as ``--port``, override in the settings."""
    return {f"adapters.http.{name}": value for name, value in options.items() if value is not None}


def _installed(group: str) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=group)}
