"""Makes plugins that are nowhere installed."""

from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

import pytest

from photomill.components import Component, Executor, Outcome
from photomill.plugin import hookimpl


class Serial(Executor):
    """The smallest component there is."""

    name = "serial"

    @property
    def parallelism(self) -> int:
        return 1

    def run(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            yield Outcome(item, function(item))


@pytest.fixture
def executor_class() -> Callable[..., type[Executor]]:
    """Make an executor class: ``executor_class("mine", close=…)``."""

    def make(name: str = "serial", **members: Any) -> type[Executor]:
        return type(name.title(), (Serial,), {"name": name, **members})

    return make


@pytest.fixture
def module_with() -> Callable[..., ModuleType]:
    """Make a module of hook functions: ``module_with(register_executors=lambda: [Mine])``."""

    def make(module_name: str = "third_party", **hooks: Callable[..., Any]) -> ModuleType:
        module = ModuleType(module_name)
        for hook, function in hooks.items():
            setattr(module, hook, hookimpl(function))
        return module

    return make


@pytest.fixture
def offering(module_with: Callable[..., ModuleType]) -> Callable[..., ModuleType]:
    """Make a module that offers executor classes."""

    def make(*classes: type[Component], name: str = "third_party") -> ModuleType:
        return module_with(name, register_executors=lambda: list(classes))

    return make
