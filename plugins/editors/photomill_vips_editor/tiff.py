"""TIFF with EXIF: libvips writes none into this format."""

import io
import warnings
from typing import Any

_MILLIMETRES = 25.4
_PREDICTOR = 317
_HORIZONTAL = 2
_MODES = {"b-w": "L", "srgb": "RGB", "cmyk": "CMYK"}
_TEXTS = (0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x8298)
"""Description, make, model, software, time, artist, copyright."""
_FOLDERS = (0x8769, 0x8825)
"""How it was photographed, and where."""


def save_with_exif(image: Any, quality: int | None) -> bytes:
    """Encode with Pillow a picture that carries an EXIF block which libvips could read.

    :param quality: of JPEG compression inside; None for lossless LZW.
    """
    import PIL.Image

    mode = _MODES[image.interpretation] + ("A" if image.hasalpha() else "")
    picture = PIL.Image.frombytes(mode, (image.width, image.height), image.write_to_memory())
    described = _described(bytes(image.get("exif-data")))
    options: dict[str, Any] = {"compression": "jpeg", "quality": quality}
    if quality is None:
        options = {"compression": "tiff_lzw"}
        described[_PREDICTOR] = _HORIZONTAL
    if image.get_typeof("icc-profile-data"):
        options["icc_profile"] = bytes(image.get("icc-profile-data"))
    dpi = round(image.xres * _MILLIMETRES, 2)
    file = io.BytesIO()
    picture.save(file, "TIFF", exif=described, dpi=(dpi, dpi), **options)
    return file.getvalue()


def _described(block: bytes) -> Any:
    """What describes the picture; the original file's own structure has no place in another."""
    import PIL.Image

    exif = PIL.Image.Exif()
    # A block that is damaged in part gives the rest.
    with warnings.catch_warnings(action="ignore"):
        exif.load(block)
        for tag in list(exif):
            if tag in _FOLDERS:
                exif.get_ifd(tag)
            elif tag not in _TEXTS:
                del exif[tag]
    return exif
