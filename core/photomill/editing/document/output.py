"""What ``output`` may say."""

from typing import Annotated, Literal

from attrs import frozen

from photomill.editing.document.constraints import Range
from photomill.editing.document.uris import DestinationUri
from photomill.editing.output import CmykProfile, MetadataKind, Subsampling

Quality = Annotated[int, Range(1, 100)]
Compression = Literal["lossy", "lossless"]


@frozen
class JpegFormat:
    """:ivar subsampling: 4:2:0 stores colours at half the size, 4:4:4 whole; ``auto`` halves them where nobody can tell."""

    type: Literal["jpeg"]
    quality: Quality = 85
    progressive: bool = True
    subsampling: Subsampling = "auto"


@frozen
class PngFormat:
    type: Literal["png"]
    compression: Literal["fast", "optimal", "best"] = "optimal"


@frozen
class LossyCompression:
    """:ivar quality: None takes the format's own default: 75, and 50 of AVIF."""

    type: Literal["lossy"]
    quality: Quality | None = None


@frozen
class LosslessCompression:
    type: Literal["lossless"]


@frozen
class WebpFormat:
    type: Literal["webp"]
    compression: Compression | LossyCompression | LosslessCompression = "lossy"


@frozen
class AvifFormat:
    type: Literal["avif"]
    compression: Compression | LossyCompression | LosslessCompression = "lossy"


@frozen
class TiffFormat:
    type: Literal["tiff"]
    compression: Compression | LossyCompression | LosslessCompression = "lossless"


@frozen
class AutomaticFormat:
    """The format and quality that look the same in the fewest bytes."""

    type: Literal["auto"]


FormatName = Literal["jpeg", "png", "webp", "avif", "tiff", "auto"]
FormatOptions = JpegFormat | PngFormat | WebpFormat | AvifFormat | TiffFormat | AutomaticFormat


@frozen
class RgbColorSpace:
    type: Literal["RGB"]


@frozen
class CmykColorSpace:
    type: Literal["CMYK"]
    color_profile: CmykProfile = "USWeb_Coated"


@frozen
class MetadataOptions:
    """
    :ivar dpi: dots per inch; the original's by default.
    :ivar color_space: the original's by default.
    :ivar keep: what the original says of itself that stays in the file: true for everything, or a list; ``copyright`` is
        who made it and whose it is, ``gps`` the place, wherever it is told.
    """

    dpi: Annotated[int, Range(1, 10_000)] | None = None
    color_space: Literal["RGB", "CMYK"] | RgbColorSpace | CmykColorSpace | None = None
    keep: bool | tuple[MetadataKind, ...] = False


@frozen
class OutputOptions:
    """Customize the result.

    :ivar format: of the file.
    :ivar destination: a folder or an object in a storage; by default the result is kept for a day.
    :ivar metadata: what the file says of itself.
    :ivar max_bytes: the quality is lowered until the file is no larger.
    """

    format: FormatName | FormatOptions = "jpeg"
    destination: DestinationUri | None = None
    metadata: MetadataOptions = MetadataOptions()
    max_bytes: Annotated[int, Range(1)] | None = None
