"""What every exchangeable part has in common."""

import logging
from abc import ABC
from pathlib import Path
from typing import Any, ClassVar

from attrs import field, frozen

from photomill.components.model import Model
from photomill.components.model_files import check_models
from photomill.config.settings import FetchSettings


@frozen
class NoOptions:
    """The options of a component that has none."""


@frozen
class Health:
    """Whether a component can work now, and what stands in its way if not."""

    ok: bool = True
    detail: str = ""


@frozen
class OpenContext:
    """What the engine hands to a component when it opens it.

    :ivar instance: the component's name in ``plugins.toml``.
    :ivar data_dir: the engine's folder. The sandbox and tests may have none.
    :ivar models_dir: the folder with the weights that ``photomill models add`` brought; see ``photomill.models``.
    :ivar cache_dir: a folder of its own that may be deleted at any time; made on first use by the component. The
        sandbox writes no files, and has none.
    :ivar fetch: the limits for whoever reaches out of this machine.
    :ivar catalog_url: of the catalog's database, with its password; empty for a file in ``data_dir``.
    """

    instance: str
    cache_dir: Path
    fetch: FetchSettings
    data_dir: Path | None = None
    models_dir: Path | None = None
    catalog_url: str = field(default="", repr=False)
    logger: logging.Logger = field(factory=lambda: logging.getLogger("photomill"))


class Component(ABC):
    """One exchangeable part: chosen by ``name``, configured by ``Options``, opened and closed by the engine.

    Calls come from many threads: keep no state of a call on ``self``, or set ``thread_safe`` to False and
    the engine lets one thread in at a time.
    """

    family: ClassVar[str]
    """The kind of part, set by the family's own base class."""

    name: ClassVar[str]
    """What ``use = "<entry point>:<name>"`` in ``plugins.toml`` selects: ``[a-z][a-z0-9_]*``.

    One word is enough where the entry point has the same name.
    """

    api: ClassVar[int] = 1
    """The version of the plugin interface that the class was written for."""

    Options: ClassVar[type] = NoOptions
    """A frozen attrs class; keys that it does not have are errors."""

    thread_safe: ClassVar[bool] = True

    requires: ClassVar[tuple[str, ...]] = ()
    """Import names of the libraries that :meth:`open` needs; a missing one makes the component unavailable."""

    extra: ClassVar[str] = ""
    """What brings them: ``photomill[clip]``, or a distribution's name."""

    models: ClassVar[tuple[Model, ...]] = ()
    """Models that :meth:`open` needs; one that was not added makes the component unavailable."""

    def __init__(self, options: Any) -> None:
        """Keep the options. Cheap, and without I/O: loading belongs in :meth:`open`."""
        self.options = options

    def check_models(self, context: OpenContext) -> None:
        """Make sure that the models are there which :meth:`open` needs; reads none.

        Asked before each :meth:`open`, and to show what can be used. Whatever chooses a model by its options says here
        whether that one is there.

        :raises PluginUnavailable: one is not there; it says which, and what brings it.
        """
        check_models(context.models_dir, self.models)

    def open(self, context: OpenContext) -> None:
        """Load weights, connect, read files. Called once, before any other call."""

    def close(self) -> None:
        """Give back what :meth:`open` took. May be called twice, and after a failed open."""

    def health(self) -> Health:
        """Tell whether the component can work now."""
        return Health()
