"""Wrong names and options in plugins.toml: every one at once, with its path and what would be right."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from attrs import field, frozen, validators

from photomill.components import Executor
from photomill.errors import ConfigError, PluginUnavailable
from photomill.plugins import Components, Plugin
from photomill.testing import plugin_of

MakeModule = Callable[..., ModuleType]
MakeClass = Callable[..., type[Executor]]
Load = Callable[..., Components]


@frozen
class Options:
    threads: int = field(default=1, validator=validators.ge(1))
    label: str = ""


def problems(load: Load, *parts: Any, **tables: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(*parts, **tables)
    return [str(problem) for problem in caught.value.problems]


def test_one_word_names_plugin_and_component(
    load_components: Load, executor_class: MakeClass
) -> None:
    mine = executor_class("mine")
    components = load_components(mine, executors={"main": {"use": "mine"}})
    assert isinstance(components.executor("main"), mine)


def test_a_component_of_another_name_is_chosen_behind_its_plugin(
    load_components: Load, offering: MakeModule, executor_class: MakeClass
) -> None:
    fast, safe = executor_class("fast"), executor_class("safe")
    components = load_components(
        plugin_of(offering(fast, safe), "cluster"),
        executors={"main": {"use": "cluster:safe"}, "other": {"use": "cluster:fast"}},
    )
    assert isinstance(components.executor("main"), safe)
    assert isinstance(components.executor("other"), fast)


def test_only_what_is_named_is_imported(load_components: Load, executor_class: MakeClass) -> None:
    def load() -> object:
        raise AssertionError("nobody asked for it")

    load_components(
        executor_class("mine"), Plugin("heavy", "heavy", load), executors={"a": {"use": "mine"}}
    )


def test_an_unknown_plugin_is_refused_with_a_suggestion(
    load_components: Load, executor_class: MakeClass
) -> None:
    assert problems(
        load_components, executor_class("workers"), executors={"main": {"use": "wrokers"}}
    ) == [
        "plugins.toml: executors.main.use: no plugin 'wrokers' is installed; did you mean 'workers'?"
    ]


def test_a_component_without_its_plugin_is_refused_with_the_whole_name(
    load_components: Load, offering: MakeModule, executor_class: MakeClass
) -> None:
    cluster = plugin_of(offering(executor_class("safe")), "cluster")
    assert problems(load_components, cluster, executors={"main": {"use": "safe"}}) == [
        "plugins.toml: executors.main.use: no plugin 'safe' is installed; did you mean 'cluster:safe'?"
    ]


def test_an_unknown_component_is_refused_with_a_suggestion(
    load_components: Load, offering: MakeModule, executor_class: MakeClass
) -> None:
    cluster = plugin_of(offering(executor_class("safe")), "cluster")
    assert problems(load_components, cluster, executors={"main": {"use": "cluster:save"}}) == [
        "plugins.toml: executors.main.use: plugin 'cluster' offers no 'save' in executors; "
        "did you mean 'cluster:safe'?"
    ]


def test_a_component_of_another_family_is_refused(
    load_components: Load, executor_class: MakeClass
) -> None:
    assert problems(
        load_components, executor_class("mine"), embedders={"main": {"use": "mine"}}
    ) == [
        "plugins.toml: embedders.main.use: plugin 'mine' offers no 'mine' in embedders; "
        "it offers no embedders"
    ]


def test_two_plugins_of_one_name_are_refused_with_both_owners(
    load_components: Load, executor_class: MakeClass
) -> None:
    one = plugin_of(executor_class("mine"), owner="first-party")
    two = plugin_of(executor_class("mine"), owner="third-party")
    (message,) = problems(load_components, one, two, executors={"main": {"use": "mine"}})
    assert "two plugins are called 'mine'" in message
    assert "first-party" in message
    assert "third-party" in message


def test_every_problem_is_found_at_once(load_components: Load, executor_class: MakeClass) -> None:
    mine = executor_class("mine", Options=Options)
    assert problems(
        load_components,
        mine,
        photomill={"plugins": ["statistics"]},
        executors={
            "a": {"use": "mine", "options": {"threads": "4"}},
            "b": {"use": "mine", "options": {"threads": 0, "lable": ""}},
            "c": {"use": "mien"},
        },
    ) == [
        "plugins.toml: photomill.plugins: no plugin 'statistics' is installed; expected one of mine",
        "plugins.toml: executors.a.options.threads: expected an integer, got '4'",
        "plugins.toml: executors.b.options.threads: expected 1 or more, got 0",
        "plugins.toml: executors.b.options.lable: unknown key; did you mean 'label'?",
        "plugins.toml: executors.c.use: no plugin 'mien' is installed; did you mean 'mine'?",
    ]


def test_a_missing_library_says_what_to_install_when_it_is_needed(
    load_components: Load, executor_class: MakeClass
) -> None:
    clever = executor_class("clever", requires=("no_such_library",), extra="photomill[clever]")
    components = load_components(
        clever,
        executor_class("plain"),
        executors={"main": {"use": "plain"}, "other": {"use": "clever"}},
    )
    with pytest.raises(PluginUnavailable) as caught:
        components.executor("other")
    assert str(caught.value) == (
        "executors.other: needs no_such_library: pip install 'photomill[clever]'"
    )


def test_what_every_collection_needs_is_missed_at_once(
    load_components: Load, executor_class: MakeClass
) -> None:
    clever = executor_class("clever", requires=("no.such.library",))
    with pytest.raises(PluginUnavailable, match="pip install"):
        load_components(clever, executors={"main": {"use": "clever"}})


def test_a_plugin_that_cannot_be_imported_harms_nobody_who_does_not_use_it(
    load_components: Load, executor_class: MakeClass
) -> None:
    def load() -> object:
        raise OSError("libfancy.so.3 is gone")

    components = load_components(
        Plugin("fancy", "fancy", load),
        executor_class("plain"),
        executors={"main": {"use": "plain"}, "other": {"use": "fancy"}},
    )
    with pytest.raises(PluginUnavailable, match=r"libfancy\.so\.3 is gone"):
        components.executor("other")


def test_a_plugin_that_only_observes_is_loaded_by_name(
    load_components: Load, module_with: MakeModule
) -> None:
    heard: list[str] = []

    def job_finished(state: str) -> None:
        heard.append(state)

    components = load_components(
        plugin_of(module_with(job_finished=job_finished), "statistics"),
        photomill={"plugins": ["statistics"]},
    )
    components.job_finished("1", "import", "done")
    assert heard == ["done"]
