"""The perceptual hash stays near under re-encoding, and tells images apart."""

import io

import numpy as np
import PIL.Image
import PIL.ImageFilter
from hypothesis import given
from hypothesis import strategies as st

from photomill.images.perceptual_hash import HASHED_SIDE, hamming, hash_of
from photomill.images.reduction import luma_plane
from photomill.testing.sample_images import noise, quarters


def _scene(seed: int) -> PIL.Image.Image:
    """Soft shapes, as photos have."""
    return PIL.Image.fromarray(noise(12, 9, seed)).resize((400, 300), PIL.Image.Resampling.BICUBIC)


def _hash(image: PIL.Image.Image) -> int:
    return hash_of(luma_plane(np.asarray(image), HASHED_SIDE))


def test_it_has_64_bits() -> None:
    hashes = [_hash(_scene(seed)) for seed in range(20)]
    assert all(0 <= each < 2**64 for each in hashes)
    assert max(hashes) >= 2**63


def test_re_encoding_and_resizing_change_few_bits() -> None:
    for seed in range(10):
        scene = _scene(seed)
        encoded = io.BytesIO()
        scene.save(encoded, "JPEG", quality=40)
        for other in (
            PIL.Image.open(encoded),
            scene.resize((150, 113)),
            scene.resize((900, 600)),
            scene.point(lambda value: value * 0.9),
            scene.filter(PIL.ImageFilter.GaussianBlur(2)),
        ):
            assert hamming(_hash(scene), _hash(other.convert("RGB"))) <= 8


def test_other_pictures_differ_in_many_bits() -> None:
    hashes = [_hash(_scene(seed)) for seed in range(20)]
    distances = [hamming(a, b) for place, a in enumerate(hashes) for b in hashes[:place]]
    assert min(distances) > 12


@given(st.integers(1, 70), st.integers(1, 70))
def test_any_size_has_a_hash(width: int, height: int) -> None:
    assert 0 <= hash_of(luma_plane(quarters(width, height), HASHED_SIDE)) < 2**64


def test_the_distance_counts_bits() -> None:
    assert hamming(0, 2**64 - 1) == 64
    assert hamming(0b1010, 0b0110) == 2
