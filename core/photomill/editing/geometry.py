"""Where an image's pixels go: whole numbers only, and no pixel is touched.

Rounding is half up, and no side gets shorter than a pixel.
"""

from collections.abc import Callable
from fractions import Fraction
from math import ceil
from typing import Literal

from attrs import frozen

from photomill.editing.request import (
    Bounds,
    Cover,
    Crop,
    FocalPoint,
    Length,
    OnCanvas,
    Outpainted,
    Padding,
    Percent,
    Resizing,
    Side,
)
from photomill.errors import InvalidInput

Size = tuple[int, int]
"""Width and height in pixels."""
_KERNEL = 2
"""Pixels to each side that a cubic, which enlarges, looks at."""
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
class CanvasLayout:
    """A larger image, and where on it the smaller one lies."""

    width: int
    height: int
    left: int
    top: int


@frozen
class Placement:
    """What happens to the pixels, in this order; None where a step is not needed.

    :ivar scaled: the content's size after resampling.
    :ivar window: what is cut out of it.
    :ivar piece: how the window comes about where the content is enlarged: nothing is enlarged to be cut off.
    :ivar outpaint: the canvas whose rest is invented.
    :ivar canvas: the canvas whose rest is filled.
    """

    scaled: Size
    window: Window | None = None
    outpaint: CanvasLayout | None = None
    canvas: CanvasLayout | None = None
    piece: "Piece | None" = None

    @property
    def size(self) -> Size:
        """The size of the result."""
        for part in (self.canvas, self.outpaint, self.window):
            if part is not None:
                return part.width, part.height
        return self.scaled


@frozen
class Piece:
    """A piece that is cut out of the content, enlarged, and cut to measure.

    :ivar cut: in pixels of the content.
    :ivar scaled: the size that it is enlarged to.
    :ivar left: where the window lies in it then, from the left; ``top`` from above.
    """

    cut: Window
    scaled: Size
    left: int
    top: int


