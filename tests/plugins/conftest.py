"""Makes plugins that are nowhere installed."""

from collections.abc import Callable
from concurrent.futures import Future
from types import ModuleType
from typing import Any

import pytest

from photomill.components import Component, Executor, Unit, Work
from photomill.plugin import hookimpl


class Serial(Executor):
    """The smallest component there is."""

    name = "serial"

    @property
    def parallelism(self) -> int:
        return 1

    def _submit(self, work: Work, unit: Unit) -> "Future[None]":
        work.run(unit)
        future: Future[None] = Future()
        future.set_result(None)
        return future


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
