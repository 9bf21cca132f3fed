"""Models in ONNX as an embedder."""

import hashlib
import json
from collections.abc import Sequence
from enum import Enum
from typing import Any

import attrs
import numpy as np

from photomill.plugin import (
    Embedder,
    Image,
    OpenContext,
    PluginUnavailable,
    ResourcesMissing,
    Vectors,
)
from photomill_networks.features import unit_vector
from photomill_onnx.encoder import Encoder, file_digest
from photomill_onnx.options import OnnxOptions
from photomill_onnx.preprocessing import prepared
from photomill_onnx.text import TextEncoder

NO_MATTER = frozenset({"model", "tokenizer", "device", "batch_size", "threads", "distance_scale"})
"""Options that do not change a vector, or that are compared by the contents of a file."""


class Onnx(Embedder):
    """Any encoder of images in ONNX, with an encoder of texts where there is one."""

    name = "onnx"
    Options = OnnxOptions
    requires = ("onnxruntime",)

    _pictures: Encoder
    _input: str
    _at_once: int
    _texts: TextEncoder | None = None
    _dimension: int
    _fingerprint: str

    def __init__(self, options: OnnxOptions) -> None:
        super().__init__(options)
        if options.text is not None:
            self.modalities = frozenset({"image", "text"})

    def check_models(self, context: OpenContext) -> None:
        super().check_models(context)
        options: OnnxOptions = self.options
        files = {"model": options.model}
        if options.text is not None:
            files |= {"text.model": options.text.model, "text.tokenizer": options.text.tokenizer}
        for name, file in files.items():
            if not file.is_file():
                raise PluginUnavailable(f"options.{name}: no file {str(file)!r}")

    def open(self, context: OpenContext) -> None:
        options: OnnxOptions = self.options
        try:
            self._pictures = Encoder(
                options.model,
                options.output,
                options.pooling,
                threads=options.threads,
                device=options.device,
            )
            self._input = self._pictures.input(options.input)
            self._at_once = self._pictures.at_once(self._input, options.batch_size)
            if options.text is not None:
                self._texts = TextEncoder(
                    options.text, threads=options.threads, device=options.device
                )
            self._dimension = self._probed()
            self._fingerprint = _fingerprint(options)
        except (OSError, ValueError, ResourcesMissing) as error:
            self.close()
            raise PluginUnavailable(str(error)) from error

    def close(self) -> None:
        self.__dict__.pop("_pictures", None)
        self.__dict__.pop("_texts", None)

    @property
    def dimension(self) -> int:
        return self._dimension

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    @property
    def distance_scale(self) -> float:
        return float(self.options.distance_scale)

    @property
    def decode_side(self) -> int:
        return int(self.options.decode_side)

    @property
    def at_once(self) -> int:
        return self._at_once

    def prepare(self, image: Image) -> Any:
        return prepared(image.pixels, self.options, self._pictures.inputs[self._input])

    def _embed(self, images: Sequence[Any]) -> Vectors:
        encoded = self._pictures.encode_all(self._input, images, self._at_once)
        return np.stack([unit_vector(features) for features in encoded])

    def _embed_text(self, texts: Sequence[str]) -> Vectors:
        assert self._texts is not None
        return np.stack([unit_vector(self._texts.encode(text)) for text in texts])

    def _probed(self) -> int:
        """Try both encoders, so that a wrong option is told at once."""
        plain = self.prepare(Image.from_pixels(np.zeros((8, 8, 3), np.uint8)))
        dimension = int(self._embed([plain]).shape[1])
        if self._texts is not None:
            of_text = self._texts.encode("an image").size
            if of_text != dimension:
                raise ValueError(f"images have {dimension} dimensions, texts {of_text}")
        return dimension


def _fingerprint(options: OnnxOptions) -> str:
    digest = hashlib.sha256(file_digest(options.model))
    if options.text is not None:
        digest.update(file_digest(options.text.model))
        digest.update(options.text.tokenizer.read_bytes())
    relevant = attrs.asdict(
        options, filter=lambda field, _: field.name not in NO_MATTER, value_serializer=_plain
    )
    digest.update(json.dumps(relevant, sort_keys=True).encode())
    return f"onnx-{digest.hexdigest()[:32]}"


def _plain(instance: Any, field: Any, value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
