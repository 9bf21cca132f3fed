"""Texts as a model's input."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import PluginUnavailable

Tokens = Mapping[str, NDArray[np.int64]]

IDS, MASK, TYPES = "input_ids", "attention_mask", "token_type_ids"


class Tokenizer:
    """A tokenizer file, cutting and padding to one length."""

    def __init__(self, path: Path, length: int) -> None:
        """Read the file.

        :raises PluginUnavailable: the library is not installed.
        :raises ValueError: the file is no tokenizer.
        """
        try:
            import tokenizers
        except ImportError:
            raise PluginUnavailable(
                "text needs tokenizers: pip install 'photomill[text]'"
            ) from None
        try:
            self._tokenizer: Any = tokenizers.Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises nothing more specific
            raise ValueError(f"{path} is no tokenizer: {error}") from error
        padding = self._tokenizer.padding or {}
        known = {
            key: padding[key] for key in ("pad_id", "pad_type_id", "pad_token") if key in padding
        }
        self._tokenizer.enable_truncation(length)
        self._tokenizer.enable_padding(length=length, **known)

    def __call__(self, text: str) -> Tokens:
        """Tokenize one text: int64 (length,) each."""
        encoding = self._tokenizer.encode(text)
        named = {IDS: encoding.ids, MASK: encoding.attention_mask, TYPES: encoding.type_ids}
        return {name: np.asarray(values, np.int64) for name, values in named.items()}
