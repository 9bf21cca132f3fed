"""One thread at a time, for components that are not thread-safe."""

import functools
import inspect
import threading
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any, TypeVar

from photomill.components import Component

C = TypeVar("C", bound=Component)


def construct(component: type[C], options: Any) -> C:
    """Make an instance; of one that is not thread-safe, every public call and property waits for the others."""
    return (component if component.thread_safe else _serialised(component))(options)


def _serialised(component: type[C]) -> type[C]:
    """Derive a class whose public members share one lock: a class for each instance."""
    lock = threading.RLock()
    members: dict[str, Any] = {}
    for name in dir(component):
        # As it stands in the class: static and class methods touch no instance.
        member = inspect.getattr_static(component, name)
        if name.startswith("_"):
            continue
        if isinstance(member, property) and member.fget is not None:
            members[name] = property(_locked(lock, member.fget))
        elif isinstance(member, FunctionType):
            members[name] = _locked(lock, member)
    members |= {"__module__": component.__module__, "__qualname__": component.__qualname__}
    return type(component.__name__, (component,), members)


def _locked(lock: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        with lock:
            result = function(*arguments, **named)
        return _step_by_step(lock, result) if isinstance(result, Iterator) else result

    return call


def _step_by_step(lock: Any, iterator: Iterator[Any]) -> Iterator[Any]:
    """Take each item under the lock: a generator runs when it is asked, not when it is made."""
    try:
        while True:
            with lock:
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item
    finally:
        close = getattr(iterator, "close", None)
        if close is not None:
            with lock:
                close()
