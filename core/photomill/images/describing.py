"""Describing an image by its pixels."""

from photomill.images.colours import colour_shares, pack_colours
from photomill.images.image import Descriptors, Image
from photomill.images.reduction import halved, planes
from photomill.images.signature import CHROMA_SIDE, SIDE, packed_signature
from photomill.images.turns import turned_hashes


def describe(image: Image) -> Descriptors:
    """Describe an image, whose shorter side should have 320 pixels, if it can."""
    luma, chroma = planes(image.pixels, SIDE, CHROMA_SIDE)
    # Each plane of colour has a quarter of the brightness's side.
    shares = colour_shares(halved(luma, 2), *chroma)
    signature = packed_signature(image, (luma, chroma))
    return Descriptors(turned_hashes(luma), signature, pack_colours(shares))
