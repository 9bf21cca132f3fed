"""A typed class over pluggy; nothing else touches a plugin manager."""

import logging
import os
from typing import Any

import pluggy

import photomill.hookspecs as hookspecs
from photomill.components.model import Model
from photomill.errors import PluginError, PluginUnavailable
from photomill.plugins.discovery import GROUP, Plugin
from photomill.plugins.families import FAMILIES
from photomill.plugins.offers import Offer, checked_offers

logger = logging.getLogger(__name__)


class Hooks:
    """Loads plugins, asks them what they offer, and tells them what happens."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(hookspecs)
        self._loaded: dict[str, Plugin] = {}
        self._offers: dict[tuple[str, str], Offer] = {}
        self._observers: dict[str, list[tuple[str, pluggy.HookCaller]]] = {}
        if os.environ.get("PHOTOMILL_TRACE") == "1":
            self._manager.add_hookcall_monitoring(_log_before, _log_after)

    def load(self, plugin: Plugin) -> list[Offer]:
        """Import a plugin and return what it offers; once, however often it is asked for.

        :raises PluginUnavailable: its module cannot be imported.
        :raises PluginError: it breaks the contract.
        """
        if plugin.name not in self._loaded:
            self._register(plugin)
            self._loaded[plugin.name] = plugin
            for offer in self._ask(plugin):
                self._add(offer)
            self._observers.clear()
        return [offer for offer in self._offers.values() if offer.plugin == plugin]

    def models(self) -> list[Model]:
        """The models that the loaded plugins describe; of two of one name the first counts.

        :raises PluginError: a plugin breaks the contract.
        """
        found: dict[str, Model] = {}
        for name in self._loaded:
            for described in self._only(name, "register_models")():
                for model in described:
                    if not isinstance(model, Model):
                        raise PluginError(
                            f"plugin {name!r}: register_models() returned {model!r}, which is no Model"
                        )
                    found.setdefault(model.name, model)
        return list(found.values())

    def record_inserted(self, collection_id: str, record_id: str) -> None:
        """Tell observers that a record was inserted and is durable."""
        self._tell("record_inserted", collection_id=collection_id, record_id=record_id)

    def job_finished(self, job_id: str, kind: str, state: str) -> None:
        """Tell observers that a job reached its last state."""
        self._tell("job_finished", job_id=job_id, kind=kind, state=state)

    def image_edited(self, operations: list[str], seconds: float) -> None:
        """Tell observers that an image went through an editing pipeline."""
        self._tell("image_edited", operations=operations, seconds=seconds)

    # ------------------------------------------------------------ loading

    def _register(self, plugin: Plugin) -> None:
        try:
            module = plugin.load()
        except Exception as error:
            raise PluginUnavailable(
                f"plugin {plugin.name!r} of {plugin.owner} cannot be imported: "
                f"{type(error).__name__}: {error}"
            ) from error
        if isinstance(module, type):
            raise PluginError(
                f"plugin {plugin.name!r} of {plugin.owner} is a class; "
                f"an entry point names a module that holds hook functions"
            )
        try:
            self._manager.register(module, name=plugin.name)
            self._manager.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            self._manager.unregister(name=plugin.name)
            raise PluginError(f"plugin {plugin.name!r} of {plugin.owner}: {error}") from error

    def _ask(self, plugin: Plugin) -> list[Offer]:
        offers: list[Offer] = []
        for family in FAMILIES.values():
            caller = self._only(plugin.name, family.hook)
            expected = len(caller.get_hookimpls())
            returned = caller()
            # pluggy drops what is None.
            returned += [None] * (expected - len(returned))
            offers += checked_offers(family, plugin, returned)
        return offers

    def _add(self, offer: Offer) -> None:
        key = (offer.family, offer.name)
        other = self._offers.get(key)
        if other is not None:
            raise PluginError(
                f"two components in {offer.family} are called {offer.name!r}: "
                f"{_class_path(other)} of {other.plugin.owner} and "
                f"{_class_path(offer)} of {offer.plugin.owner}"
            )
        self._offers[key] = offer

    def _only(self, plugin: str, hook: str) -> pluggy.HookCaller:
        others = [
            other for name, other in self._manager.list_name_plugin() if other and name != plugin
        ]
        return self._manager.subset_hook_caller(hook, others)

    # ------------------------------------------------------------ observing

    def _tell(self, hook: str, **arguments: Any) -> None:
        for plugin, call in self._observers_of(hook):
            try:
                call(**arguments)
            except Exception:
                logger.exception("plugin %r failed in %s()", plugin, hook)

    def _observers_of(self, hook: str) -> list[tuple[str, pluggy.HookCaller]]:
        """Callers of one plugin each, so that one which raises does not keep the others from hearing."""
        found = self._observers.get(hook)
        if found is None:
            callers = [(name, self._only(name, hook)) for name in list(self._loaded)]
            found = [(name, caller) for name, caller in callers if caller.get_hookimpls()]
            self._observers[hook] = found
        return found


def _class_path(offer: Offer) -> str:
    return f"{offer.component.__module__}.{offer.component.__qualname__}"


def _log_before(hook: str, implementations: Any, arguments: Any) -> None:
    logger.info("%s(%s)", hook, ", ".join(f"{name}={value!r}" for name, value in arguments.items()))


def _log_after(outcome: Any, hook: str, implementations: Any, arguments: Any) -> None:
    error: BaseException | None = outcome.exception
    logger.info("%s -> %s", hook, repr(error) if error else repr(outcome.get_result()))
