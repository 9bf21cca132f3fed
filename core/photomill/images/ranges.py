"""Which numbers of a file are black and white, where its format leaves that open: floating-point and signed numbers."""

from attrs import frozen

_USUAL = (255.0, 65_535.0)
_OVERSHOOT = 0.25
"""Of floating-point numbers from 0 to 1: what resampling leaves beyond either end."""


@frozen
class NumberRange:
    """
    :ivar black: the number that is black.
    :ivar white: the one that is white, larger.
    :ivar note: for the answer.
    """

    black: float
    white: float
    note: str


def number_range(lowest: float, highest: float, most: float | None) -> NumberRange:
    """Determine the range from the numbers that an image holds.

    :param most: the largest whole number that the file could hold; None for floating-point numbers.
    """
    black, white = _range(lowest, highest, most)
    note = (
        f"the original holds numbers from {lowest:g} to {highest:g}: "
        f"{black:g} is taken for black, {white:g} for white"
    )
    return NumberRange(black, white, note)


def _range(lowest: float, highest: float, most: float | None) -> tuple[float, float]:
    if most is None and lowest >= -_OVERSHOOT and highest <= 1 + _OVERSHOOT:
        return 0.0, 1.0
    if lowest >= 0:
        for usual in (*_USUAL, *(() if most is None else (most,))):
            if highest <= usual and (most is None or usual <= most):
                return 0.0, usual
    return lowest, max(highest, lowest + 1)
