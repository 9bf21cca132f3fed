"""The decoders, edit operations and encoders that run in the sandbox."""

import logging
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from attrs import frozen

from photomill.components.base import Component, OpenContext
from photomill.components.decoder import Decoder
from photomill.components.editor import EditOperation
from photomill.components.encoder import Encoder
from photomill.config.settings import FetchSettings
from photomill.errors import NotConfigured, PluginUnavailable, Unsupported

K = TypeVar("K", bound=Component)


@frozen
class Tool(Generic[K]):
    """A component that the settings choose: its class, and its options.

    :ivar unavailable: why it cannot be used here; empty where nothing speaks against it.
    """

    instance: str
    kind: type[K]
    options: Any
    unavailable: str = ""


@frozen
class Tools:
    """What runs in the sandbox, each family by falling rank. Travels to its processes.

    :ivar models_dir: where weights are; None for nowhere.
    :ivar private: folders of which the sandbox may read nothing but the models.
    """

    decoders: Sequence[Tool[Decoder]]
    editors: Sequence[Tool[EditOperation]] = ()
    encoders: Sequence[Tool[Encoder]] = ()
    models_dir: Path | None = None
    private: tuple[Path, ...] = ()

    def operations(self) -> dict[str, type[EditOperation]]:
        """The class of the highest rank, by operation."""
        best: dict[str, type[EditOperation]] = {}
        for tool in self.editors:
            best.setdefault(tool.kind.operation, tool.kind)
        return best


@frozen
class Candidate:
    """An engine for an operation: opened, or with the reason why it cannot be used.

    :ivar reason: empty where it can be used.
    :ivar missed: whether somebody meant it to serve: its library or its model is missing.
    """

    instance: str
    editor: EditOperation
    reason: str = ""
    missed: bool = False

    @property
    def engine(self) -> str:
        """What answers call it."""
        return self.editor.engine or self.editor.name


def by_rank(tools: Iterable[Tool[K]]) -> list[Tool[K]]:
    """Sort by falling rank; equals stay as they stand."""
    return sorted(tools, key=lambda tool: -getattr(tool.kind, "rank", 0))


class Toolbox:
    """Tools opened when they are first needed. One thread at a time.

    They stay open while models come and go, until :meth:`refresh`.
    """

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self._opened: dict[str, Component | PluginUnavailable] = {}
        self._models = _changed_at(tools.models_dir)

    def refresh(self) -> None:
        """Close everything where models came or went since: what is needed next is opened with those that are there now.

        To be called between images, as what an image is worked on with stays in use until the end.
        """
        changed = _changed_at(self.tools.models_dir)
        if changed == self._models:
            return
        self._models = changed
        opened, self._opened = self._opened, {}
        for component in opened.values():
            if isinstance(component, Component):
                component.close()

    def open_decoders(self) -> None:
        """Open every decoder now, so that the first image waits for none."""
        for tool in self.tools.decoders:
            with suppress(PluginUnavailable):
                self._open("decoders", tool)

    def decoder(self, format: str) -> Decoder:
        """The first decoder that reads a format.

        :raises PluginUnavailable: it cannot be opened.
        """
        for tool in self.tools.decoders:
            if format in tool.kind.formats:
                return self._open("decoders", tool)
        raise Unsupported(f"no decoder reads {format}")

    def decoders(self, format: str) -> Iterator[Decoder]:
        """What reads a format and can be used, the best first."""
        for tool in self.tools.decoders:
            if format in tool.kind.formats:
                with suppress(PluginUnavailable):
                    yield self._open("decoders", tool)

    def encoder(self, format: str) -> Encoder:
        """The first encoder that writes a format; any for the empty one.

        :raises PluginUnavailable: it cannot be opened.
        """
        for tool in self.tools.encoders:
            if not format or format in tool.kind.formats:
                return self._open("encoders", tool)
        raise Unsupported(f"no encoder writes {format or 'images'}")

    def thumbnailer(self) -> Encoder | None:
        """The first encoder that makes thumbnails; None where none is configured.

        :raises PluginUnavailable: it cannot be opened.
        """
        for tool in self.tools.encoders:
            if tool.kind.makes_thumbnails:
                return self._open("encoders", tool)
        return None

    def candidates(self, operation: str) -> list[Candidate]:
        """Everything that is meant to do an operation, the best first, whether it can be used here or not."""
        return [
            self._candidate(tool) for tool in self.tools.editors if tool.kind.operation == operation
        ]

    def all_candidates(self) -> list[Candidate]:
        """The candidates of every operation, by falling rank."""
        return [self._candidate(tool) for tool in self.tools.editors]

    def _candidate(self, tool: Tool[EditOperation]) -> Candidate:
        try:
            return Candidate(tool.instance, self._open("editors", tool))
        except PluginUnavailable as error:
            missed = not isinstance(error, NotConfigured)
            return Candidate(tool.instance, tool.kind(tool.options), str(error), missed)

    def _open(self, family: str, tool: Tool[K]) -> K:
        path = f"{family}.{tool.instance}"
        component = self._opened.get(path)
        if component is None:
            component = self._opened[path] = _opened(tool, path, self.tools.models_dir)
        if isinstance(component, PluginUnavailable):
            raise component
        return cast(K, component)


def _changed_at(folder: Path | None) -> int:
    # By one call: it is looked at for every image.
    with suppress(FileNotFoundError, NotADirectoryError):
        if folder is not None:
            found = os.stat(folder)
            return found.st_mtime_ns if stat.S_ISDIR(found.st_mode) else 0
    return 0


def _opened(tool: Tool[K], path: str, models_dir: Path | None) -> K | PluginUnavailable:
    if tool.unavailable:
        return PluginUnavailable(tool.unavailable)
    component = tool.kind(tool.options)
    context = OpenContext(
        instance=tool.instance,
        # The sandbox writes no files.
        cache_dir=Path(os.devnull),
        fetch=FetchSettings(),
        models_dir=models_dir,
        logger=logging.getLogger(f"photomill.{path}"),
    )
    try:
        component.check_models(context)
        component.open(context)
    except PluginUnavailable as error:
        return error
    except Exception as error:
        # Libraries fail in every way where memory is short; that costs no other component.
        return PluginUnavailable(f"{path} cannot be opened: {type(error).__name__}: {error}")
    return component
