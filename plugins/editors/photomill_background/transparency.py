"""Images that have a transparency of their own."""

import numpy as np

from photomill.plugin import Raster, RasterPixels

_TRANSPARENT = 128
"""An alpha below this, of 255, is nearer to nothing than to something."""
_CUT_AWAY = 0.5
"""So much of an image's border is transparent where its background was cut away already."""


class CutOut(Raster):
    """An image whose alpha came with its file, and whose background is what is transparent there.

    Its colours are free of any background already, which the operations that follow must know: what was mixed in the
    edges of a photograph was never mixed here.
    """


class PartlyTransparent(Raster):
    """An image with a background, and with a transparency of its own beside: round corners, a hole.

    :ivar opacity: its own alpha, of shape (h, w); :attr:`alpha` is that of the foreground.
    """

    opacity: RasterPixels

    @classmethod
    def of(cls, raster: Raster, foreground: RasterPixels) -> "PartlyTransparent":
        """Cut a foreground out; what is transparent already stays so."""
        opacity = raster.pixels[:, :, 3]
        both = foreground.astype(np.uint16) * opacity
        alpha = ((both + 127) // 255).astype(np.uint8)
        made = cls.from_pixels(np.dstack([raster.rgb, alpha]))
        made.opacity = opacity
        return made


def has_background(raster: Raster) -> bool:
    """Whether the colours of half transparent pixels hold something of a background."""
    return not isinstance(raster, CutOut)


def opacity_of(raster: Raster) -> RasterPixels | None:
    """The alpha that an image with a foreground had before; None where it had none."""
    return raster.opacity if isinstance(raster, PartlyTransparent) else None


def is_cut_out(alpha: RasterPixels) -> bool:
    """Whether an image's transparency is the place of its background: most of its border is transparent."""
    border = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
    return bool((border < _TRANSPARENT).mean() >= _CUT_AWAY)
