"""Where a picture's pixels go: whole numbers only, and no pixel is touched.

Rounding is half up, and no side gets shorter than a pixel.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Literal

from attrs import frozen

from photomill.editing.request import (
    Bounds,
    Cover,
    Crop,
    FocalPoint,
    Length,
    Margin,
    OnCanvas,
    Outpainted,
    Padding,
    Percent,
    Pixels,
    Resizing,
)
from photomill.errors import InvalidInput

Size = tuple[int, int]
"""Width and height in pixels."""
MissingSide = Literal["auto", "unchanged"]


@frozen
class Window:
    """A rectangle that is cut out.

    :ivar search: how the best place is found; empty where ``left`` and ``top`` say it.
    """

    width: int
    height: int
    left: int = 0
    top: int = 0
    search: Literal["", "attention", "face"] = ""


@frozen
class Ground:
    """A larger picture, and where on it the smaller one lies."""

    width: int
    height: int
    left: int
    top: int


@frozen
class Placement:
    """What happens to the pixels, in this order; None where a step is not needed.

    :ivar scaled: the content's size after resampling.
    :ivar window: what is cut out of it.
    :ivar outpaint: the ground whose rest is invented.
    :ivar canvas: the ground whose rest is filled.
    """

    scaled: Size
    window: Window | None = None
    outpaint: Ground | None = None
    canvas: Ground | None = None

    @property
    def size(self) -> Size:
        """The size of the result."""
        for part in (self.canvas, self.outpaint, self.window):
            if part is not None:
                return part.width, part.height
        return self.scaled


@frozen
class _Box:
    """The inner box that the content goes to, and the room around it."""

    width: int
    height: int
    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0

    def around(self, size: Size) -> Ground | None:
        """The ground under content of this size, when nothing but the padding is added."""
        if not (self.left or self.top or self.right or self.bottom):
            return None
        return Ground(
            size[0] + self.left + self.right, size[1] + self.top + self.bottom, self.left, self.top
        )


def place(
    content: Size,
    source: Size,
    resizing: Resizing,
    padding: Padding | None = None,
    *,
    missing_side: MissingSide = "auto",
) -> Placement:
    """Work out sizes and positions.

    :param content: what there is to place.
    :param source: the original's size, which percent refer to.
    :param missing_side: what a crop does whose request speaks of one side only: keep the proportions, or keep the
        source's other side.
    :raises InvalidInput: ``operations.padding`` leaves no room.
    """
    fit = resizing.fit
    if isinstance(fit, Outpainted) and fit.by is not None:
        return _outpaint_by(content, source, resizing, fit)
    asked = _asked(content, source, resizing, missing_side)
    if asked is None:
        if padding is None:
            return Placement(content)
        asked = content
    box = _inner(asked, padding)
    inner = (box.width, box.height)
    match fit:
        case Crop():
            return _crop(content, inner, box, fit, enlarge=resizing.enlarge)
        case Cover():
            scaled = _scaled(content, _factor(content, inner, max, enlarge=resizing.enlarge))
            return Placement(scaled, canvas=box.around(scaled))
        case Bounds():
            scaled = _fitted(content, inner, enlarge=resizing.enlarge)
            return Placement(scaled, canvas=box.around(scaled))
        case OnCanvas():
            return _on_canvas(content, inner, box, enlarge=resizing.enlarge)
        case Outpainted():
            scaled = _fitted(content, inner, enlarge=resizing.enlarge)
            ground = Ground(*inner, *_centred(scaled, inner)) if scaled != inner else None
            return Placement(scaled, outpaint=ground, canvas=box.around(inner))


def _asked(
    content: Size, source: Size, resizing: Resizing, missing_side: MissingSide
) -> Size | None:
    """The size asked for, a missing side filled in; None where none is asked for."""
    width = _length(resizing.width, source[0])
    height = _length(resizing.height, source[1])
    if width is None and height is None:
        return None
    if width is None or height is None:
        auto = resizing.width_auto if width is None else resizing.height_auto
        keep = missing_side == "unchanged" and isinstance(resizing.fit, Crop) and not auto
        if width is None:
            assert height is not None  # one of them is given
            width = source[0] if keep else _round(Fraction(content[0] * height, content[1]))
        else:
            height = source[1] if keep else _round(Fraction(content[1] * width, content[0]))
    return width, height


def _length(length: Length | None, side: int) -> int | None:
    match length:
        case None:
            return None
        case Pixels(count):
            return count
        case Percent(value):
            return _round(Fraction(str(value)) * side / 100)


def _inner(asked: Size, padding: Padding | None) -> _Box:
    """Take the padding off the size asked for."""
    if padding is None:
        return _Box(*asked)
    width, height = asked
    left, right = (_room(margin, width) for margin in (padding.left, padding.right))
    top, bottom = (_room(margin, height) for margin in (padding.top, padding.bottom))
    if 2 * max(left, right) > width or 2 * max(top, bottom) > height:
        raise InvalidInput(
            f"no side may be more than half of the picture's {width} x {height}",
            path="operations.padding",
        )
    if left + right >= width or top + bottom >= height:
        raise InvalidInput(
            f"nothing is left of the picture's {width} x {height}", path="operations.padding"
        )
    return _Box(width - left - right, height - top - bottom, left, top, right, bottom)


def _room(margin: Margin, side: int) -> int:
    value = Fraction(str(margin.value))
    return int((value * side / 100 if margin.unit == "%" else value) + Fraction(1, 2))


def _crop(content: Size, inner: Size, box: _Box, fit: Crop, *, enlarge: bool) -> Placement:
    scaled = _scaled(content, _factor(content, inner, max, enlarge=enlarge))
    size = min(inner[0], scaled[0]), min(inner[1], scaled[1])
    canvas = box.around(size)
    if size == scaled:
        return Placement(scaled, canvas=canvas)
    if fit.focal_point is None and fit.mode != "center":
        search: Literal["attention", "face"] = "face" if fit.mode == "face" else "attention"
        return Placement(scaled, Window(*size, search=search), canvas=canvas)
    left, top = _focused(scaled, size, fit.focal_point or FocalPoint(0.5, 0.5))
    return Placement(scaled, Window(*size, left, top), canvas=canvas)


def _on_canvas(content: Size, inner: Size, box: _Box, *, enlarge: bool) -> Placement:
    scaled = _fitted(content, inner, enlarge=enlarge)
    left, top = _centred(scaled, inner)
    size = inner[0] + box.left + box.right, inner[1] + box.top + box.bottom
    if size == scaled:
        return Placement(scaled)
    return Placement(scaled, canvas=Ground(*size, box.left + left, box.top + top))


def _outpaint_by(content: Size, source: Size, resizing: Resizing, fit: Outpainted) -> Placement:
    assert fit.by is not None  # the caller looked
    across, down = (_room(margin, side) for margin, side in zip(fit.by, content, strict=True))
    grown = content[0] + 2 * across, content[1] + 2 * down
    asked = _asked(grown, source, resizing, "auto")
    factor = Fraction(1) if asked is None else _factor(grown, asked, min, enlarge=resizing.enlarge)
    scaled, ground = _scaled(content, factor), _scaled(grown, factor)
    if ground == scaled:
        return Placement(scaled)
    return Placement(scaled, outpaint=Ground(*ground, *_centred(scaled, ground)))


def _factor(
    content: Size, box: Size, which: Callable[[Fraction, Fraction], Fraction], *, enlarge: bool
) -> Fraction:
    factor = which(Fraction(box[0], content[0]), Fraction(box[1], content[1]))
    return factor if enlarge else min(factor, Fraction(1))


def _fitted(content: Size, box: Size, *, enlarge: bool) -> Size:
    scaled = _scaled(content, _factor(content, box, min, enlarge=enlarge))
    return min(scaled[0], box[0]), min(scaled[1], box[1])


def _scaled(size: Size, factor: Fraction) -> Size:
    return _round(size[0] * factor), _round(size[1] * factor)


def _centred(inner: Size, outer: Size) -> tuple[int, int]:
    return (outer[0] - inner[0]) // 2, (outer[1] - inner[1]) // 2


def _focused(scaled: Size, window: Size, point: FocalPoint) -> tuple[int, int]:
    """Where a window begins that has the point in its middle, as far as the picture reaches."""
    left, top = (
        min(max(int(Fraction(str(at)) * side - Fraction(length, 2)), 0), side - length)
        for at, side, length in zip((point.x, point.y), scaled, window, strict=True)
    )
    return left, top


def _round(value: Fraction) -> int:
    return max(1, int(value + Fraction(1, 2)))
