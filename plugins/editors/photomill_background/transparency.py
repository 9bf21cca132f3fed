"""Pictures that have no background to begin with."""

from photomill.images.raster import Raster


class CutOut(Raster):
    """A picture whose alpha came with its file.

    Its colours are free of any background already, which the operations that follow must know: what was mixed in the
    edges of a photograph was never mixed here.
    """


def has_background(raster: Raster) -> bool:
    """Whether the colours of half transparent pixels hold something of a background."""
    return not isinstance(raster, CutOut)
