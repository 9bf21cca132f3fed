"""Grouping: how well and how fast images are split into groups of bounded size, against the field.

Each theme is a photograph, its images are changes of it (``changes.py``, two in a row); themes are of unlike sizes. All
methods get the same vectors of the default embedder, as many groups as there are themes, and sizes from half the mean to
twice the mean. Rounds are interleaved; seconds are CPU seconds of the split alone, the median, with one thread a product, as
the engine has it. The last line of a size is the engine's split into as many groups as it chooses.

    python benchmarks/grouping.py --photos ../shared/photos --sizes 100 1000 5000 --output grouping.json

With --drawn, sets of points are drawn instead, many with a burst larger than a group may be, and the sum of squares is held
against the best of k-means-constrained over 20 seeds of 10 starts each; the goal is 1.01 for the worst.

    python benchmarks/grouping.py --drawn 50
"""

import argparse
import json
import random
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from changes import CHANGES
from k_means_constrained import KMeansConstrained
from numpy.typing import NDArray
from PIL import Image as Pillow
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, pair_confusion_matrix
from threadpoolctl import threadpool_limits

from photomill.components import GroupingInput, Labels, Vectors
from photomill.config.load import load_settings
from photomill.decoding.decoder import ImageDecoder
from photomill.grouping.split import GroupingConstraints, split
from photomill.plugins import Components
from photomill_balanced import Balanced, BalancedOptions

SEED = 11
CHOSEN = "balanced, number chosen"
Method = Callable[[Vectors, int, int, int], Labels]


def balanced(vectors: Vectors, groups: int, smallest: int, largest: int) -> Labels:
    return Balanced(BalancedOptions()).group(GroupingInput(vectors), groups, smallest, largest)


def constrained(vectors: Vectors, groups: int, smallest: int, largest: int) -> Labels:
    model = KMeansConstrained(
        groups, size_min=smallest, size_max=min(largest, len(vectors) - 1), random_state=SEED
    )
    return np.asarray(model.fit_predict(vectors), np.int64)


def repaired(vectors: Vectors, groups: int, smallest: int, largest: int) -> Labels:
    """Plain k-means; then images move, the cheapest first, from groups that are too large to those with room."""
    model = KMeans(groups, n_init=10, random_state=SEED).fit(vectors)
    return _repaired(vectors, model.cluster_centers_, model.labels_, smallest, largest)


def agglomerative(vectors: Vectors, groups: int, smallest: int, largest: int) -> Labels:
    """Ward's tree, and the same repair."""
    labels = AgglomerativeClustering(groups).fit_predict(vectors)
    middles = np.stack([vectors[labels == group].mean(axis=0) for group in range(groups)])
    return _repaired(vectors, middles, labels, smallest, largest)


METHODS: Mapping[str, Method] = {
    "balanced": balanced,
    "k-means-constrained": constrained,
    "k-means, repaired": repaired,
    "agglomerative, repaired": agglomerative,
}


def split_by_itself(vectors: Vectors) -> int:
    """As many groups as the images make; returns how many."""
    found = split(GroupingInput(vectors), GroupingConstraints(), Balanced(BalancedOptions()))
    return len(found.groups)


def _repaired(
    vectors: Vectors, middles: NDArray[Any], labels: NDArray[Any], smallest: int, largest: int
) -> Labels:
    labels = np.asarray(labels, np.int64).copy()
    squares = (vectors**2).sum(axis=1)[:, None] + (middles**2).sum(axis=1)
    costs = squares - 2 * vectors @ middles.T
    while True:
        counts = np.bincount(labels, minlength=len(middles))
        over, under = counts > largest, counts < smallest
        if not over.any() and not under.any():
            return labels
        targets = under if under.any() else counts < largest
        sources = over if over.any() else counts > smallest
        extra = costs - costs[np.arange(len(labels)), labels][:, None]
        extra[:, ~targets] = np.inf
        extra[~sources[labels]] = np.inf
        picture, group = np.unravel_index(np.argmin(extra), extra.shape)
        labels[picture] = group