@frozen
class _Box:
    """The inner box that the content goes to, and the room around it."""

    width: int
    height: int
    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0

    def around(self, size: Size) -> CanvasLayout | None:
        """The canvas under content of this size, when nothing but the padding is added."""
        if not (self.left or self.top or self.right or self.bottom):
            return None
        return CanvasLayout(
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
    :raises InvalidInput: ``padding`` leaves no room.
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
            canvas = CanvasLayout(*inner, *_centred(scaled, inner)) if scaled != inner else None
            return Placement(scaled, outpaint=canvas, canvas=box.around(inner))


def _asked(
    content: Size, source: Size, resizing: Resizing, missing_side: MissingSide
) -> Size | None:
    """The size asked for, a missing side filled in; None where none is asked for."""
    width = _side(resizing.width, source[0])
    height = _side(resizing.height, source[1])
    if width is None and height is None:
        return None
    if width is None or height is None:
        auto = "auto" in (resizing.width, resizing.height)
        keep = missing_side == "unchanged" and isinstance(resizing.fit, Crop) and not auto
        if width is None:
            assert height is not None  # one of them is given
            width = source[0] if keep else _round(Fraction(content[0] * height, content[1]))
        else:
            height = source[1] if keep else _round(Fraction(content[1] * width, content[0]))
    return width, height


def _side(side: Side, original: int) -> int | None:
    return None if side is None or side == "auto" else _round(_pixels(side, original))


def _pixels(length: Length, side: int) -> Fraction:
    if isinstance(length, Percent):
        return Fraction(str(length.value)) * side / 100
    return Fraction(str(length.count))


def _inner(asked: Size, padding: Padding | None) -> _Box:
    """Take the padding off the size asked for."""
    if padding is None:
        return _Box(*asked)
    width, height = asked
    left, right = (_room(margin, width) for margin in (padding.left, padding.right))
    top, bottom = (_room(margin, height) for margin in (padding.top, padding.bottom))
    if 2 * max(left, right) > width or 2 * max(top, bottom) > height:
        raise InvalidInput(
            f"no side may be more than half of the image's {width} x {height}",
            path="padding",
        )
    if left + right >= width or top + bottom >= height:
        raise InvalidInput(f"nothing is left of the image's {width} x {height}", path="padding")
    return _Box(width - left - right, height - top - bottom, left, top, right, bottom)


def _room(length: Length, side: int) -> int:
    return int(_pixels(length, side) + Fraction(1, 2))


def _crop(content: Size, inner: Size, box: _Box, fit: Crop, *, enlarge: bool) -> Placement:
    factor = _factor(content, inner, max, enlarge=enlarge)
    scaled = _scaled(content, factor)
    size = min(inner[0], scaled[0]), min(inner[1], scaled[1])
    canvas = box.around(size)
    if size == scaled:
        return Placement(scaled, canvas=canvas)
    if fit.focal_point is None and fit.mode != "center":
        search: Literal["attention", "face"] = "face" if fit.mode == "face" else "attention"
        piece = _searched(content, size, search, factor) if factor > 1 else None
        return Placement(scaled, Window(*size, search=search), canvas=canvas, piece=piece)
    left, top = _focused(scaled, size, fit.focal_point or FocalPoint(0.5, 0.5))
    piece = _placed(content, (left, top), size, factor) if factor > 1 else None
    return Placement(scaled, Window(*size, left, top), canvas=canvas, piece=piece)


def _searched(
    content: Size, size: Size, search: Literal["attention", "face"], factor: Fraction
) -> Piece:
    """The piece for a window whose best place is to be found."""
    width, height = (_covering(*each, factor) for each in zip(content, size, strict=True))
    scaled = _scaled((width, height), factor)
    return Piece(Window(width, height, search=search), scaled, *_centred(size, scaled))


def _placed(content: Size, at: tuple[int, int], size: Size, factor: Fraction) -> Piece:
    """The piece for a window whose place in the whole content, enlarged, is known."""
    across, down = (_Span.of(*each, factor) for each in zip(content, at, size, strict=True))
    cut = Window(across.cut, down.cut, across.start, down.start)
    return Piece(cut, (across.scaled, down.scaled), across.left, down.left)


def _covering(content: int, wanted: int, factor: Fraction) -> int:
    """The least side of a piece of the content that is no shorter than wanted when it is enlarged."""
    side = min(content, ceil(wanted / factor))
    while _round(side * factor) < wanted and side < content:
        side += 1
    return side


@frozen
class _Span:
    """One axis of a piece.

    :ivar start: of the piece, in pixels of the content; ``cut`` is its length.
    :ivar left: where the window begins in the enlarged piece, which is ``scaled`` pixels long.
    """

    start: int
    cut: int
    left: int
    scaled: int

    @classmethod
    def of(cls, content: int, left: int, wanted: int, factor: Fraction) -> "_Span":
        """
        :param left: where the window begins in the whole content, enlarged.
        """
        # What is beside a pixel counts as far as the kernel reaches, where that is not most of what is looked at.
        margin = _KERNEL if _KERNEL * factor <= wanted else 0
        start = max(0, int(left / factor) - margin)
        end = min(content, ceil((left + wanted) / factor) + margin)
        while _round((end - start) * factor) < wanted:
            start, end = max(0, start - 1), min(content, end + 1)
        scaled = _round((end - start) * factor)
        begins = left - int(start * factor + Fraction(1, 2))
        return cls(start, end - start, min(max(begins, 0), scaled - wanted), scaled)


def _on_canvas(content: Size, inner: Size, box: _Box, *, enlarge: bool) -> Placement:
    scaled = _fitted(content, inner, enlarge=enlarge)
    left, top = _centred(scaled, inner)
    size = inner[0] + box.left + box.right, inner[1] + box.top + box.bottom
    if size == scaled:
        return Placement(scaled)
    return Placement(scaled, canvas=CanvasLayout(*size, box.left + left, box.top + top))


def _outpaint_by(content: Size, source: Size, resizing: Resizing, fit: Outpainted) -> Placement:
    assert fit.by is not None  # the caller looked
    across, down = (_room(margin, side) for margin, side in zip(fit.by, content, strict=True))
    grown = content[0] + 2 * across, content[1] + 2 * down
    asked = _asked(grown, source, resizing, "auto")
    factor = Fraction(1) if asked is None else _factor(grown, asked, min, enlarge=resizing.enlarge)
    scaled, canvas = _scaled(content, factor), _scaled(grown, factor)
    if canvas == scaled:
        return Placement(scaled)
    return Placement(scaled, outpaint=CanvasLayout(*canvas, *_centred(scaled, canvas)))


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
    """Where a window begins that has the point in its middle, as far as the image reaches."""
    left, top = (
        min(max(int(Fraction(str(at)) * side - Fraction(length, 2)), 0), side - length)
        for at, side, length in zip((point.x, point.y), scaled, window, strict=True)
    )
    return left, top


def _round(value: Fraction) -> int:
    return max(1, int(value + Fraction(1, 2)))
