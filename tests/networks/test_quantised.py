import json
from typing import Any

import numpy as np
import pytest

from photomill_networks.quantised import read_quantised

VALUES = np.array([0, 128, 255], np.uint8)


def manifest(**changes: Any) -> bytes:
    tensor = {
        "name": "bias",
        "shape": [3],
        "dtype": "float32",
        "quantization": {"dtype": "uint8", "scale": 0.5, "min": -10.0},
        **changes,
    }
    return json.dumps([{"weights": [tensor], "paths": ["weights.bin"]}]).encode()


def test_bytes_become_numbers_between_the_least_and_the_largest() -> None:
    (tensor,) = read_quantised(manifest(), VALUES.tobytes()).values()
    assert tensor.dtype == np.float32
    assert tensor.tolist() == [-10.0, 54.0, 117.5]


def test_16_bits_and_plain_numbers_are_read_too() -> None:
    wide = {"dtype": "uint16", "scale": 0.25, "min": 1.0}
    found = read_quantised(manifest(quantization=wide), VALUES.astype("<u2").tobytes())
    assert found["bias"].tolist() == [1.0, 33.0, 64.75]
    plain = read_quantised(manifest(quantization=None), VALUES.astype("<f4").tobytes())
    assert plain["bias"].tolist() == [0.0, 128.0, 255.0]


def test_tensors_follow_one_another_in_their_shapes() -> None:
    described = [
        {"name": "first", "shape": [2, 2], "dtype": "float32"},
        {"name": "second", "shape": [], "dtype": "float32"},
    ]
    data = np.arange(5, dtype="<f4").tobytes()
    found = read_quantised(json.dumps([{"weights": described}]).encode(), data)
    assert list(found) == ["first", "second"]
    assert found["first"].tolist() == [[0.0, 1.0], [2.0, 3.0]]
    assert found["second"].tolist() == 4.0


@pytest.mark.parametrize(
    "given",
    [
        b"no JSON",
        b"{}",
        b"[]",
        b"[1]",
        b'[{"weights": 5}]',
        b'[{"weights": [{"name": "bias"}]}]',
        manifest(dtype="int32"),
        manifest(shape=[-3]),
        manifest(shape=["many"]),
        manifest(quantization={"dtype": "uint4"}),
        manifest(quantization={"dtype": "uint8", "scale": "much"}),
    ],
)
def test_what_is_no_manifest_is_refused(given: bytes) -> None:
    with pytest.raises(ValueError, match="not a manifest"):
        read_quantised(given, VALUES.tobytes())


@pytest.mark.parametrize("data", [b"", VALUES.tobytes()[:2], VALUES.tobytes() + b"?"])
def test_weights_of_another_size_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="3"):
        read_quantised(manifest(), data)
