"""A plugin that breaks the contract is refused with words that help; an observer that raises harms nobody."""

import logging
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from photomill import hookspecs
from photomill.components import Executor
from photomill.errors import PluginError, PluginUnavailable
from photomill.plugins import Plugin
from photomill.plugins.families import FAMILIES
from photomill.plugins.hooks import Hooks
from photomill.testing import plugin_of

MakeModule = Callable[..., ModuleType]
MakeClass = Callable[..., type[Executor]]


def refusal(part: Any) -> str:
    with pytest.raises(PluginError) as caught:
        Hooks().load(part if isinstance(part, Plugin) else plugin_of(part, owner="third-party"))
    message = str(caught.value)
    assert "third-party" in message
    return message


def test_every_registering_hook_has_a_family() -> None:
    registering = {name for name in dir(hookspecs) if name.startswith("register_")}
    assert {family.hook for family in FAMILIES.values()} == registering - {"register_models"}
    assert all(family.base.family == name for name, family in FAMILIES.items())


def test_what_a_plugin_offers_is_found(offering: MakeModule, executor_class: MakeClass) -> None:
    mine, other = executor_class("mine"), executor_class("other")
    offers = Hooks().load(plugin_of(offering(mine, other), "mine"))
    assert [(offer.family, offer.use, offer.component) for offer in offers] == [
        ("executors", "mine", mine),
        ("executors", "mine:other", other),
    ]


def test_a_plugin_is_imported_once(offering: MakeModule, executor_class: MakeClass) -> None:
    imported: list[str] = []
    module = offering(executor_class())

    def load() -> ModuleType:
        imported.append("third_party")
        return module

    hooks, plugin = Hooks(), Plugin("serial", "third_party", load)
    assert hooks.load(plugin) == hooks.load(plugin)
    assert len(imported) == 1


def test_a_misspelt_hook_is_refused(module_with: MakeModule) -> None:
    def register_embeders() -> list[type[Executor]]:
        return []

    message = refusal(module_with(register_embeders=register_embeders))
    assert "register_embeders" in message


def test_an_argument_that_a_hook_does_not_have_is_refused(module_with: MakeModule) -> None:
    message = refusal(module_with(record_inserted=lambda collection: None))
    assert "collection" in message


def test_an_instance_instead_of_a_class_is_refused(
    module_with: MakeModule, executor_class: MakeClass
) -> None:
    mine = executor_class("mine")
    message = refusal(module_with(register_executors=lambda: [mine(mine.Options())]))
    assert "return the class: [Mine], not [Mine()]" in message


def test_a_class_instead_of_a_list_is_refused(
    module_with: MakeModule, executor_class: MakeClass
) -> None:
    message = refusal(module_with(register_executors=executor_class))
    assert "expected a list of classes" in message


def test_a_forgotten_return_is_refused(module_with: MakeModule) -> None:
    message = refusal(module_with(register_executors=lambda: None))
    assert "register_executors() returned nothing, expected a list" in message


def test_something_else_in_the_list_is_refused(module_with: MakeModule) -> None:
    assert "expected a class" in refusal(module_with(register_executors=lambda: ["mine"]))


def test_a_class_of_another_family_is_refused(
    module_with: MakeModule, executor_class: MakeClass
) -> None:
    message = refusal(module_with(register_embedders=lambda: [executor_class("mine")]))
    assert "Mine, which does not derive from Embedder" in message


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"name": "Not A Name"}, "whose name is 'Not A Name'"),
        ({"name": None}, "whose name is None"),
        ({"api": 99}, "version 99 of the plugin interface"),
        ({"Options": dict}, "expected an attrs class"),
    ],
)
def test_an_incomplete_class_is_refused(
    module_with: MakeModule, executor_class: MakeClass, members: dict[str, Any], words: str
) -> None:
    incomplete = type("Incomplete", (executor_class(),), members)
    assert words in refusal(module_with(register_executors=lambda: [incomplete]))


def test_an_abstract_class_is_refused_with_what_it_lacks(module_with: MakeModule) -> None:
    half = type("Half", (Executor,), {"name": "half"})
    message = refusal(module_with(register_executors=lambda: [half]))
    assert "Half, which lacks _submit, parallelism" in message


def test_a_class_as_a_plugin_is_refused(executor_class: MakeClass) -> None:
    plugin = Plugin("mine", "third_party", executor_class, "third-party")
    assert "an entry point names a module" in refusal(plugin)


def test_a_module_that_cannot_be_imported_is_unavailable_with_the_reason() -> None:
    def load() -> object:
        raise ImportError("libfancy.so.3: cannot open shared object file")

    with pytest.raises(PluginUnavailable, match=r"libfancy\.so\.3"):
        Hooks().load(Plugin("fancy", "third_party", load))


def test_two_classes_of_one_name_are_refused_with_both_owners(
    offering: MakeModule, executor_class: MakeClass
) -> None:
    hooks = Hooks()
    hooks.load(plugin_of(offering(executor_class("mine")), "one", owner="first-party"))
    with pytest.raises(PluginError) as caught:
        hooks.load(plugin_of(offering(executor_class("mine")), "two", owner="third-party"))
    for words in ("two components in executors are called 'mine'", "first-party", "third-party"):
        assert words in str(caught.value)


def test_observers_hear_with_the_arguments_that_they_name(module_with: MakeModule) -> None:
    heard: list[Any] = []
    hooks = Hooks()
    hooks.load(
        plugin_of(
            module_with(
                record_inserted=lambda collection_id, record_id: heard.append(
                    (collection_id, record_id)
                ),
                job_finished=lambda state: heard.append(state),
                image_edited=lambda: heard.append("edited"),
            )
        )
    )
    hooks.record_inserted("c", "r")
    hooks.job_finished("j", "import", "done")
    hooks.image_edited(["sepia"], 0.1)
    assert heard == [("c", "r"), "done", "edited"]


def test_an_observer_that_raises_is_logged_and_the_others_hear(
    module_with: MakeModule, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []

    def fail(record_id: str) -> None:
        raise RuntimeError("no disk for statistics")

    hooks = Hooks()
    for name, function in (("first", _append(heard)), ("broken", fail), ("last", _append(heard))):
        hooks.load(plugin_of(module_with(record_inserted=function), name))
    hooks.record_inserted("c", "r")
    assert heard == ["r", "r"]
    assert "'broken' failed in record_inserted()" in caplog.text
    assert "no disk for statistics" in caplog.text


def test_every_call_is_traced_when_asked_for(
    module_with: MakeModule, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PHOTOMILL_TRACE", "1")
    caplog.set_level(logging.INFO, "photomill")
    hooks = Hooks()
    hooks.load(plugin_of(module_with(job_finished=lambda job_id: None)))
    hooks.job_finished("j1", "import", "done")
    assert "job_finished(job_id='j1', kind='import', state='done')" in caplog.text


def _append(heard: list[str]) -> Callable[[str], None]:
    def record_inserted(record_id: str) -> None:
        heard.append(record_id)

    return record_inserted
