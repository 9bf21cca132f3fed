"""Telling documents and screenshots from photos, by their text and by what it stands on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from photomill.collections.image_text import ImageKind
from photomill.components import TextLine
from photomill.images.image import Pixels

FEWEST_LINES = 4
"""Of a screenshot."""
FEWEST_LINES_OF_PAGE = 5

_SIDE = 512
"""Of the samples that are looked at, at most: some rows and columns of the image as they are, so that noise stays."""
_FLAT = 1.0
"""Levels that neighbours of one even ground differ by at most."""
_PAPER_LEVEL, _PAPER_COLOUR = 110, 48
"""Of paper, however it is lit: its brightness, and how far its channels are apart."""
_SCREEN_FLAT = 0.5
_PAPER_SHARE, _TEXT_SHARE = 0.6, 0.03
_PLAIN = 0.93
"""Of a page that a machine drew, which stands upright, by paper and ink: screenshots have colours, and most lie."""


def kind_of(pixels: Pixels, lines: Sequence[TextLine]) -> ImageKind:
    """What an image is a picture of.

    The figures were set on drawn pages, on screenshots of this program's own pages, and on photos.
    """
    if len(lines) < FEWEST_LINES:
        return ImageKind.PHOTO
    flat, paper, plain = _grounds(pixels)
    covered = sum(line.width * line.height for line in lines)
    drawn = flat >= _SCREEN_FLAT
    upright = pixels.shape[0] > pixels.shape[1]
    is_page = (
        paper >= _PAPER_SHARE and covered >= _TEXT_SHARE and len(lines) >= FEWEST_LINES_OF_PAGE
    )
    if is_page and (not drawn or (plain >= _PLAIN and upright)):
        return ImageKind.DOCUMENT
    return ImageKind.SCREENSHOT if drawn else ImageKind.PHOTO


def _grounds(pixels: Pixels) -> tuple[float, float, float]:
    """Shares of the image: what is perfectly even, what may be paper, and what is without colour."""
    height, width = pixels.shape[:2]
    part = pixels[:: max(1, height // _SIDE)].astype(np.int16)
    even = np.abs(np.diff(part, axis=1)).max(axis=2) <= _FLAT
    samples: NDArray[np.int16] = part[:, :: max(1, width // _SIDE)]
    level, colour = samples.mean(axis=2), np.ptp(samples, axis=2)
    paper = (level >= _PAPER_LEVEL) & (colour <= _PAPER_COLOUR)
    return float(even.mean()), float(paper.mean()), float((colour <= _PAPER_COLOUR).mean())
