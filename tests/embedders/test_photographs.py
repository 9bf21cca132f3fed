"""What users' distances mean, on real photographs."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from photomill.components import Embedder
from photomill.images.image import Image
from photomill_descriptor import Descriptor
from photomill_efficientnet import EfficientNet

NEAR = 5.0


@pytest.fixture(params=[EfficientNet, Descriptor])
def embedder(request: pytest.FixtureRequest, open_component: Callable[..., Any]) -> Any:
    return open_component(request.param)


@pytest.fixture(scope="module")
def photos(photographs: Mapping[str, Path]) -> list[Pillow.Image]:
    return [Pillow.open(path).convert("RGB") for path in photographs.values()]


def vectors(embedder: Embedder, photos: list[Pillow.Image]) -> Any:
    return embedder.embed([Image.from_pixels(np.asarray(each)) for each in photos])


def compressed(photograph: Pillow.Image) -> Pillow.Image:
    file = io.BytesIO()
    photograph.save(file, "JPEG", quality=50)
    return Pillow.open(file).convert("RGB")


def test_re_encodings_are_within_the_default_radius_and_other_photographs_are_not(
    embedder: Embedder, photos: list[Pillow.Image]
) -> None:
    originals = vectors(embedder, photos)
    copies = vectors(embedder, [compressed(each) for each in photos])
    distances = embedder.distance_scale * np.linalg.norm(copies[:, None] - originals, axis=2)
    own = distances.diagonal()
    assert (own <= NEAR).mean() >= 0.95
    assert (own > 0).all()
    np.fill_diagonal(distances, np.inf)
    assert distances.min() > NEAR


def test_mirrored_and_cropped_photographs_are_found(
    embedder: Embedder, photos: list[Pillow.Image]
) -> None:
    originals = vectors(embedder, photos)
    changes: list[Callable[[Pillow.Image], Pillow.Image]] = [
        lambda each: each.transpose(Pillow.Transpose.FLIP_LEFT_RIGHT),
        lambda each: each.crop((each.width // 10, each.height // 10, each.width, each.height)),
        lambda each: each.resize((each.width // 4 + 1, each.height // 4 + 1)),
    ]
    for change in changes:
        changed = vectors(embedder, [change(each) for each in photos])
        assert (changed @ originals.T).argmax(axis=1).tolist() == list(range(len(photos)))
