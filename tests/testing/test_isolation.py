"""What plugin authors test with looks at nothing but what it is given."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from attrs import frozen

from photomill.components import FilterLanguage, Json, OpenContext, Predicate
from photomill.errors import ConfigError, InvalidFilter
from photomill.plugin import hookimpl
from photomill.plugins import Components
from photomill.testing import load_components, open_component, plugin_of


@frozen
class NothingOptions:
    words: str = "no"


class Nothing(FilterLanguage):
    """A filter language in which nothing can be said."""

    name = "nothing"
    Options = NothingOptions
    closed = 0

    def open(self, context: OpenContext) -> None:
        self.context = context

    def close(self) -> None:
        self.closed += 1

    def compile(self, expression: Json) -> Predicate:
        raise InvalidFilter(self.options.words)


def test_a_component_is_opened_with_its_options_and_closed(tmp_path: Path) -> None:
    with open_component(Nothing, {"words": "never"}, cache_dir=tmp_path) as opened:
        assert opened.options == NothingOptions("never")
        assert opened.context.cache_dir == tmp_path
        assert not opened.closed
    assert opened.closed


def test_a_component_that_cannot_open_is_closed(tmp_path: Path) -> None:
    closed: list[Nothing] = []

    class Broken(Nothing):
        def open(self, context: OpenContext) -> None:
            raise OSError("no")

        def close(self) -> None:
            closed.append(self)

    with pytest.raises(OSError, match="no"), open_component(Broken, cache_dir=tmp_path):
        pass
    assert len(closed) == 1


def test_wrong_options_are_refused_by_path(tmp_path: Path) -> None:
    wrong = open_component(Nothing, {"words": 1}, cache_dir=tmp_path)
    with pytest.raises(ConfigError, match=r"nothing\.options\.words: expected a string"), wrong:
        pass


def test_the_machine_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PHOTOMILL_SEARCH__EMBEDDER", "elsewhere")
    Path("plugins.toml").write_text("this is no TOML")
    tables = {"executors": {"main": {"use": "workers"}}}
    loaded = load_components(Nothing, tables=tables, data_dir=tmp_path)
    with pytest.raises(ConfigError, match="no plugin 'workers' is installed"), loaded:
        pass


def test_modules_and_classes_are_plugins() -> None:
    def register_filters() -> list[type[FilterLanguage]]:
        return [Nothing]

    module = ModuleType("third_party.filters")
    module.register_filters = hookimpl(register_filters)  # type: ignore[attr-defined]
    assert plugin_of(module).name == "filters"
    assert plugin_of(module, "mine").name == "mine"
    assert plugin_of(Nothing).name == "nothing"


def test_the_fixtures_close_what_they_open(
    open_component: Callable[..., Nothing], load_components: Callable[..., Components]
) -> None:
    opened = open_component(Nothing, words="never")
    with pytest.raises(InvalidFilter, match="never"):
        opened.compile({})
    components = load_components(Nothing, filters={"main": {"use": "nothing"}})
    assert isinstance(components.filter("main"), Nothing)
