"""What file an edit ends in."""

from typing import Any, Literal

from attrs import Attribute, field, frozen, validators

_quality: Any = validators.and_(validators.ge(1), validators.le(100))
_optional_quality: Any = validators.optional(_quality)
CmykProfile = Literal["ISO_Coated", "ISO_Uncoated", "USWeb_Coated", "USWeb_Uncoated"]

MetadataKind = Literal["copyright", "icc", "exif", "gps", "xmp", "iptc"]

Subsampling = Literal["auto", "4:4:4", "4:2:0"]


@frozen
class Jpeg:
    """:ivar subsampling: whether colours are stored at half the size; ``auto`` where nobody can tell."""

    quality: int = field(default=85, validator=_quality)
    progressive: bool = True
    subsampling: Subsampling = "auto"


@frozen
class Png:
    compression: Literal["fast", "optimal", "best"] = "optimal"


@frozen
class Webp:
    """:ivar quality: of lossy compression; None for lossless."""

    quality: int | None = field(default=75, validator=_optional_quality)


@frozen
class Avif:
    """:ivar quality: of lossy compression; None for lossless."""

    quality: int | None = field(default=50, validator=_optional_quality)


@frozen
class Tiff:
    """:ivar quality: of JPEG compression inside; None for lossless LZW."""

    quality: int | None = field(default=None, validator=_optional_quality)


@frozen
class Automatic:
    """The format and quality that look the same in the fewest bytes: WebP or PNG with alpha, else JPEG or WebP."""


Format = Jpeg | Png | Webp | Avif | Tiff | Automatic


def _dpi(instance: Any, attribute: "Attribute[int | None]", value: int | None) -> None:
    if value is not None and not 1 <= value <= 10_000:
        raise ValueError("expected 1 to 10000 dots per inch")


@frozen
class Output:
    """
    :ivar dpi: None keeps what the original file says.
    :ivar colour_space: None keeps the original's, where the format can hold it.
    :ivar cmyk_profile: which ink and paper CMYK is made for; None keeps the original's, or takes ``USWeb_Coated``.
    :ivar keep_metadata: what the original says of itself that stays in the file: everything, nothing, or what is listed;
        where the image was taken, and by whom, is private. ``copyright`` is who made it and whose it is; ``gps`` the
        place, wherever it is told.
    :ivar max_bytes: the quality is lowered until the file is no larger; None for no limit.
    """

    format: Format = Jpeg()
    dpi: int | None = field(default=None, validator=_dpi)
    colour_space: Literal["RGB", "CMYK"] | None = None
    cmyk_profile: CmykProfile | None = None
    keep_metadata: bool | frozenset[MetadataKind] = False
    max_bytes: int | None = field(default=None, validator=validators.optional(validators.ge(1)))

    def keeps(self, kind: MetadataKind) -> bool:
        """Whether metadata of a kind stays in the file."""
        kept = self.keep_metadata
        return kept if isinstance(kept, bool) else kind in kept

    @property
    def is_lossless(self) -> bool:
        """Whether every pixel is kept as it is."""
        format = self.format
        if isinstance(format, Webp | Avif | Tiff):
            return format.quality is None
        return isinstance(format, Png)

    @property
    def may_hold_ink(self) -> bool:
        """Whether the inks of a CMYK original can stay as they are."""
        return (
            isinstance(self.format, Jpeg | Tiff)
            and self.colour_space != "RGB"
            and self.cmyk_profile is None
        )

    @property
    def holds_alpha(self) -> bool:
        """Whether the file can have transparent parts."""
        if isinstance(self.format, Tiff):
            return self.format.quality is None
        return not isinstance(self.format, Jpeg) and self.colour_space != "CMYK"
