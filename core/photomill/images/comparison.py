"""Whether two images are one: by their signatures, in detail.

One is laid over the other, its brightness fitted and the sharper one softened; then every block of eight by eight
samples must agree, and every colour. What a copy loses in saving, shrinking or cropping passes; another text on the
same template, another subject before the same scene or another colour does not.
"""

from enum import Enum
from itertools import chain, islice
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.images.reduction import Plane, halved
from photomill.images.registration import Placement, lie_alike, placed, placements
from photomill.images.signature import SIDE, Signature

_MOST_STRETCHED = 0.18
"""Of the sides' proportion, as a logarithm: copies are cropped, not stretched."""
_BLOCK = 8
_SHRUNK = 1.35
"""An image has detail for a level of at most so many samples per pixel."""
_COARSEST = 2

_MILD_GAINS, _MILD_CHANGE = (0.75, 1.36), 42.0
_STRICT_GAINS, _STRICT_CHANGE = (0.82, 1.22), 30.0
_SATURATED = (4.0, 251.0)

_BLOCK_ERROR = 22.0**2
_BLOCK_SHARE = 0.1
"""Two blocks agree if they differ by no more than noise, or than a part of their own contrast."""
_RICH_ENTROPY = 3.2
"""Bits a sample: photographs have more, pages of text, charts and drawings less."""
_MOST_DIFFERING, _WORST_ERROR = 0.002, 34.0**2
"""Of a photograph's blocks, and how much any of them may differ."""
_MOST_LAID_OVER = 0.065
"""Of a photograph's blocks, where something was laid over it."""

_COLOUR_ERROR, _MOST_COLOURS_DIFFERING = 11.0, 0.02
_COLOUR_ANGLE = np.radians(11.0)
_COLOURED = (16.0, 238.0)
"""Brightness between which colour is more than rounding."""
_COLOUR_MAGNITUDES = (0.66, 1.5)
_COLOUR_SHARE = 0.35
_RICH_TINT, _POOR_TINT = (0.6, 2.2), (2.0, 4.0)
"""How far the colour on the whole, and each colour, may be off: a JPEG of quality 30 rounds a ground's tint to 3.5 levels,
which evens out only where there are many colours."""
_COLOURLESS = 1.5
_ONE_TONE = 0.2


_Complex = NDArray[np.complexfloating[Any, Any]]


class Agreement(Enum):
    """How two images agree."""

    SAME = "same"
    """One image, saved again: encoded anew, resized, cropped or lit a little differently."""
    ALTERED = "altered"
    """One photograph, but in grey or sepia, or with something laid over it."""
    NONE = "none"


@frozen(eq=False)
class _Overlay:
    """Two planes, one laid over the other: float32 (side, side), smooth, and of one brightness.

    :ivar inside: bool, likewise: where both have something.
    :ivar gain: what the other's contrast was multiplied by.
    :ivar offset: what was added to the other's brightness after that.
    """

    one: Plane
    other: Plane
    inside: NDArray[np.bool_]
    gain: float
    offset: float

    @property
    def change(self) -> float:
        """By how much a middle grey changed."""
        return abs(self.gain * 128 + self.offset - 128)


def compare(one: Signature, other: Signature, *, strict: bool = False) -> Agreement:
    """Compare two images.

    :param strict: take a smaller change of brightness for another colour, and nothing for altered: for goods.
    """
    proportion = (one.width * other.height) / (one.height * other.width)
    if abs(np.log(proportion)) > _MOST_STRETCHED or one.frames != other.frames:
        return Agreement.NONE
    best = Agreement.NONE
    rich = min(_entropy(one.luma), _entropy(other.luma)) >= _RICH_ENTROPY
    # Lines of text, which repeat, may lead the first way of finding a crop astray.
    found = islice(placements(one.luma, other.luma), 1 if rich else 2)
    as_they_are = [Placement()] if lie_alike(one.luma, other.luma) else []
    for placement in chain(as_they_are, found):
        agreement = _agreement(one, other, placement, rich=rich, strict=strict)
        if agreement is Agreement.SAME:
            return agreement
        best = agreement if best is Agreement.NONE else best
    return best


