"""The versions of the default embedder beside each other: what is still found after a change, and what lies nearest.

Changes every photograph in eight ways, and looks for its original among all photographs: recall@1. Then asks how near
of kin, in WordNet, the classes of the five nearest photographs are to a photograph's own, by Wu and Palmer (1994); the
names of the files begin with their synsets. Also compares the middle that is taken away, which comes from the
classifier's weights, with the mean of the photographs' own features.

    python benchmarks/vector_versions.py --photos ../shared/photos
"""

import argparse
import random
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path

import changes
import copies
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageOps

from photomill.components import Embedder, Vectors
from photomill.config.load import load_settings
from photomill.decoding.decoder import ImageDecoder
from photomill.plugins import Components
from photomill_efficientnet.concepts import vocabulary
from photomill_efficientnet.projection import Projection
from photomill_lite0.weights import SHA256, lite0_weights

NEAREST = 5
SEED = 7


def _changed(edit: Callable[[Pillow.Image], Pillow.Image]) -> changes.Change:
    return lambda image, _: copies.encoded(edit(image))


EIGHT: dict[str, changes.Change] = {
    "thumbnail of 64 px": lambda image, _: copies.encoded(
        ImageOps.contain(image, (64, 64)), quality=80
    ),
    "JPEG quality 10": changes.CHANGES["JPEG q10"],
    "crop of 60 %": changes.CHANGES["random crop 60 %"],
    "upper left quarter": _changed(
        lambda image: image.crop((0, 0, image.width // 2, image.height // 2))
    ),
    "grey": _changed(lambda image: ImageOps.grayscale(image).convert("RGB")),
    "blurred": changes.CHANGES["blur"],
    "text across it": changes.CHANGES["text overlay"],
    "turned by 90°": _changed(lambda image: image.transpose(Pillow.Transpose.ROTATE_90)),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--photos", type=Path, required=True, help="a folder of distinct photographs"
    )
    parser.add_argument("--limit", type=int, help="take only so many photographs")
    given = parser.parse_args()
    paths = sorted(given.photos.glob("*.[jJ][pP]*[gG]"))[: given.limit]
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(environ={}, overrides={"photomill.data_dir": folder})
        with (
            Components.load(settings) as components,
            ImageDecoder(components.decoders(), settings.images) as decoder,
        ):
            second = components.embedder("main")
            first = second.earlier(f"efficientnet-lite0-{SHA256[:16]}-1")
            assert first is not None  # version 2 knows version 1
            features = describe_all(paths, first, decoder)
            print_table(paths, first, second, features)
    print_middle(features["original"])


def describe_all(
    paths: list[Path], embedder: Embedder, decoder: ImageDecoder
) -> dict[str, Vectors]:
    """Features of originals and of changed ones."""

    def describe(data: bytes) -> Vectors:
        return embedder.embed([decoder.decode(data, side=embedder.decode_side)])

    found: dict[str, list[Vectors]] = {name: [] for name in ("original", *EIGHT)}
    for number, path in enumerate(paths):
        original = path.read_bytes()
        image = Pillow.fromarray(decoder.decode(original).pixels)
        found["original"].append(describe(original))
        for name, change in EIGHT.items():
            found[name].append(describe(change(image, random.Random(SEED + number))))
    return {name: np.concatenate(some) for name, some in found.items()}


def print_table(
    paths: list[Path], first: Embedder, second: Embedder, features: dict[str, Vectors]
) -> None:
    projected = {name: second.convert(some, first.fingerprint) for name, some in features.items()}
    print(f"| | {first.dimension} features | {second.dimension} |\n|---|---|---|")
    for name in EIGHT:
        recalls = [recall(some[name], some["original"]) for some in (features, projected)]
        print(f"| {name} | {' | '.join(f'{each:.3f}' for each in recalls)} |")
    kin = kinship([path.name.partition("_")[0] for path in paths])
    near = [kinship_of_nearest(some["original"], kin) for some in (features, projected)]
    print(f"| kinship of the five nearest | {' | '.join(f'{each:.3f}' for each in near)} |")
    others = kin[~np.eye(len(kin), dtype=bool)].reshape(len(kin), -1)
    best = np.sort(others, axis=1)[:, -NEAREST:].mean()
    print(f"\nkinship of the five best: {best:.3f}, of any: {others.mean():.3f}")


def print_middle(features: Vectors) -> None:
    """Compare the middle of the projection with the mean of the photographs' features."""
    middle = np.frombuffer(
        Projection.of_classifier(lite0_weights()["_fc.weight"]).to_bytes(), "<f4"
    )[: features.shape[1]]
    mean = features.mean(axis=0)
    cosine = float(middle @ mean / np.linalg.norm(middle) / np.linalg.norm(mean))
    print(f"the middle and the photographs' mean: cosine {cosine:.3f}")


def recall(changed: Vectors, originals: Vectors) -> float:
    nearest = np.argmax(changed @ originals.T, axis=1)
    return float((nearest == np.arange(len(originals))).mean())


def kinship_of_nearest(vectors: Vectors, kin: NDArray[np.float64]) -> float:
    products = vectors @ vectors.T
    np.fill_diagonal(products, -np.inf)
    nearest = np.argsort(-products, axis=1)[:, :NEAREST]
    return float(np.take_along_axis(kin, nearest, axis=1).mean())


def kinship(synsets: list[str]) -> NDArray[np.float64]:
    """How near of kin classes are, all with all: float64 (n, n)."""
    known = vocabulary()
    lines = files("photomill_efficientnet").joinpath("vocabulary.tsv").read_text("utf-8")
    names = [line.partition("\t")[0] for line in lines.splitlines()[1:]]
    places = [names.index(synset) for synset in synsets]

    @cache
    def depth(place: int) -> int:
        return 1 + min((depth(kind) for kind in known.concepts[place].kinds), default=0)

    def kin(one: int, other: int) -> float:
        common = {one, *known.kinds_of[one]} & {other, *known.kinds_of[other]}
        deepest = max(map(depth, common), default=0)
        return 2 * deepest / (depth(one) + depth(other))

    return np.array([[kin(one, other) for other in places] for one in places])


if __name__ == "__main__":
    main()
