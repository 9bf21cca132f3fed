"""What is wrong with a value, in the words of pydantic 1, which clients of the image edit API know.

Constraints are the metadata of ``Annotated`` types: each is called with a value and raises ``ValueError``.
"""

import re
from collections.abc import Iterable
from functools import cached_property

from attrs import define, frozen

REQUIRED = "field required"
UNKNOWN_KEY = "extra fields not permitted"
NULL = "none is not an allowed value"
NO_OBJECT = "value is not a valid dict"
NO_LIST = "value is not a valid list"
NO_INTEGER = "value is not a valid integer"
NO_NUMBER = "value is not a valid float"
NO_BOOLEAN = "value could not be parsed to a boolean"
NO_STRING = "str type expected"
NO_SCHEME = "invalid or missing URL scheme"
OTHER_SCHEME = "URL scheme not permitted"
NO_HOST = "URL host invalid"


def not_one_of(choices: Iterable[object]) -> str:
    """Something else than the members of an enumeration."""
    return f"value is not a valid enumeration member; permitted: {_listed(choices)}"


def not_the_one(choices: Iterable[object]) -> str:
    """Something else than what tells an object's kind."""
    return f"unexpected value; permitted: {_listed(choices)}"


def below(bound: float) -> str:
    return f"ensure this value is greater than or equal to {_number(bound)}"


def not_above(bound: float) -> str:
    return f"ensure this value is greater than {_number(bound)}"


def above(bound: float) -> str:
    return f"ensure this value is less than or equal to {_number(bound)}"


def too_short(least: int) -> str:
    return f"ensure this value has at least {least} characters"


def too_long(most: int) -> str:
    return f"ensure this value has at most {most} characters"


def too_few(least: int) -> str:
    return f"ensure this value has at least {least} items"


def mismatch(pattern: str) -> str:
    return f'string does not match regex "{pattern}"'


def rest_of_uri(rest: str) -> str:
    return f"URL invalid, extra characters found after valid URL: {rest!r}"


def _listed(choices: Iterable[object]) -> str:
    return ", ".join(map(repr, choices))


def _number(bound: float) -> str:
    return str(int(bound)) if bound == int(bound) else str(bound)


@frozen
class Range:
    """Bounds of a number; NaN is outside of all of them."""

    least: float | None = None
    most: float | None = None
    above: float | None = None

    def __call__(self, value: float) -> None:
        if self.above is not None and not value > self.above:
            raise ValueError(not_above(self.above))
        if self.least is not None and not value >= self.least:
            raise ValueError(below(self.least))
        if self.most is not None and not value <= self.most:
            raise ValueError(above(self.most))


@frozen
class Length:
    """Bounds of a string's characters."""

    least: int = 0
    most: int | None = None

    def __call__(self, value: str) -> None:
        if len(value) < self.least:
            raise ValueError(too_short(self.least))
        if self.most is not None and len(value) > self.most:
            raise ValueError(too_long(self.most))


@frozen
class Items:
    """Bounds of a list's items."""

    least: int

    def __call__(self, value: "tuple[object, ...]") -> None:
        if len(value) < self.least:
            raise ValueError(too_few(self.least))


@define(frozen=True, slots=False)
class Pattern:
    """A regular expression that the whole string matches."""

    regex: str

    def __call__(self, value: str) -> None:
        if self._compiled.fullmatch(value) is None:
            raise ValueError(mismatch(self.regex))

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.regex, re.ASCII)
