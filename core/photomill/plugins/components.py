"""The components of a configuration: opened when they are first used, closed in reverse order."""

import logging
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, cast

from photomill.blas_limit import BlasLimit
from photomill.components import (
    Component,
    Decoder,
    EditOperation,
    Embedder,
    Encoder,
    Executor,
    ExternalIndex,
    FaceRecogniser,
    FilterLanguage,
    Grouper,
    Health,
    Index,
    Storage,
    TextReader,
    VectorIndex,
)
from photomill.components.model import Model
from photomill.components.toolbox import Tool, Tools, by_rank
from photomill.config.settings import ComponentSettings, Settings
from photomill.config.wording import suggest_name
from photomill.errors import NotFound, PhotomillError, PluginError, PluginUnavailable, Unsupported
from photomill.plugins.discovery import Plugin, installed_plugins
from photomill.plugins.hooks import Hooks
from photomill.plugins.loading import loading
from photomill.plugins.opening import find_missing_models, open_context
from photomill.plugins.selection import Choice, Selection, choose, select
from photomill.plugins.serial import construct

logger = logging.getLogger(__name__)


class Components:
    """Every component that the settings choose. Thread-safe.

    Accessors raise ``NotFound`` for a name that is not configured and ``PluginUnavailable`` for a component that
    cannot be opened; the next call tries again.
    """

    def __init__(
        self, settings: Settings, plugins: Sequence[Plugin], selection: Selection, hooks: Hooks
    ) -> None:
        self._settings = settings
        self._plugins = plugins
        self._selection = selection
        self._hooks = hooks
        self._lock = threading.Lock()
        self._opening: dict[str, threading.Lock] = {}
        self._opened: dict[str, Component] = {}
        self._closed = False
        self._blas_limit = BlasLimit(settings.photomill.blas_threads)
        self._blas_limit.apply()

    @classmethod
    def load(cls, settings: Settings, plugins: Sequence[Plugin] | None = None) -> "Components":
        """Import the plugins that the settings name and check every option. Opens nothing.

        :param plugins: what there is to choose from; None takes what is installed.
        :raises ConfigError: with every wrong name and option there is.
        :raises PluginError: a plugin breaks its contract.
        :raises PluginUnavailable: a component that every collection or job needs cannot be used here. Others may be
            chosen and unavailable, until they are asked for.
        """
        hooks = Hooks()
        found = installed_plugins() if plugins is None else plugins
        selection = select(settings, found, hooks)
        search = settings.search
        for family, instance in (
            ("embedders", search.embedder),
            ("filters", search.filter),
            ("executors", settings.jobs.executor),
        ):
            choice = selection[family].get(instance)
            if choice is not None:
                choice.usable()
        return cls(settings, found, selection, hooks)

    # ------------------------------------------------------------ by name

    def embedder(self, instance: str) -> Embedder:
        return cast(Embedder, self._open("embedders", instance))

    def filter(self, instance: str) -> FilterLanguage:
        return cast(FilterLanguage, self._open("filters", instance))

    def grouper(self, instance: str) -> Grouper:
        return cast(Grouper, self._open("groupers", instance))

    def storage(self, instance: str) -> Storage:
        return cast(Storage, self._open("storages", instance))

    def storage_class(self, instance: str) -> type[Storage]:
        """Return a storage's class; opens nothing."""
        return cast("type[Storage]", self._choice("storages", instance).usable())

    def executor(self, instance: str) -> Executor:
        return cast(Executor, self._open("executors", instance))

    def text_reader(self, instance: str) -> TextReader:
        return cast(TextReader, self._open("readers", instance))

    def recogniser(self, instance: str) -> FaceRecogniser:
        return cast(FaceRecogniser, self._open("recognisers", instance))

    def index_class(self, instance: str) -> tuple[type[Index], Any]:
        """Return an index's class and options; opens nothing."""
        choice = self._choice("indexes", instance)
        return cast("type[Index]", choice.usable()), choice.options

    def new_index(self, instance: str) -> VectorIndex:
        """Make and open an index for one collection in memory; whoever asked closes it.

        :raises Unsupported: the instance holds the vectors itself.
        """
        choice = self._choice("indexes", instance)
        if not issubclass(choice.usable(), VectorIndex):
            raise Unsupported(f"{choice.path} holds vectors itself, and indexes none in memory")
        return cast(VectorIndex, self._construct(choice))

    def external_index(self, instance: str) -> ExternalIndex | None:
        """The index that holds vectors itself, of all collections that chose it; None where an instance is another kind."""
        if not issubclass(self.index_class(instance)[0], ExternalIndex):
            return None
        return cast(ExternalIndex, self._open("indexes", instance))

    def new_storage(
        self, instance: str, wanted: ComponentSettings, *, known_as: str = ""
    ) -> Storage:
        """Make and open a storage that the settings do not name; whoever asked closes it.

        :param known_as: what users call it; else as the instance.
        :raises ConfigError: the component does not exist, or does not have these options.
        """
        with self._lock:
            choice = choose(
                self._settings, self._plugins, self._hooks, "storages", instance, wanted
            )
        return cast(Storage, self._construct(choice, known_as))

    # ------------------------------------------------------------ by what they do

    def decoders(self) -> list[tuple[type[Decoder], Any]]:
        """Return the decoders' classes and options, the highest rank first: they run in other processes."""
        found = [
            (cast("type[Decoder]", choice.usable()), choice.options)
            for choice in self._instances("decoders").values()
        ]
        return sorted(found, key=lambda each: -each[0].rank)

    def storages_by_scheme(self) -> dict[str, Storage]:
        """Return the storages that serve URI schemes by themselves, by scheme; the first of the file wins.

        Those that the configuration keeps for Photomill's own files serve no scheme.
        """
        internal = self._settings.internal_storages.values()
        found: dict[str, Storage] = {}
        for name, choice in self._instances("storages").items():
            if name in internal:
                continue
            schemes: frozenset[str] = getattr(choice.component, "schemes", frozenset())
            for scheme in schemes - found.keys():
                found[scheme] = self.storage(name)
        return found

    def tools(self) -> Tools:
        """Return what edits are done with: classes and options, as they run in other processes.

        Editors that cannot be used here come with the reason; those whose module cannot be imported are left out.
        """
        editors = [
            Tool(name, cast("type[EditOperation]", choice.component), choice.options, reason)
            for name, choice in self._instances("editors").items()
            if choice.component is not None
            for reason in [f"{choice.path}: {choice.unavailable}" if choice.unavailable else ""]
        ]
        return Tools(
            decoders=cast("list[Tool[Decoder]]", self._tools("decoders")),
            editors=by_rank(editors),
            encoders=cast("list[Tool[Encoder]]", self._tools("encoders")),
            models_dir=self._settings.data_dir / "models",
            private=(self._settings.data_dir,),
        )

    def unavailable(self) -> dict[str, str]:
        """Return why chosen components cannot be used here, by ``<family>.<instance>``: a library or a model is missing."""
        chosen = [each for choices in self._selection.values() for each in choices.values()]
        reasons = {choice.path: self._unavailable(choice) for choice in chosen}
        return {path: reason for path, reason in reasons.items() if reason}

    def _unavailable(self, choice: Choice) -> str:
        if choice.component is None or choice.unavailable:
            return choice.unavailable
        return find_missing_models(
            self._settings, choice.instance, choice.component, choice.options
        )

    def models(self) -> list[Model]:
        """Return the models that the chosen plugins can use.

        :raises PluginError: a plugin breaks its contract.
        """
        return self._hooks.models()

    def _tools(self, family: str) -> list[Tool[Component]]:
        choices = self._instances(family).items()
        return by_rank(Tool(name, choice.usable(), choice.options) for name, choice in choices)

    # ------------------------------------------------------------ all together

    def health(self) -> dict[str, Health]:
        """Ask every opened component, by ``<family>.<instance>``."""
        with self._lock:
            opened = dict(self._opened)
        return {path: _health(component) for path, component in opened.items()}

    def close(self) -> None:
        """Close what was opened, the last first. What a component raises is logged, and the others are closed."""
        with self._lock:
            self._closed = True
            opened = list(self._opened.items())
            self._opened.clear()
        for path, component in reversed(opened):
            _close(component, path)
        self._blas_limit.lift()

    def __enter__(self) -> "Components":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # ------------------------------------------------------------ telling observers

    def record_inserted(self, collection_id: str, record_id: str) -> None:
        """Tell plugins that a record was inserted and is durable. Never raises."""
        self._hooks.record_inserted(collection_id, record_id)

    def job_finished(self, job_id: str, kind: str, state: str) -> None:
        """Tell plugins that a job reached its last state. Never raises."""
        self._hooks.job_finished(job_id, kind, state)

    def image_edited(self, operations: list[str], seconds: float) -> None:
        """Tell plugins that an image went through an editing pipeline. Never raises."""
        self._hooks.image_edited(operations, seconds)

    # ------------------------------------------------------------ opening

    def _instances(self, family: str) -> Mapping[str, Choice]:
        return self._selection[family]

    def _choice(self, family: str, instance: str) -> Choice:
        instances = self._instances(family)
        if instance not in instances:
            hint = suggest_name(instance, instances) or "none is configured"
            raise NotFound(f"no instance {instance!r} in [{family}]; {hint}")
        return instances[instance]

    def _open(self, family: str, instance: str) -> Component:
        choice = self._choice(family, instance)
        opened = self._opened.get(choice.path)
        if opened is not None:
            return opened
        with self._lock:
            opening = self._opening.setdefault(choice.path, threading.Lock())
        with opening:
            return self._opened.get(choice.path) or self._keep(choice)

    def _keep(self, choice: Choice) -> Component:
        component = self._construct(choice)
        with self._lock:
            if not self._closed:
                self._opened[choice.path] = component
                return component
        _close(component, choice.path)
        raise PluginError("the components are closed")

    def _construct(self, choice: Choice, known_as: str = "") -> Component:
        if self._closed:
            raise PluginError("the components are closed")
        component = construct(choice.usable(), choice.options)
        if isinstance(component, Storage):
            component.known_as = known_as or choice.instance
        context = open_context(self._settings, choice.family, choice.instance)
        try:
            component.check_models(context)
            with loading():
                component.open(context)
        except BaseException as error:
            _close(component, choice.path)
            if isinstance(error, PhotomillError) or not isinstance(error, Exception):
                raise
            raise PluginUnavailable(
                f"{choice.path} cannot be opened: {type(error).__name__}: {error}"
            ) from error
        self._blas_limit.apply()
        return component


def _health(component: Component) -> Health:
    try:
        return component.health()
    except Exception as error:
        return Health(ok=False, detail=f"{type(error).__name__}: {error}")


def _close(component: Component, path: str) -> None:
    try:
        component.close()
    except Exception:
        logger.exception("%s cannot be closed", path)
