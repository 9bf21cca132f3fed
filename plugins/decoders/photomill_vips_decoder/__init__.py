"""Decodes with libvips: fast, and JPEG only as large as it is needed."""

from photomill.plugin import Decoder, hookimpl
from photomill_vips_decoder.decoder import VipsDecoder

__all__ = ["VipsDecoder"]


@hookimpl
def register_decoders() -> list[type[Decoder]]:
    return [VipsDecoder]