def themed(photos: list[Path], count: int) -> tuple[list[bytes], NDArray[np.int64]]:
    """Make images, and tell which photograph each was made of."""
    chance = random.Random(SEED)
    generator = np.random.default_rng(SEED)
    themes = max(count // 20, 8)
    chosen = chance.sample(photos, min(themes, len(photos)))
    which = generator.choice(
        len(chosen), size=count, p=generator.dirichlet(np.full(len(chosen), 3))
    )
    changes = list(CHANGES.values())
    pictures = []
    for theme in which:
        with Pillow.open(chosen[theme]) as photo:
            once = chance.choice(changes)(photo.convert("RGB"), chance)
        with Pillow.open(BytesIO(once)) as changed:
            pictures.append(chance.choice(changes)(changed.convert("RGB"), chance))
    return pictures, np.asarray(which, np.int64)


def embedded(pictures: list[bytes]) -> Vectors:
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(overrides={"photomill.data_dir": folder})
        with (
            Components.load(settings) as components,
            ImageDecoder(components.decoders(), settings.images) as decoder,
        ):
            embedder = components.embedder(settings.search.embedder)
            side = embedder.decode_side
            return np.concatenate(
                [embedder.embed([decoder.decode(data, side=side)]) for data in pictures]
            )


def quality(truth: Labels, labels: Labels, vectors: Vectors) -> dict[str, float]:
    (_, only_found), (only_true, both) = pair_confusion_matrix(truth, labels)
    middles = np.stack([vectors[labels == group].mean(axis=0) for group in np.unique(labels)])
    return {
        "ari": float(adjusted_rand_score(truth, labels)),
        "nmi": float(normalized_mutual_info_score(truth, labels)),
        "pairwise_f1": float(2 * both / (2 * both + only_found + only_true)),
        "sse": float(((vectors - middles[labels]) ** 2).sum()),
    }


def measured(photos: list[Path], count: int, rounds: int) -> list[dict[str, Any]]:
    pictures, truth = themed(photos, count)
    vectors = embedded(pictures)
    groups = len(np.unique(truth))
    smallest, largest = count // (2 * groups), -(-2 * count // groups)
    seconds: dict[str, list[float]] = {name: [] for name in METHODS}
    found: dict[str, Labels] = {}
    for _ in range(rounds):
        for name, method in METHODS.items():
            started = time.process_time()
            found[name] = method(vectors, groups, smallest, largest)
            seconds[name].append(time.process_time() - started)
    rows = []
    for name, labels in found.items():
        counts = np.bincount(labels, minlength=groups)
        violations = int(((counts < smallest) | (counts > largest)).sum())
        row = {"pictures": count, "groups": groups, "method": name, "size_violations": violations}
        row |= quality(truth, labels, vectors) | {"seconds": statistics.median(seconds[name])}
        rows.append(row)
    started = time.process_time()
    chosen = split_by_itself(vectors)
    taken = time.process_time() - started
    rows.append({"pictures": count, "groups": chosen, "method": CHOSEN, "seconds": taken})
    return rows


def drawn(seed: int) -> tuple[Vectors, int, int, int]:
    """Unit vectors around themes of unlike sizes and spreads, how many groups, and their bounds.

    In every third set, three quarters are one burst, which no group can hold.
    """
    generator = np.random.default_rng(seed)
    count = int(generator.integers(20, 90))
    groups = int(generator.integers(3, min(12, count // 3)))
    dimension, themes = int(generator.choice([8, 24, 64])), int(generator.integers(2, groups + 3))
    shares = generator.dirichlet(np.ones(themes))
    if seed % 3 == 0:
        shares = np.array([0.75, *[0.25 / (themes - 1)] * (themes - 1)])
    which = generator.choice(themes, size=count, p=shares)
    noise = generator.choice([0.0, 0.06, 0.3, 0.9], size=themes) / np.sqrt(dimension)
    middles = generator.normal(size=(themes, dimension))
    middles /= np.linalg.norm(middles, axis=1, keepdims=True)
    points = middles[which] + generator.normal(size=(count, dimension)) * noise[which][:, None]
    unit = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    return unit, groups, 1 if seed % 2 else max(1, count // (3 * groups)), 2 * -(-count // groups)


def spread(vectors: Vectors, labels: NDArray[Any]) -> float:
    points = vectors.astype(np.float64)
    middles = np.stack([points[labels == group].mean(axis=0) for group in range(labels.max() + 1)])
    return float(((points - middles[labels]) ** 2).sum())


def ratio_to_reference(seed: int, seeds: int = 20) -> float:
    """The sum of squares on a drawn set, of that of the reference."""
    vectors, groups, smallest, largest = drawn(seed)
    best = min(
        spread(
            vectors,
            np.asarray(
                KMeansConstrained(
                    groups,
                    size_min=smallest,
                    size_max=min(largest, len(vectors) - 1),
                    n_init=10,
                    random_state=each,
                ).fit_predict(vectors)
            ),
        )
        for each in range(seeds)
    )
    found = spread(vectors, balanced(vectors, groups, smallest, largest))
    # Where every group may consist of one image and its copies, both are rounding.
    return (found + 1e-6) / (best + 1e-6)


def compare_with_reference(sets: int) -> None:
    ratios = [ratio_to_reference(seed) for seed in range(sets)]
    better = sum(ratio < 0.999 for ratio in ratios)
    print(
        f"{sets} drawn sets: at most {max(ratios):.4f} of the reference's sum of squares, "
        f"{statistics.median(ratios):.4f} in the median; better in {better}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--photos", type=Path)
    which.add_argument("--drawn", type=int, metavar="SETS")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 5000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    threadpool_limits(1, user_api="blas")
    if arguments.drawn:
        compare_with_reference(arguments.drawn)
        return
    photos = sorted(path for path in arguments.photos.iterdir() if path.suffix == ".JPEG")
    rows: list[dict[str, Any]] = []
    print("images groups  method                     ARI    NMI     F1      SSE  off-size  CPU s")
    for count in arguments.sizes:
        for row in measured(photos, count, arguments.rounds):
            rows.append(row)
            line = f"{row['pictures']:8} {row['groups']:6}  {row['method']:24} "
            if row["method"] == CHOSEN:
                line += " " * 40
            else:
                line += (
                    f"{row['ari']:.3f}  {row['nmi']:.3f}  {row['pairwise_f1']:.3f} {row['sse']:8.2f}  "
                    f"{row['size_violations']:8}"
                )
            print(f"{line} {row['seconds']:6.2f}", flush=True)
    if arguments.output:
        arguments.output.write_text(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
