"""Decodes with Pillow: what libvips does not read, and the rest where libvips is not there."""

from photomill.plugin import Decoder, hookimpl
from photomill_pillow_decoder.decoder import PillowDecoder

__all__ = ["PillowDecoder"]


@hookimpl
def register_decoders() -> list[type[Decoder]]:
    return [PillowDecoder]
