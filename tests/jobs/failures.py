"""A catalog that fails."""

from collections.abc import Callable
from typing import Any

from photomill.errors import CatalogError


def fails_once(
    method: Callable[..., Any], *, answer_is_lost: bool, before: int = 0
) -> Callable[..., Any]:
    """Fail once, at a call that finds something to do: before it is done, or when it is and only the answer is lost.

    :param before: calls that go well before.
    """
    failures = iter([*[None] * before, CatalogError("the connection is lost")])

    def call(*args: Any, **named: Any) -> Any:
        failure = None if answer_is_lost else next(failures, None)
        if failure is not None:
            raise failure
        result = method(*args, **named)
        failure = None if result is None else next(failures, None)
        if failure is not None:
            raise failure
        return result

    return call
