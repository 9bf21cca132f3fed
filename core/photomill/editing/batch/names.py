"""Names for results, no two alike."""

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

_REMEMBERED = 2000
"""Names that may not be stored yet, and stems whose next number is known."""


class UniqueNames:
    """Gives ``name``, ``name-2``, ``name-3`` … to pictures of the same name, in little memory."""

    def __init__(self, is_taken: Callable[[str], bool]) -> None:
        """
        :param is_taken: whether a name was given so long ago that it is stored.
        """
        self._is_taken = is_taken
        self._given: OrderedDict[str, None] = OrderedDict()
        self._numbers: OrderedDict[str, int] = OrderedDict()

    def name(self, stem: str) -> str:
        """A name that nobody has."""
        # Some storages do not tell capital letters from small ones.
        known = stem.casefold()
        number = self._numbers.pop(known, 1)
        name = _numbered(stem, number)
        while name.casefold() in self._given or self._is_taken(name):
            number += 1
            name = _numbered(stem, number)
        _remember(self._numbers, known, number + 1)
        _remember(self._given, name.casefold(), None)
        return name


def _numbered(stem: str, number: int) -> str:
    return stem if number == 1 else f"{stem}-{number}"


def _remember(memory: "OrderedDict[str, Value]", key: str, value: Value) -> None:
    memory[key] = value
    if len(memory) > _REMEMBERED:
        memory.popitem(last=False)
