"""How many photos are tagged with concepts, and how many of the tags are right: the figures in ``docs/words.md``.

    python benchmarks/tags.py FOLDER

The folder holds photos whose names begin with ImageNet's synsets. A tag is right that is the photo's class, or what that is a
kind of. The photos are the network's own classes, and probably those that it was trained on.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from words import class_numbers, opened

from photomill.collections.model import NewRecord
from photomill.collections.sight import SURE
from photomill.sources import PathSource
from photomill_efficientnet.concepts import vocabulary


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    photos = sorted(parser.parse_args().folder.glob("*.JPEG"))
    numbers = class_numbers()
    own = [numbers[photo.name.split("_")[0]] for photo in photos]
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as engine:
        collection = engine.collections.open(engine.collections.create("photos").id)
        for start in range(0, len(photos), 50):
            collection.insert(
                [
                    NewRecord(f"{place:03}", PathSource(str(photos[place]), trusted=True))
                    for place in range(start, min(start + 50, len(photos)))
                ]
            )
        found = collection.get([f"{place:03}" for place in range(len(photos))])
        tags = [() if record is None else tuple(record.concepts) for record in found]
    known = vocabulary()
    classes = {concept.name for concept in known.concepts[: known.classes]}
    print("| tags | photos with some | each | right |")
    print("|---|---|---|---|")
    only = [[tag for tag in each if tag in classes] for each in tags]
    print(row(f"classes (p ≥ {SURE})", only, own))
    print(row("classes and kinds", tags, own))


def row(name: str, tags: Sequence[Sequence[str]], own: Sequence[int]) -> str:
    known = vocabulary()
    right = [
        tag in {known.concepts[place].name, *(known.concepts[kind].name for kind in kinds)}
        for each, place in zip(tags, own, strict=True)
        for kinds in [known.kinds_of[place]]
        for tag in each
    ]
    share = np.mean([bool(each) for each in tags])
    return f"| {name} | {share:.2f} | {len(right) / len(tags):.1f} | {np.mean(right):.2f} |"


if __name__ == "__main__":
    main()
