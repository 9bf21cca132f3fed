"""Embedder quality: which photographs are still found after they were changed, against perceptual hashes.

Changes every photograph in each way of ``changes.py``, decodes the result as the engine does, and looks for its original
among all photographs: recall@1, where equally near ones share the hit. Then calibrates: ``distance_scale`` is 5.0
over the 99th percentile of the distance between a photograph and its mild re-encodings; no two distinct photographs should be
within 5.0.

    python benchmarks/embedders.py --photos ../shared/photos --output embedders.json
"""

import argparse
import json
import random
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import imagehash
import numpy as np
from changes import CHANGES, MILD_CHANGES
from numpy.typing import NDArray
from PIL import Image as Pillow

from photomill.components import Embedder
from photomill.config.load import load_settings
from photomill.decoding.decoder import ImageDecoder
from photomill.plugins import Components

NEAR = 5.0
SEED = 7
ALL_CHANGES = CHANGES | MILD_CHANGES
HASHES: dict[str, Callable[[Pillow.Image], Any]] = {
    "pHash": imagehash.phash,
    "dHash": imagehash.dhash,
    "wHash": imagehash.whash,
}
Distances = NDArray[np.float64]
"""Between changed photographs and originals: (n, n), the diagonal holds each one's own original."""


class Method(ABC):
    """One way to describe an image: what it makes of originals and of changed ones."""

    def __init__(self, name: str, decoder: ImageDecoder) -> None:
        self.name = name
        self.decoder = decoder
        self.described: dict[str, list[NDArray[Any]]] = {"original": []}
        self.described |= {change: [] for change in ALL_CHANGES}
        self.seconds: list[float] = []

    @abstractmethod
    def describe(self, data: bytes) -> NDArray[Any]: ...

    def distances(self, change: str) -> Distances:
        """Measure all changed images against all originals."""
        changed, originals = (
            np.array(self.described[each], np.float64) for each in (change, "original")
        )
        return np.asarray(
            [np.linalg.norm(originals - each, axis=1) for each in changed], np.float64
        )

    def recall(self, change: str) -> float:
        distances = self.distances(change)
        nearest = distances.min(axis=1)
        hit = np.isclose(distances.diagonal(), nearest, rtol=0, atol=1e-9)
        ties = np.isclose(distances, nearest[:, None], rtol=0, atol=1e-9).sum(axis=1)
        return float((hit / ties).mean())


class EmbedderMethod(Method):
    """Decodes as the engine does, and embeds."""

    def __init__(self, name: str, embedder: Embedder, decoder: ImageDecoder) -> None:
        super().__init__(name, decoder)
        self.embedder = embedder

    def describe(self, data: bytes) -> NDArray[Any]:
        image = self.decoder.decode(data, side=self.embedder.decode_side)
        started = time.perf_counter()
        (vector,) = self.embedder.embed([image])
        self.seconds.append(time.perf_counter() - started)
        return np.asarray(vector)

    def calibration(self) -> dict[str, float]:
        own = np.concatenate([self.distances(change).diagonal() for change in MILD_CHANGES])
        distinct = self.distances("original")
        np.fill_diagonal(distinct, np.inf)
        scale = self.embedder.distance_scale
        return {
            "distance_scale": scale,
            "calibrated_scale": NEAR / float(np.percentile(own, 99)),
            "mild_within_radius": float((own * scale <= NEAR).mean()),
            "nearest_distinct": float(distinct.min() * scale),
            "false_near_duplicates": int((distinct * scale <= NEAR).sum()) // 2,
        }


class HashMethod(Method):
    """A 64-bit hash of imagehash; its bits as 0 and 1, so that distance is the square root of Hamming's."""

    def describe(self, data: bytes) -> NDArray[Any]:
        image = Pillow.fromarray(self.decoder.decode(data).pixels)
        started = time.perf_counter()
        bits = HASHES[self.name](image).hash.ravel()
        self.seconds.append(time.perf_counter() - started)
        return np.asarray(bits, np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--photos", type=Path, required=True, help="a folder of distinct photographs"
    )
    parser.add_argument("--limit", type=int, help="take only so many photographs")
    parser.add_argument("--config", type=Path, help="a plugins.toml with the embedders to measure")
    parser.add_argument("--embedders", nargs="*", default=["main", "color"], help="instances in it")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    files = sorted(
        path
        for path in arguments.photos.iterdir()
        if path.suffix.lower() in {".jpeg", ".jpg", ".png"}
    )
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(arguments.config, overrides={"photomill.data_dir": folder})
        with (
            Components.load(settings) as components,
            ImageDecoder(components.decoders(), settings.images) as decoder,
        ):
            methods: list[Method] = [
                EmbedderMethod(components.embedder(name).name, components.embedder(name), decoder)
                for name in arguments.embedders
            ]
            methods += [HashMethod(name, decoder) for name in HASHES]
            describe_all(files[: arguments.limit], methods, decoder)
            rows = [row(method) for method in methods]
    print_table(rows)
    if arguments.output:
        arguments.output.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def describe_all(files: Sequence[Path], methods: Sequence[Method], decoder: ImageDecoder) -> None:
    for number, file in enumerate(files):
        original = file.read_bytes()
        image = Pillow.fromarray(decoder.decode(original).pixels)
        seeded = random.Random(SEED + number)
        versions = {"original": original} | {
            name: change(image, seeded) for name, change in ALL_CHANGES.items()
        }
        for method in methods:
            for name, data in versions.items():
                method.described[name].append(method.describe(data))


def row(method: Method) -> dict[str, Any]:
    recalls = {change: method.recall(change) for change in CHANGES}
    measured: dict[str, Any] = {
        "method": method.name,
        "photographs": len(method.described["original"]),
        "recall": recalls,
        "mean_recall": sum(recalls.values()) / len(recalls),
        "milliseconds": float(np.median(method.seconds)) * 1000,
    }
    if isinstance(method, EmbedderMethod):
        measured |= method.calibration()
    return measured


def print_table(rows: Sequence[dict[str, Any]]) -> None:
    print(f"recall@1 of the original among {rows[0]['photographs']} photographs")
    print(f"{'':18}" + "".join(f"{each['method']:>14}" for each in rows))
    for change in CHANGES:
        print(f"{change:18}" + "".join(f"{each['recall'][change]:14.3f}" for each in rows))
    print(f"{'mean':18}" + "".join(f"{each['mean_recall']:14.3f}" for each in rows))
    print(f"{'ms a picture':18}" + "".join(f"{each['milliseconds']:14.1f}" for each in rows))
    for each in rows:
        if "distance_scale" in each:
            print(
                f"{each['method']}: distance_scale {each['distance_scale']:.2f}, here calibrated {each['calibrated_scale']:.2f}; "
                f"{each['mild_within_radius']:.1%} of mild re-encodings within {NEAR}; "
                f"{each['false_near_duplicates']} pairs of distinct photographs within it, the nearest {each['nearest_distinct']:.1f}"
            )


if __name__ == "__main__":
    main()
