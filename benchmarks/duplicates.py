"""Near-duplicates: which copies are found, and which lookalikes are taken for them, as a table in Markdown.

Saves images again in many ways and makes images that are easily taken for copies: other colours, other texts on one
template, other subjects before one scene, mirrored. Every pair goes through the decoder, the default embedder and the
comparison as records do. *Before* stands for the check that the comparison replaced: within the radius, and
perceptual hashes that differ in at most 8 of 64 bits.

    python benchmarks/duplicates.py --photos ../shared/photos --limit 60

The thresholds were chosen by every fifth photograph of that folder, in the order of names; ``--held-out`` takes only
others.
"""

import argparse
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import copies
import drawings
import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageOps

from photomill.collections.duplicates.copies import SAME_IMAGE_BITS, WIDER, kind_of
from photomill.collections.duplicates.hashes import HASH_BITS, bits_apart
from photomill.collections.model import DuplicateKind
from photomill.collections.store.appearances import Appearance
from photomill.components import Embedder
from photomill.config.load import load_settings
from photomill.decoding.decoder import ImageDecoder
from photomill.images.describing import describe
from photomill.images.signature import DETAIL_SIDE
from photomill.plugins import Components
from photomill.testing.scenes import scene

RADIUS = 5.0
LARGEST = 1200
_DRAWN = 8
"""Of each drawing: as many seeds."""
_TUNED_BY = 5
"""The thresholds were chosen by one in so many photographs."""


@frozen(eq=False)
class Known:
    """What is known of an image once it is a record."""

    vector: NDArray[np.float32]
    appearance: Appearance


@frozen
class Outcome:
    """What became of one pair.

    :ivar before: found by the check that was.
    :ivar found: found now, as whatever kind but ``similar``.
    :ivar near: found as the same image.
    :ivar strict: likewise, told apart as goods are.
    """

    before: bool
    found: bool
    near: bool
    strict: bool


class Measure:
    """Turns files into records, and compares them."""

    def __init__(self, embedder: Embedder, decoder: ImageDecoder) -> None:
        self._embedder = embedder
        self._decoder = decoder

    def known(self, data: bytes) -> Known:
        image = self._decoder.decode(data, side=max(self._embedder.decode_side, DETAIL_SIDE))
        described = describe(image)
        hashes = described.hashes
        (vector,) = self._embedder.embed([image])
        return Known(vector, Appearance(image.digest, int(hashes[0]), hashes, described.signature))

    def outcome(self, one: Known, other: Known) -> Outcome:
        distance = self._embedder.distance_scale * float(np.linalg.norm(one.vector - other.vector))
        apart = bits_apart(one.appearance.hashes, other.appearance.hashes[0])
        within = distance <= RADIUS
        reached = within or (distance <= WIDER * RADIUS and int(apart.min()) <= HASH_BITS)
        kinds = [
            kind_of(one.appearance, other.appearance, strict=strict)
            if reached
            else DuplicateKind.SIMILAR
            for strict in (False, True)
        ]
        same = (DuplicateKind.EXACT, DuplicateKind.NEAR)
        return Outcome(
            before=within and int(apart[0]) <= SAME_IMAGE_BITS,
            found=kinds[0] is not DuplicateKind.SIMILAR,
            near=kinds[0] in same,
            strict=kinds[1] in same,
        )


Pairs = Iterator[tuple[str, bytes, bytes]]


def positives(pictures: list[Pillow.Image], ways: dict[str, copies.Copy]) -> Pairs:
    for picture in pictures:
        original = copies.encoded(picture, quality=92)
        for name, way in ways.items():
            yield name, original, way(picture)


def lookalikes(pictures: list[Pillow.Image]) -> Pairs:
    yield from positives(pictures, copies.OTHER_COLOURS)
    yield from positives(pictures, {"mirrored": lambda each: copies.encoded(ImageOps.mirror(each))})
    count = len(pictures)
    for place, picture in enumerate(pictures):
        one, other = pictures[(place + 3) % count], pictures[(place + 7) % count]
        for share in (0.15, 0.25, 0.4):
            yield (
                f"another subject, {share:.0%} as wide",
                copies.encoded(copies.with_subject(picture, one, share)),
                copies.encoded(copies.with_subject(picture, other, share)),
            )
        yield (
            "another headline",
            copies.encoded(copies.captioned(picture, copies.seeded_word(place))),
            copies.encoded(copies.captioned(picture, copies.seeded_word(place + 1))),
        )
        yield (
            "another image",
            copies.encoded(picture, quality=92),
            copies.encoded(pictures[(place + 1) % count], quality=92),
        )
    for name, draw in {**drawings.DOCUMENTS, **drawings.PRODUCTS}.items():
        files = [copies.encoded(draw(seed), quality=92) for seed in range(_DRAWN)]
        for place, one_file in enumerate(files):
            for other_file in files[:place]:
                yield name, one_file, other_file


def drawn() -> list[Pillow.Image]:
    all_drawings = {**drawings.DOCUMENTS, **drawings.PRODUCTS}.values()
    return [draw(seed) for draw in all_drawings for seed in range(4)]


def photographs(folder: Path | None, limit: int, *, held_out: bool) -> list[Pillow.Image]:
    """Photographs spread over a folder; drawn scenes without one."""
    if folder is None:
        return [scene(seed) for seed in range(limit)]
    paths = sorted(folder.glob("*.[jJ][pP]*[gG]"))
    if held_out:
        paths = [path for place, path in enumerate(paths) if place % _TUNED_BY]
    pictures = []
    for path in paths[:: max(1, len(paths) // limit)][:limit]:
        with Pillow.open(path) as opened:
            picture = opened.convert("RGB")
        picture.thumbnail((LARGEST, LARGEST))
        pictures.append(picture)
    return pictures


def print_table(title: str, measure: Measure, pairs: Pairs) -> None:
    rows: dict[str, list[Outcome]] = {}
    cached: tuple[bytes, Known] | None = None
    for name, one, other in pairs:
        if cached is None or cached[0] != one:
            cached = one, measure.known(one)
        rows.setdefault(name, []).append(measure.outcome(cached[1], measure.known(other)))
    print(f"\n| {title} | pairs | before | found | `near` | strict |\n|---|---|---|---|---|---|")
    for name, outcomes in [*rows.items(), ("**all**", list(chain.from_iterable(rows.values())))]:
        shares = [
            f"{np.mean([getattr(each, column) for each in outcomes]):.1%}"
            for column in ("before", "found", "near", "strict")
        ]
        print(f"| {name} | {len(outcomes)} | {' | '.join(shares)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, help="a folder of distinct photographs")
    parser.add_argument("--limit", type=int, default=60, help="how many to take")
    parser.add_argument(
        "--held-out", action="store_true", help="only photographs that no threshold was chosen by"
    )
    given = parser.parse_args()
    pictures = photographs(given.photos, given.limit, held_out=given.held_out)
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(environ={}, overrides={"photomill.data_dir": folder})
        with (
            Components.load(settings) as components,
            ImageDecoder(components.decoders(), settings.images) as decoder,
        ):
            measure = Measure(components.embedder("main"), decoder)
            print_table("photographs saved again", measure, positives(pictures, copies.SAVED_AGAIN))
            print_table("lookalikes", measure, lookalikes(pictures))
            print_table("drawings saved again", measure, positives(drawn(), copies.SAVED_AGAIN))
            print_table("changed copies", measure, positives(pictures, copies.CHANGED))
            print_table("turned copies", measure, positives(pictures, copies.TURNED))


if __name__ == "__main__":
    main()
