"""JSON of strangers: what it holds is as the decoder says, or it is refused before it is built."""

import base64
import json
import random
import tracemalloc
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomill.errors import InvalidInput
from photomill.json_text import JsonLimits, TooComplex, decode_json

_MB = 1024 * 1024

_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def _lengthened(value: Any, source: random.Random) -> Any:
    """The same with some of its strings so long that they are kept from the decoder."""
    if isinstance(value, str) and source.random() < 0.5:
        piece = value + source.choice(["a", '\\"', "/", "é", "😀", "\n", "\0"])
        return piece * (5000 // len(piece) + 1)
    if isinstance(value, list):
        return [_lengthened(inner, source) for inner in value]
    if isinstance(value, dict):
        return {name: _lengthened(inner, source) for name, inner in value.items()}
    return value


@given(_values, st.randoms(use_true_random=False), st.booleans())
def test_says_what_the_decoder_says(value: Any, source: random.Random, escaped: bool) -> None:
    text = json.dumps(_lengthened(value, source), ensure_ascii=escaped).encode()
    assert decode_json(text) == msgspec.json.decode(text)


@given(st.binary(max_size=200) | st.text('[]{},:"\\ 1aé').map(str.encode))
def test_refuses_what_the_decoder_refuses(text: bytes) -> None:
    try:
        expected = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        with pytest.raises(InvalidInput):
            decode_json(text)
    else:
        assert decode_json(text) == expected


@pytest.mark.parametrize("escape", ["\\/", "\\n", "\\\\", '\\"', "\\u00e9", "\\ud83d\\ude00", "é"])
@pytest.mark.parametrize("count", [1000, 40_000, 300_000])
def test_long_strings_of_escapes(escape: str, count: int) -> None:
    for before in ("", "a", "ab", "abc"):
        text = f'{{"a": "{before}{escape * count}", "b": ["{escape}"]}}'.encode()
        assert decode_json(text) == msgspec.json.decode(text)


@pytest.mark.parametrize(
    "piece", [b"[],", b"{},", b"1,", b'"",', b'{"a":1},', b'"a\\"",', b"[[],[]],", b"null,"]
)
def test_what_is_too_much_is_never_built(piece: bytes) -> None:
    text = b"[" + piece * (_MB // len(piece)) + b"0]"
    tracemalloc.start()
    try:
        with pytest.raises(TooComplex):
            decode_json(text, JsonLimits(nodes=5000))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < _MB


@pytest.mark.parametrize("piece", [b"\\u00e9", "é".encode(), "aaaaaaa😀".encode()])
def test_strings_that_grow_when_decoded_are_bounded(piece: bytes) -> None:
    with pytest.raises(TooComplex, match="bytes"):
        decode_json(b'{"a": "' + piece * (20 * _MB // len(piece)) + b'"}')


def test_pictures_are_not_counted() -> None:
    picture = base64.b64encode(random.Random(1).randbytes(18 * _MB)).decode()
    text = json.dumps({"records": [{"_base64": picture}]}).replace("/", "\\/").encode()
    assert decode_json(text, JsonLimits(size=1000, nodes=4)) == {"records": [{"_base64": picture}]}


def test_limits_are_exact() -> None:
    assert decode_json(b'{"a": [1, 2], "b, [": 3}', JsonLimits(nodes=5)) == {"a": [1, 2], "b, [": 3}
    for text in (b'{"a": [1, 2], "b": [3]}', b"[[],[],[1],2]"):
        with pytest.raises(TooComplex, match="more than 5 values"):
            decode_json(text, JsonLimits(nodes=5))
    assert decode_json(b'[[["[[[["]]]', JsonLimits(depth=3)) == [[["[[[["]]]
    with pytest.raises(InvalidInput, match="deeper than 3"):
        decode_json(b"[[[[]]]]", JsonLimits(depth=3))


def test_names_are_no_long_strings() -> None:
    with pytest.raises(TooComplex, match="name"):
        decode_json(b'{"' + b"a" * 5000 + b'": 1}')
