"""What is known of the file that an image under edit came from."""

from attrs import field, frozen


@frozen
class Origin:
    """
    :ivar format: the sniffed format: jpeg, png, webp, gif, tiff, bmp, avif or heic.
    :ivar width: of the whole image after its orientation was applied, in pixels, however small it was decoded.
    :ivar height: likewise.
    :ivar colour_space: ``RGB``, ``CMYK`` or ``GREY``.
    :ivar profile: the embedded ICC profile, empty where there is none that fits.
    :ivar dpi: dots per inch; None where the file does not say.
    :ivar metadata: the file's EXIF block, empty where there is none.
    :ivar xmp: the file's XMP packet, likewise.
    :ivar iptc: the records of its IPTC block, likewise.
    :ivar depth: bits a channel; 32 of floating-point numbers.
    :ivar wide_gamut: its profile has colours that sRGB has not.
    :ivar colours_halved: a JPEG that stores its colours at half the size, so that there is nothing left to lose.
    :ivar frames: images or pages in the file.
    :ivar notes: for the answer: what of the file had to be guessed, one sentence each.
    :ivar data: the file itself.
    """

    format: str
    width: int
    height: int
    colour_space: str = "RGB"
    profile: bytes = field(default=b"", repr=False)
    dpi: float | None = None
    metadata: bytes = field(default=b"", repr=False)
    xmp: bytes = field(default=b"", repr=False)
    iptc: bytes = field(default=b"", repr=False)
    depth: int = 8
    wide_gamut: bool = False
    colours_halved: bool = False
    frames: int = 1
    notes: tuple[str, ...] = ()
    data: bytes = field(default=b"", repr=False)