def _agreement(
    one: Signature, other: Signature, placement: Placement, *, rich: bool, strict: bool
) -> Agreement:
    laid = _overlay(one, other, placement)
    if laid is None:
        return Agreement.NONE
    differing, worst = _differing(laid)
    alike = differing <= (_MOST_DIFFERING if rich else 0.0) and worst <= _WORST_ERROR
    if not alike and (strict or not rich or differing > _MOST_LAID_OVER):
        return Agreement.NONE
    if _blank(one) and one.transparent != other.transparent:
        return Agreement.NONE
    coloured_alike = _lit_alike(one, other, laid, placement).agree(rich=rich)
    gains, most = (_STRICT_GAINS, _STRICT_CHANGE) if strict else (_MILD_GAINS, _MILD_CHANGE)
    mild = gains[0] <= laid.gain <= gains[1] and laid.change <= most
    if alike and mild and coloured_alike:
        return Agreement.SAME
    if strict:
        return Agreement.NONE
    colours = _Colours(one.luma, one.blue + 1j * one.red, other.blue + 1j * other.red, placement)
    if colours.toned or (rich and coloured_alike):
        return Agreement.ALTERED
    return Agreement.NONE


# ---------------------------------------------------------------- brightness


def _overlay(one: Signature, other: Signature, placement: Placement) -> _Overlay | None:
    """Lay one image over the other, fit their brightness, and soften the sharper; None where they hardly overlap."""
    smallest = min(one.width, one.height, other.width, other.height) * _SHRUNK
    level = 0
    while SIDE >> level > smallest and level < _COARSEST:
        level += 1
    first, seen = halved(one.luma, level), placed(halved(other.luma, level), placement)
    factor = (len(first) // 32).bit_length() - 1
    whole = halved(seen.inside.astype(np.float32), factor) > 0.99
    a, b = (halved(each, factor)[whole].astype(np.float64) for each in (first, seen.plane))
    if len(a) < 512:
        return None
    gain, offset = _gain(a, b)
    second = np.clip(gain * seen.plane + offset, 0, 255).astype(np.float32)
    first, second = _softened(_smooth(first), _smooth(second), seen.inside)
    return _Overlay(first, second, seen.inside, gain, offset)


def _gain(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[float, float]:
    """The line from ``b`` to ``a``, by iteratively reweighted least squares; what is black or white says nothing."""
    within = (np.minimum(a, b) > _SATURATED[0]) & (np.maximum(a, b) < _SATURATED[1])
    if np.count_nonzero(within) > len(a) // 8 and np.ptp(b[within]) > 16:
        a, b = a[within], b[within]
    if np.std(b) < 1.0:
        return 1.0, float(np.median(a - b))
    gain, offset = 1.0, 0.0
    weights = np.ones(len(a))
    for _ in range(4):
        mean_a, mean_b = np.average(a, weights=weights), np.average(b, weights=weights)
        spread = float(weights @ np.square(b - mean_b))
        gain = float(weights @ ((a - mean_a) * (b - mean_b)) / max(spread, 1e-9))
        offset = float(mean_a - gain * mean_b)
        weights = 1 / (1 + np.abs(a - gain * b - offset) / 6)
    return gain, offset


def _softened(one: Plane, other: Plane, inside: NDArray[np.bool_]) -> tuple[Plane, Plane]:
    """Smooth the sharper plane for as long as that brings it nearer to the other."""
    sharper = np.square(one - _smooth(one)).mean() > np.square(other - _smooth(other)).mean()
    soft, sharp = (other, one) if sharper else (one, other)
    apart = np.square(sharp - soft)[inside].mean()
    for _ in range(8):
        smoother = _smooth(sharp)
        nearer = np.square(smoother - soft)[inside].mean()
        if nearer >= apart:
            break
        sharp, apart = smoother, nearer
    return (sharp, soft) if sharper else (soft, sharp)


def _differing(laid: _Overlay) -> tuple[float, float]:
    """The share of blocks that differ, wherever within a sample they may lie, and the worst block's error."""
    whole = _blocks(laid.inside.astype(np.float32)).min(axis=1) > 0
    contrast = np.minimum(_blocks(laid.one).var(axis=1), _blocks(laid.other).var(axis=1))
    allowed = (_BLOCK_ERROR + _BLOCK_SHARE * contrast)[whole]
    least = _blocks(np.square(laid.one - laid.other)).mean(axis=1)[whole]
    if np.any(least > allowed):
        for down, across in _NEIGHBOURS:
            moved = np.roll(laid.other, (down, across), (0, 1))
            errors = _blocks(np.square(laid.one - moved)).mean(axis=1)[whole]
            least = np.minimum(least, errors)
    if not len(least):
        return 1.0, np.inf
    return float(np.mean(least > allowed)), float(np.max(least - _BLOCK_SHARE * contrast[whole]))


_NEIGHBOURS = [(down, across) for down in (-1, 0, 1) for across in (-1, 0, 1) if down or across]


def _blocks(plane: Plane) -> Plane:
    side = len(plane) // _BLOCK
    return plane.reshape(side, _BLOCK, side, _BLOCK).transpose(0, 2, 1, 3).reshape(side * side, -1)


def _smooth(plane: Plane) -> Plane:
    """Weights of 1, 2, 1 along each axis."""
    padded = np.pad(plane, 1, mode="edge")
    down = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    smooth: Plane = (down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:]) * np.float32(1 / 16)
    return smooth


def _entropy(luma: Plane) -> float:
    counts, _ = np.histogram(np.clip(luma, 0, 255), 32, (0, 256))
    shares: NDArray[np.float64] = counts[counts > 0] / np.float64(luma.size)
    return float(-(shares @ np.log2(shares)))


def _blank(signature: Signature) -> bool:
    return bool(np.ptp(signature.luma) < 6)


# ---------------------------------------------------------------- colour


class _Colours:
    """The colours of two images, one laid over the other, as complex numbers: Cb + i·Cr."""

    def __init__(self, luma: Plane, one: _Complex, other: _Complex, placement: Placement) -> None:
        blue, red = placed(other.real, placement), placed(other.imag, placement)
        self._whole = halved(blue.inside.astype(np.float32)) > 0.99
        self._one = halved(one)
        self._other = halved(blue.plane) + 1j * halved(red.plane)
        self._luma = halved(luma, 3)

    def agree(self, *, rich: bool) -> bool:
        """Whether they are the same, but for how strong they are on the whole."""
        coloured = self._whole & (self._luma > _COLOURED[0]) & (self._luma < _COLOURED[1])
        one, other = self._one[coloured], self._other[coloured]
        most_shifted, noise = _RICH_TINT if rich else _POOR_TINT
        turn, strength = _turn(one, other), _strength(other)
        if abs(np.angle(turn)) > _COLOUR_ANGLE and abs(turn.imag) * strength > most_shifted:
            return False
        magnitude = float(np.clip(turn.real, *_COLOUR_MAGNITUDES)) if strength > 1 else 1.0
        apart = np.where(self._whole, self._one - magnitude * self._other, 0)
        error = _strength(apart[coloured])
        both = float(np.hypot(_strength(one), magnitude * strength))
        if error > noise and error > _COLOUR_SHARE * both:
            return False
        # Edges that do not quite lie over one another even out.
        return bool(np.mean(np.abs(halved(apart)) > _COLOUR_ERROR) <= _MOST_COLOURS_DIFFERING)

    @property
    def toned(self) -> bool:
        """Whether one image is in grey or in one tone, and the other is not."""
        one, other = self._one[self._whole], self._other[self._whole]
        in_one_tone = self._in_one_tone(one), self._in_one_tone(other)
        if all(in_one_tone):
            return min(_strength(one), _strength(other)) < _COLOURLESS
        return any(in_one_tone)

    def _in_one_tone(self, colours: _Complex) -> bool:
        """Whether the colour follows from the brightness alone."""
        strength = _strength(colours)
        if strength < _COLOURLESS:
            return True
        scaled = self._luma[self._whole] / 255
        columns = np.stack([np.ones_like(scaled), scaled, scaled**2], axis=1).astype(np.float64)
        fitted = columns @ np.linalg.lstsq(columns, colours, rcond=None)[0]
        return _strength(colours - fitted) < _ONE_TONE * strength


def _lit_alike(one: Signature, other: Signature, laid: _Overlay, placement: Placement) -> _Colours:
    """Their colours, once the one of less contrast is lit as the other: what that clips cannot be had back."""
    gain, offset = laid.gain, laid.offset
    if gain < 1:
        first, second = _colours(one, 1 / gain, -offset / gain), _colours(other)
    else:
        first, second = _colours(one), _colours(other, gain, offset)
    return _Colours(one.luma, first, second, placement)


def _colours(signature: Signature, gain: float = 1.0, offset: float = 0.0) -> _Complex:
    """Cb + i·Cr, complex (64, 64), once all three channels were multiplied, added to and clipped."""
    blue, red = (each.repeat(4, 0).repeat(4, 1) for each in (signature.blue, signature.red))
    parts = (1.402 * red, -0.344 * blue - 0.714 * red, 1.772 * blue)
    reds, greens, blues = (
        halved(np.clip(gain * (signature.luma + part) + offset, 0, 255), 2) for part in parts
    )
    luma = 0.299 * reds + 0.587 * greens + 0.114 * blues
    return np.asarray((blues - luma) / 1.772 + 1j * (reds - luma) / 1.402)


def _turn(one: _Complex, other: _Complex) -> complex:
    """The factor from ``other`` to ``one``: its angle is by how much the hue turned."""
    energy = float(np.square(np.abs(other)).sum())
    return complex(np.vdot(other, one)) / (energy + 1e-6)


def _strength(colours: _Complex) -> float:
    return float(np.sqrt(np.square(np.abs(colours)).mean())) if colours.size else 0.0
