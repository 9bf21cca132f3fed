"""What a value must be beyond its type: the metadata of ``Annotated`` types.

Each is called with a value and raises ``ValueError`` with the fault's words.
"""

import re
from functools import cached_property

from attrs import define

from photomill.editing.document import wording


@define(frozen=True)
class Range:
    """Bounds of a number; NaN is outside of all of them."""

    least: float | None = None
    most: float | None = None
    above: float | None = None

    def __call__(self, value: float) -> None:
        if self.above is not None and not value > self.above:
            raise ValueError(wording.not_above(self.above))
        if self.least is not None and not value >= self.least:
            raise ValueError(wording.below(self.least))
        if self.most is not None and not value <= self.most:
            raise ValueError(wording.above(self.most))


@define(frozen=True)
class Length:
    """Bounds of a string's characters."""

    least: int = 0
    most: int | None = None

    def __call__(self, value: str) -> None:
        if len(value) < self.least:
            raise ValueError(wording.too_short(self.least))
        if self.most is not None and len(value) > self.most:
            raise ValueError(wording.too_long(self.most))


@define(frozen=True)
class Items:
    """Bounds of a list's items."""

    least: int

    def __call__(self, value: "tuple[object, ...]") -> None:
        if len(value) < self.least:
            raise ValueError(wording.too_few(self.least))


@define(frozen=True, slots=False)
class Pattern:
    """A regular expression that the whole string matches."""

    regex: str

    def __call__(self, value: str) -> None:
        if self._compiled.fullmatch(value) is None:
            raise ValueError(wording.mismatch(self.regex))

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.regex, re.ASCII)
