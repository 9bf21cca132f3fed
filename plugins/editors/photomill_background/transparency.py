"""Pictures that have no background to begin with."""

from attrs import field, frozen

from photomill.images.raster import Raster, RasterPixels


@frozen
class OwnTransparency:
    """The pixels of a picture whose alpha came with its file.

    Its colours are free of any background already, which the operations that follow must know: what was mixed in the
    edges of a photograph was never mixed here.
    """

    pixels: RasterPixels = field(repr=False)


def keep_transparency(raster: Raster) -> Raster:
    """Hand a picture with an alpha on as one that has no background."""
    own = OwnTransparency(raster.pixels)
    return Raster(own, raster.width, raster.height, raster.bands, lambda native: native.pixels)


def has_background(raster: Raster) -> bool:
    """Whether the colours of half transparent pixels hold something of a background."""
    return not isinstance(raster.native, OwnTransparency)
