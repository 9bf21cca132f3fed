"""Inventing what is around an image from pieces of the image itself."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill_generative.patches import (
    REACH,
    SIDE,
    Colours,
    Compression,
    Features,
    Places,
    cut,
    of_pixels,
    overlaid,
)
from photomill_generative.pieces import Pieces
from photomill_generative.placement import Placement, reflected
from photomill_generative.suitability import contrast, depth, salience

Levels = tuple[tuple[int, int], ...]
"""The ground's longer side in pixels, and how often it is improved."""

_LEVELS: Levels = ((48, 10), (96, 5), (192, 2))
COARSE: Levels = ((48, 6), (96, 3))
"""To find out what comes out: an eighth of the work."""

_NEARBY = 500.0
"""How much a piece from elsewhere costs: levels of a patch, for each length of the ground it is away."""
_CONFIDENCE = 6.0
"""Pixels away from the image at which a patch counts half as much."""
_LEAST = 1e-3
_SOFT = 3.0
"""Pixels over which the first guess is blurred."""
_ROUGHNESS = 12.0
"""How much it costs to differ in roughness, by its standard deviation."""
_MIDDLE = 60_000.0
_SUBJECT = 4_000.0
"""What it costs to show again what the image shows: what lies in its middle, and what is unlike its border."""


@frozen(eq=False)
class Completion:
    """
    :ivar placement: at the small size that was worked at.
    :ivar colours: of the whole ground.
    :ivar sources: rows and columns in the image that each pixel of the ground was taken from, shape (h, w, 2).
    """

    placement: Placement
    colours: Colours
    sources: Places


def completed(
    picture: NDArray[np.uint8], placement: Placement, levels: Levels = _LEVELS
) -> Completion | None:
    """Fill the ground so that every patch of it looks like one of the image, from coarse to fine.

    Y. Wexler, E. Shechtman and M. Irani, "Space-Time Completion of Video", IEEE PAMI 29 (2007), with exact instead of
    approximate neighbours. Pieces are sought where the image's reflection would have them, which keeps skies above
    and horizons level.

    :returns: None where the image is too small to have patches.
    """
    colours: Colours | None = None
    result: Completion | None = None
    for side, rounds in levels:
        factor = min(1.0, side / max(placement.width, placement.height))
        small = placement.scaled(factor)
        if min(small.picture_width, small.picture_height) <= SIDE:
            continue
        result = _improved(resized(picture, small), small, colours, rounds)
        colours = result.colours
        if factor == 1.0:
            break
    return result


def resized(picture: NDArray[np.uint8], small: Placement) -> Colours:
    import cv2

    size = small.picture_width, small.picture_height
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)


def _improved(
    picture: Colours, placement: Placement, coarser: Colours | None, rounds: int
) -> Completion:
    import cv2

    if coarser is None:
        ground = _begun(picture, placement)
    else:
        size = placement.width, placement.height
        ground = np.asarray(cv2.resize(coarser, size), np.float32)
    ground[placement.inside] = picture
    search = _Search(picture, placement)
    sources = search.sources(ground)
    for _ in range(rounds):
        ground = search.voted(sources)
        sources = search.sources(ground)
    return Completion(placement, ground, of_pixels(sources))


def _begun(picture: Colours, placement: Placement) -> Colours:
    """Draw the image's outermost pixels out, the further the softer: what it shows is not at its border."""
    import cv2

    drawn = placement.drawn_out(picture)
    soft = cv2.GaussianBlur(drawn, (0, 0), _SOFT)
    distance = placement.distance(slice(0, placement.height), slice(0, placement.width))
    softness = np.minimum(distance / np.float32(2 * _SOFT), 1)[:, :, None]
    return np.asarray(drawn + (soft - drawn) * softness, np.float32)


class _Search:
    """Looks for the patches of one image. Patches are named by their first row and column."""

    def __init__(self, picture: Colours, placement: Placement) -> None:
        self._picture = picture
        self._placement = placement
        patches = cut(picture)
        self._compression = Compression.of(patches)
        rough = contrast(patches) * np.float32(_ROUGHNESS)
        rows, columns = (side - SIDE + 1 for side in picture.shape[:2])
        places = np.stack(np.divmod(np.arange(rows * columns), columns), axis=-1)
        charges = _SUBJECT * salience(patches, rows) + _MIDDLE * depth(rows, columns)
        features = [self._compression.features(patches), self._costs(places), rough[:, None]]
        self._pieces = Pieces(np.hstack(features), charges, rows, columns)
        self._own, wanted, reaches_out = _places(placement)
        self._open = reaches_out.ravel()
        wanted = wanted.reshape(-1, 2)[self._open]
        # What is not to be shown again says nothing of how rough its surroundings are.
        usual = np.where(charges > 0, np.median(rough[charges == 0]), rough).astype(np.float32)
        wanted_rough = usual[wanted[:, 0] * columns + wanted[:, 1], None]
        self._wanted = np.hstack([self._costs(wanted), wanted_rough])
        distance = placement.distance(slice(0, placement.height), slice(0, placement.width))
        near = 0.5 ** (distance[REACH:-REACH, REACH:-REACH] / _CONFIDENCE)
        self._weights = np.maximum(near, _LEAST)[:, :, None].astype(np.float32)

    def sources(self, ground: Colours) -> Places:
        """For each patch of the ground the place of the like in the image, shape (h - 6, w - 6, 2)."""
        features = self._compression.features(cut(ground)[self._open])
        return self._pieces.chosen(np.hstack([features, self._wanted]), self._own, self._open)

    def voted(self, sources: Places) -> Colours:
        """Let each pixel be the mean of what the patches that cover it were found to be."""
        result = overlaid(self._picture, sources, self._weights)
        result[self._placement.inside] = self._picture
        return result

    def _costs(self, places: Places) -> Features:
        longer = max(self._placement.width, self._placement.height)
        return (places * (_NEARBY / longer)).astype(np.float32)


def _places(placement: Placement) -> tuple[Places, Places, NDArray[np.bool_]]:
    """For each patch of the ground its place in the image: cut off at the image's border, and reflected there.

    And whether it reaches out of the image; of the others, the first is right.
    """
    own, wanted, outside = [], [], []
    for side, start, length in (
        (placement.height, placement.top, placement.picture_height),
        (placement.width, placement.left, placement.picture_width),
    ):
        first = np.arange(side - SIDE + 1) - start
        own.append(first.clip(0, length - SIDE))
        wanted.append((reflected(first + REACH, length) - REACH).clip(0, length - SIDE))
        outside.append(first != own[-1])
    return (
        np.stack(np.meshgrid(*own, indexing="ij"), axis=-1),
        np.stack(np.meshgrid(*wanted, indexing="ij"), axis=-1),
        outside[0][:, None] | outside[1][None, :],
    )
