"""Values of any JSON type in a few typed arrays."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.columns.paths import MISSING, Several

Mask = NDArray[np.bool_]

LARGEST_EXACT = 2**53
"""Integers up to here are exact in float64."""


class CellKind(IntEnum):
    """What stands in a cell."""

    MISSING = 0
    NULL = 1
    FALSE = 2
    TRUE = 3
    NUMBER = 4
    """In ``numbers``, exactly."""
    STRING = 5
    """In ``codes``."""
    BIG = 6
    """A number that float64 does not hold exactly; only the record has it."""
    OBJECT = 7
    """Only the record has it."""
    ARRAY = 8
    """Its elements are in the column's ``elements``."""
    SEVERAL = 9
    """The path went through an array; what it found is in the column's ``elements``."""
    GONE = 10
    """An element of an array that was replaced; nobody's."""


class Vocabulary:
    """Strings and their codes. Grows only, so that a reader's codes stay good."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._texts: list[str] = []

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, text: str) -> int:
        """The code of a string, a new one if need be. One thread at a time."""
        code = self._codes.get(text)
        if code is None:
            code = len(self._texts)
            self._texts.append(text)
            self._codes[text] = code
        return code

    def code(self, text: str) -> int | None:
        """The code of a string; None where no cell holds it."""
        return self._codes.get(text)

    def text(self, code: int) -> str:
        """The string of a code."""
        return self._texts[code]

    def texts(self, count: int) -> list[str]:
        """The first ``count`` strings, in the order of their codes."""
        return self._texts[:count]


@frozen(eq=False)
class Cells:
    """Cells, read-only.

    :ivar kinds: uint8 (n,) of :class:`CellKind`.
    :ivar numbers: float64 (n,), NaN where there is no number; None where there is none at all.
    :ivar codes: int32 (n,), -1 where there is no string; None where there is none at all.
    :ivar words: how many strings of the vocabulary the codes may name.
    """

    kinds: NDArray[np.uint8]
    numbers: NDArray[np.float64] | None
    codes: NDArray[np.int32] | None
    vocabulary: Vocabulary
    words: int

    def __len__(self) -> int:
        return len(self.kinds)

    def none(self) -> Mask:
        """A mask that lets nothing through."""
        return np.zeros(len(self.kinds), np.bool_)

    def of_kind(self, *kinds: CellKind) -> Mask:
        """Where one of these kinds stands."""
        mask: Mask = self.kinds == kinds[0]
        for kind in kinds[1:]:
            mask |= self.kinds == kind
        return mask

    def texts(self) -> list[str]:
        """Every string that a cell may hold, in the order of codes."""
        return self.vocabulary.texts(self.words)

    def with_codes(self, chosen: Mask) -> Mask:
        """Where one of the chosen strings stands; ``chosen`` is bool (words,)."""
        if self.codes is None:
            return self.none()
        # Code -1 looks the last entry up.
        table = np.append(chosen, False)
        result: Mask = table[self.codes]
        return result


class CellBuffer:
    """Cells that grow. What was handed out never changes."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._kinds = np.empty(0, np.uint8)
        self._numbers: NDArray[np.float64] | None = None
        self._codes: NDArray[np.int32] | None = None

    @classmethod
    def over(cls, cells: Cells) -> "CellBuffer":
        """A buffer that goes on from cells; :meth:`reserve` with ``rewrite`` takes a copy of them."""
        buffer = cls(cells.vocabulary)
        buffer._kinds, buffer._numbers, buffer._codes = cells.kinds, cells.numbers, cells.codes
        return buffer

    def reserve(self, size: int, *, used: int, rewrite: bool) -> None:
        """Make room.

        :param size: cells that will be there.
        :param used: cells that are there.
        :param rewrite: cells that were handed out will be written; takes a copy.
        """
        self._kinds = reserved(self._kinds, size, used, CellKind.MISSING, rewrite)
        if self._numbers is not None:
            self._numbers = reserved(self._numbers, size, used, np.nan, rewrite)
        if self._codes is not None:
            self._codes = reserved(self._codes, size, used, -1, rewrite)

    def put(self, places: NDArray[np.int64], values: Sequence[Any]) -> None:
        """Write values, where there is room."""
        kinds, numbers, codes = encode(values, self._vocabulary)
        self._kinds[places] = kinds
        if self._numbers is None and CellKind.NUMBER in kinds:
            self._numbers = np.full(len(self._kinds), np.nan)
        if self._codes is None and CellKind.STRING in kinds:
            self._codes = np.full(len(self._kinds), -1, np.int32)
        if self._numbers is not None:
            self._numbers[places] = numbers
        if self._codes is not None:
            self._codes[places] = codes

    def forget(self, places: NDArray[np.int64]) -> None:
        """Mark cells as nobody's."""
        self._kinds[places] = CellKind.GONE
        if self._numbers is not None:
            self._numbers[places] = np.nan
        if self._codes is not None:
            self._codes[places] = -1

    def cells(self, size: int) -> Cells:
        """The first ``size`` cells."""
        return Cells(
            kinds=self._kinds[:size],
            numbers=None if self._numbers is None else self._numbers[:size],
            codes=None if self._codes is None else self._codes[:size],
            vocabulary=self._vocabulary,
            words=len(self._vocabulary),
        )


def encode(
    values: Sequence[Any], vocabulary: Vocabulary
) -> tuple[bytearray, NDArray[np.float64], NDArray[np.int32]]:
    """Sort values into kinds, numbers and codes."""
    kinds = bytearray(len(values))
    numbers = np.full(len(values), np.nan)
    codes = np.full(len(values), -1, np.int32)
    for place, value in enumerate(values):
        kind = type(value)
        if kind is str:
            kinds[place] = CellKind.STRING
            codes[place] = vocabulary.add(value)
        elif kind is float or kind is int:
            kinds[place] = number = _number_kind(value)
            if number is CellKind.NUMBER:
                numbers[place] = value
        elif value is not MISSING:
            kinds[place] = _other_kind(value)
    return kinds, numbers, codes


def reserved(array: NDArray[Any], size: int, used: int, fill: float, rewrite: bool) -> NDArray[Any]:
    """An array with room for ``size`` entries; the first ``used`` are kept, the rest is ``fill``."""
    if size <= len(array) and not rewrite:
        return array
    capacity = max(size, len(array), used + used // 4 if size > len(array) else 0)
    grown = np.full(capacity, fill, array.dtype)
    grown[:used] = array[:used]
    return grown


def nearest_float(number: float) -> float:
    """The float64 nearest to a number; infinity beyond the largest."""
    try:
        return float(number)
    except OverflowError:
        return np.inf if number > 0 else -np.inf


def _number_kind(value: float) -> CellKind:
    if isinstance(value, int):
        return CellKind.NUMBER if -LARGEST_EXACT <= value <= LARGEST_EXACT else CellKind.BIG
    return CellKind.NUMBER if value == value else CellKind.BIG


def _other_kind(value: Any) -> CellKind:
    if value is None:
        return CellKind.NULL
    if isinstance(value, bool):
        return CellKind.TRUE if value else CellKind.FALSE
    if isinstance(value, list):
        return CellKind.ARRAY
    return CellKind.SEVERAL if isinstance(value, Several) else CellKind.OBJECT
