"""The query parameters by which long answers are had in parts."""

from collections.abc import Mapping
from typing import Annotated, TypeVar

import attrs
from attrs import frozen

from photomill import JobState, Problem
from photomill_http.contract import Refused
from photomill_http.image_edit import wording
from photomill_http.image_edit.errors import invalid
from photomill_http.image_edit.reading import read
from photomill_http.image_edit.translate import statuses_of
from photomill_http.image_edit.wording import Range

T = TypeVar("T")

_LARGEST = 2**53
_Position = Annotated[int, Range(-1, _LARGEST)]


@frozen
class BatchQuery:
    """
    :ivar after: images behind this position only; the answer's ``next`` says which one is next.
    :ivar limit: images; all by default.
    """

    after: _Position = -1
    limit: Annotated[int, Range(1, 10_000)] | None = None


@frozen
class TasksQuery:
    """
    :ivar before: tasks with smaller numbers only.
    :ivar limit: tasks.
    :ivar status: as tasks have it.
    """

    before: _Position | None = None
    limit: Annotated[int, Range(1, 1000)] = 100
    status: str | None = None


@frozen
class TasksPage:
    """A part of the tasks there are."""

    before: int | None
    limit: int
    states: tuple[JobState, ...] | None


def page_of_tasks(query: Mapping[str, str], prefix: str) -> TasksPage:
    """A page of tasks, and where the next one begins.

    :param prefix: of the contract, whose statuses are meant.
    :raises Refused: a parameter is wrong.
    """
    asked = read_query(query, TasksQuery)
    if asked.status is None:
        return TasksPage(asked.before, asked.limit, None)
    statuses = statuses_of(prefix)
    found = tuple(state for state, word in statuses.items() if word == asked.status)
    if not found:
        words = list(dict.fromkeys(statuses.values()))
        raise Refused(invalid([Problem("status", wording.not_one_of(words))]))
    return TasksPage(asked.before, asked.limit, found)


def read_query(query: Mapping[str, str], kind: type[T]) -> T:
    """Structure a query's own parameters; what clients send beside them means nothing.

    :raises Refused: a parameter is wrong.
    """
    names = [field.name for field in attrs.fields(kind)]  # type: ignore[arg-type]
    return read({name: query[name] for name in names if name in query}, kind)
