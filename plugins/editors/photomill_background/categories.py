"""What is known of an image whose category is known."""

import numpy as np

from photomill.plugin import Category, RasterPixels
from photomill_background.arrays import Values
from photomill_background.components import parts
from photomill_background.flat_ground import against_flat_ground

_BESIDE = 0.4
"""A part may weigh this much less than the heaviest, and still belongs to the subject."""
_PLACES: dict[Category, tuple[tuple[float, float], tuple[float, float]]] = {
    "general": ((0.5, 0.5), (0.55, 0.55)),
    "products": ((0.5, 0.5), (0.35, 0.35)),
    "cars": ((0.6, 0.5), (0.25, 0.5)),
}
"""Centre and extent as rows and columns, of the image's height and width."""


def likely_places(height: int, width: int, category: Category) -> Values:
    """Where subjects of a category stand: float32 (h, w), 1 at the likeliest place."""
    (middle, centre), (tall, wide) = _PLACES[category]
    rows = ((np.arange(height) + 0.5) / height - middle) / tall
    columns = ((np.arange(width) + 0.5) / width - centre) / wide
    return np.exp(-0.5 * (rows[:, np.newaxis] ** 2 + columns**2)).astype(np.float32)


def of_category(rgb: RasterPixels, guess: Values, category: Category) -> Values:
    """Improve a guess for images of a category.

    Cars stand in the lower middle, and others beside them are traffic. Products stand in the middle, often before a
    plain background, against which each of their pixels can be told.

    :param guess: of any shape (h', w'), 0 to 1.
    """
    if category == "general":
        return guess
    if category == "products":
        guess = _against_ground(rgb, guess)
    return _heaviest(guess, likely_places(guess.shape[0], guess.shape[1], category))


def _against_ground(rgb: RasterPixels, guess: Values) -> Values:
    import cv2

    size = guess.shape[1], guess.shape[0]
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    differs = against_flat_ground(small)
    return guess if differs is None else (guess + 2 * differs) / 3


def _heaviest(guess: Values, place: Values) -> Values:
    """Drop the parts that weigh little beside the heaviest: large ones in likely places weigh most."""
    found = list(parts(guess > 0.5))
    if not found:
        return guess
    likely = guess * place
    weights = [float(likely[part.mask].sum()) for part in found]
    result = guess.copy()
    for part, weight in zip(found, weights, strict=True):
        if weight < _BESIDE * max(weights):
            result[part.mask] = 0
    return result
