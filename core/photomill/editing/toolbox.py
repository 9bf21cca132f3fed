"""The decoders, edit operations and encoders that edits are done with."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from attrs import field, frozen

from photomill.components import Component, Decoder, EditOperation, Encoder, OpenContext
from photomill.config.settings import FetchSettings
from photomill.errors import PhotomillError, PluginUnavailable, Unsupported

C = TypeVar("C", bound=Component)
_NO_FOLDER = Path("/dev/null/none")
"""A guarded process writes no files."""


@frozen
class Tool:
    """A component that the settings choose: its class, and its options."""

    instance: str
    kind: type[Component]
    options: Any


@frozen
class Tools:
    """Everything that edits may be done with, each family by falling rank. Travels to the guarded processes.

    :ivar unavailable: editors that cannot be used here, by their instance, and why.
    """

    decoders: Sequence[Tool]
    editors: Sequence[Tool]
    encoders: Sequence[Tool]
    models_dir: Path
    unavailable: dict[str, str] = field(factory=dict)

    def operations(self) -> dict[str, type[EditOperation]]:
        """The class of the highest rank, by operation."""
        best: dict[str, type[EditOperation]] = {}
        for tool in self.editors:
            kind = cast("type[EditOperation]", tool.kind)
            best.setdefault(kind.operation, kind)
        return best


def by_rank(tools: Iterable[Tool]) -> list[Tool]:
    """Sort by falling rank; equals stay as they stand."""
    return sorted(tools, key=lambda tool: -getattr(tool.kind, "rank", 0))


class Toolbox:
    """Tools opened when they are first needed. One thread at a time."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self._opened: dict[str, Component | PluginUnavailable] = {}

    def decoder(self, format: str) -> Decoder:
        """The first decoder that reads a format.

        :raises PluginUnavailable: it cannot be opened.
        """
        for tool in self.tools.decoders:
            if format in cast("type[Decoder]", tool.kind).formats:
                return cast(Decoder, self._open("decoders", tool))
        raise Unsupported(f"no decoder reads {format}")

    def encoder(self, format: str) -> Encoder:
        """The first encoder that writes a format; any for the empty one.

        :raises PluginUnavailable: it cannot be opened.
        """
        for tool in self.tools.encoders:
            if not format or format in cast("type[Encoder]", tool.kind).formats:
                return cast(Encoder, self._open("encoders", tool))
        raise Unsupported(f"no encoder writes {format or 'pictures'}")

    def engines(self, operation: str) -> list[EditOperation]:
        """What can do an operation, the best first.

        :raises PluginUnavailable: nothing can; with every reason.
        """
        found, reasons = [], []
        for tool in self.tools.editors:
            if cast("type[EditOperation]", tool.kind).operation != operation:
                continue
            try:
                found.append(cast(EditOperation, self._open("editors", tool)))
            except PluginUnavailable as error:
                reasons.append(str(error))
        if not found:
            raise PluginUnavailable(
                f"nothing here does {operation!r}: {'; '.join(reasons) or 'no plugin offers it'}"
            )
        return found

    def reasons(self) -> dict[str, str]:
        """Open every editor, and tell for those that cannot be opened why."""
        reasons = {}
        for tool in self.tools.editors:
            try:
                self._open("editors", tool)
            except PluginUnavailable as error:
                reasons[tool.instance] = str(error)
        return reasons

    def _open(self, family: str, tool: Tool) -> Component:
        path = f"{family}.{tool.instance}"
        if path not in self._opened:
            self._opened[path] = _opened(tool, path, self.tools.models_dir)
        component = self._opened[path]
        if isinstance(component, PluginUnavailable):
            raise component
        return component


def _opened(tool: Tool, path: str, models_dir: Path) -> Component | PluginUnavailable:
    component = tool.kind(tool.options)
    context = OpenContext(
        instance=tool.instance,
        cache_dir=_NO_FOLDER,
        fetch=FetchSettings(),
        models_dir=models_dir,
        logger=logging.getLogger(f"photomill.{path}"),
    )
    try:
        component.open(context)
    except PluginUnavailable as error:
        return error
    except (PhotomillError, OSError, ImportError, ValueError) as error:
        return PluginUnavailable(f"{path} cannot be opened: {type(error).__name__}: {error}")
    return component
