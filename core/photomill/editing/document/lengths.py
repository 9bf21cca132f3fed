"""The small grammars of lengths: ``50%``, ``10px 5%``, ``0px 400px 0px 0px``."""

from typing import Annotated

from photomill.editing.document.constraints import Length, Pattern, Range
from photomill.editing.request import Margin, Padding, Percent

MAX_LENGTH = 1_000_000
"""Pixels and percent beyond which nobody means it; what a picture may become is the pipeline's to limit."""

_MOST = Range(most=MAX_LENGTH)
_HALF = 50

_NUMBER = r"[0-9]+(\.[0-9]+)?"


def check_percent(text: str) -> None:
    value = float(text.rstrip("%"))
    Range(above=0, most=MAX_LENGTH)(value)


def check_margins(text: str) -> None:
    for margin in margins(text):
        _MOST(margin.value)


def check_padding(text: str) -> None:
    """
    :raises ValueError: units that differ, or nothing left of the picture.
    """
    check_margins(text)
    room = padding(text)
    sides = (room.left, room.right), (room.top, room.bottom)
    if len({margin.unit for pair in sides for margin in pair}) > 1:
        raise ValueError("expected one unit, px or %, for all sides")
    for first, second in sides:
        if first.unit == "%" and (
            max(first.value, second.value) > _HALF or first.value + second.value >= 2 * _HALF
        ):
            raise ValueError("can not be bigger than half of image width/height")


Pixels = Annotated[int, Range(above=0, most=MAX_LENGTH)]
PercentText = Annotated[str, Length(most=32), Pattern(rf"^{_NUMBER}%$"), check_percent]
MarginsText = Annotated[
    str, Length(most=64), Pattern(r"^[0-9]+(px|%)( [0-9]+(px|%))?$"), check_margins
]
PaddingText = Annotated[
    str,
    Length(most=128),
    Pattern(rf"^{_NUMBER}(px|%)(( {_NUMBER}(px|%))?|( {_NUMBER}(px|%)){{3}})$"),
    check_padding,
]
FeatheringText = Annotated[str, Length(most=32), Pattern(r"^[1-9][0-9]+[%]$|^[0-9][%]$")]


def percent(text: str) -> Percent:
    """Read ``12.5%``."""
    return Percent(float(text.rstrip("%")))


def margins(text: str) -> list[Margin]:
    """Read one margin or several, with a space between them."""
    return [
        Margin(
            float(word.removesuffix("px").removesuffix("%")), "%" if word.endswith("%") else "px"
        )
        for word in text.split(" ")
    ]


def both_axes(text: str) -> tuple[Margin, Margin]:
    """Read what is added at each side: one margin for all, or one for the width and one for the height."""
    across, *others = margins(text)
    return across, others[0] if others else across


def padding(text: str) -> Padding:
    """Read one margin for all sides; or the sides', then the top's and the bottom's; or, as CSS, clockwise from the top."""
    found = margins(text)
    if len(found) == 4:
        return Padding(*found)
    across, along = both_axes(text)
    return Padding(top=along, right=across, bottom=along, left=across)
