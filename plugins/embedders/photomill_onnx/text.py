"""An encoder of texts."""

import numpy as np
from numpy.typing import NDArray

from photomill_onnx.encoder import Encoder
from photomill_onnx.options import TextOptions
from photomill_onnx.tokens import IDS, MASK, TYPES, Tokenizer


class TextEncoder:
    """A text encoder and its tokenizer."""

    def __init__(self, options: TextOptions, *, threads: int, device: str) -> None:
        """Open both.

        :raises ValueError: one of the files is not what it should be.
        """
        self._tokenizer = Tokenizer(options.tokenizer, options.length)
        self._encoder = Encoder(
            options.model, options.output, options.pooling, threads=threads, device=device
        )
        self._names = {self._encoder.input(options.input, usual=IDS): IDS}
        self._names |= {name: name for name in (MASK, TYPES) if name in self._encoder.inputs}

    def encode(self, text: str) -> NDArray[np.float64]:
        """Encode one text: float64 (dimension,)."""
        tokens = self._tokenizer(text)
        feeds = {
            name: tokens[part].astype(self._encoder.inputs[name])[None]
            for name, part in self._names.items()
        }
        return self._encoder.encode(feeds, tokens[MASK])
