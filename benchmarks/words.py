"""How well words find photos, and how often a query without an answer is refused: tables for ``docs/words.md``.

    python benchmarks/words.py FOLDER [--models DATA/models] [--records 100000]

The folder holds photos whose names begin with ImageNet's synsets; they are imported under neutral ids, so that no name
helps. They are searched by words alone, and then, as they are, with each model of sentences of the second folder. "Own class
removed" takes each photo's true class from what is kept of it: the honest figure for photos of what is not
among the classes.
"""

import argparse
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from word_queries import BROAD, ENGLISH, NOT_KNOWN, NOT_THERE, OTHERS

from photomill.collections.collection import Collection
from photomill.collections.model import ByText, NewRecord, SearchOptions
from photomill.collections.sight import KEPT, unpack_classes
from photomill.collections.store.tables import sights
from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.sources import PathSource
from photomill_efficientnet.concepts import vocabulary

MODELS = ("minilm", "e5")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", type=Path, help="a folder with minilm, e5 or both in it")
    parser.add_argument("--records", type=int, default=100_000, help="to time; 0 for none")
    given = parser.parse_args()
    photos = sorted(given.folder.glob("*.JPEG"))
    synsets = [photo.name.split("_")[0] for photo in photos]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "photos"
        with opened(data) as engine:
            insert_photos(engine, photos)
        names = [name for name in MODELS if given.models and (given.models / name).is_dir()]
        report_all("all classes", data, given.models, names, synsets)
        remove_own_classes(data / "catalog.sqlite", synsets)
        report_all("own class removed", data, given.models, names, synsets)
        if given.records:
            with opened(Path(folder) / "many") as many:
                measure_time(many, given.records, given.models, names)


def insert_photos(engine: Engine, photos: Sequence[Path]) -> None:
    """Insert photos into a new collection, numbered in their order."""
    collection = engine.collections.open(engine.collections.create("photos").id)
    records = [
        NewRecord(f"{place:03}", PathSource(str(photo), trusted=True))
        for place, photo in enumerate(photos)
    ]
    for start in range(0, len(records), 50):
        collection.insert(records[start : start + 50])


def report_all(
    title: str, data: Path, models: Path, names: Sequence[str], synsets: Sequence[str]
) -> None:
    """Report what words alone find, and what they find with each model."""
    for name in ("", *names):
        with serving(data, models, name), opened(data) as engine:
            collection = engine.collections.open(engine.collections.list_all()[0].id)
            report(f"{title}, {name or 'words alone'}", collection, synsets)


@contextmanager
def serving(data: Path, models: Path, name: str) -> Iterator[None]:
    """Have one model among those that were added."""
    link = data / "models" / name
    if name:
        link.parent.mkdir(exist_ok=True)
        link.symlink_to((models / name).absolute())
    yield
    if name:
        link.unlink()


def opened(data_dir: Path) -> Engine:
    return Engine.open(load_settings(environ={}, overrides={"photomill.data_dir": str(data_dir)}))


def report(title: str, collection: Collection, synsets: Sequence[str]) -> None:
    print(f"\n{title}")
    print("| queries | answered | R@1 | R@5 | R@10 |")
    print("|---|---|---|---|---|")
    for kind in ("object", "attribute", "scene"):
        some = [(text, answer) for each, text, answer in ENGLISH if each == kind]
        print(row(kind, collection, some, synsets))
    print(row("all 60", collection, [(text, answer) for _, text, answer in ENGLISH], synsets))
    for language in dict.fromkeys(each for each, _, _ in OTHERS):
        some = [(text, answer) for each, text, answer in OTHERS if each == language]
        print(row(language, collection, some, synsets))
    for name, queries in (("not known", NOT_KNOWN), ("not there", NOT_THERE)):
        refused = [text for text in queries if not found(collection, text)]
        answered = [text for text in queries if text not in refused]
        print(f"{name}: {len(refused)} of {len(queries)} refused; answered: {answered}")
    precisions: list[float] = []
    recalls: list[float] = []
    for text, right in BROAD.items():
        hits = found(collection, text, limit=250)
        wanted = {f"{place:03}" for place in right}
        first = hits[: min(10, len(wanted))]
        right_ones = sum(hit in wanted for hit in first)
        precisions.append(right_ones / len(first) if first else 0.0)
        recalls.append(len(wanted.intersection(hits)) / len(wanted))
        print(
            f"  {text}: {precisions[-1]:.2f} of the first {min(10, len(wanted))}, recall {recalls[-1]:.2f}, {len(hits)} found"
        )
    print(f"broad queries: precision {np.mean(precisions):.2f}, recall {np.mean(recalls):.2f}")


def row(
    name: str,
    collection: Collection,
    queries: Iterable[tuple[str, str]],
    synsets: Sequence[str],
) -> str:
    places = []
    answered = 0
    for text, answer in queries:
        hits = found(collection, text, limit=10)
        answered += bool(hits)
        wanted = f"{synsets.index(answer):03}"
        places.append(hits.index(wanted) if wanted in hits else 99)
    ranks = np.array(places)
    shares = [float((ranks < depth).mean()) for depth in (1, 5, 10)]
    return (
        f"| {name} | {answered / len(ranks):.2f} | " + " | ".join(f"{s:.2f}" for s in shares) + " |"
    )


def found(collection: Collection, text: str, limit: int = 5) -> list[str]:
    return [hit.id for hit in collection.search(ByText(text), SearchOptions(limit=limit)).hits]


def remove_own_classes(path: Path, synsets: Sequence[str]) -> None:
    """Take each photo's true class from a catalog, and share its probability out among the others."""
    known = class_numbers()
    catalog = sa.create_engine(f"sqlite:///{path}")
    with catalog.begin() as connection:
        for place, (serial, packed) in enumerate(
            connection.execute(
                sa.select(sights.c.serial, sights.c.classes).order_by(sights.c.serial)
            ).all()
        ):
            classes, roots = unpack_classes([packed])
            likely = np.square(roots[0]) * (classes[0] != known[synsets[place]])
            order = np.argsort(-likely, kind="stable")
            changed = np.zeros((2, KEPT), "<u2")
            changed[0] = classes[0][order]
            changed[1] = np.rint(np.sqrt(likely[order] / likely.sum()) * 65535)
            connection.execute(
                sa.update(sights).where(sights.c.serial == serial).values(classes=changed.tobytes())
            )
    catalog.dispose()


def class_numbers() -> dict[str, int]:
    from importlib.resources import files

    lines = (
        files("photomill_efficientnet").joinpath("vocabulary.tsv").read_text("utf-8").splitlines()
    )
    return {
        line.split("\t")[0]: place for place, line in enumerate(lines[1 : vocabulary().classes + 1])
    }


def attributes(number: int) -> dict[str, Any]:
    """What an import says of a file, with a title, tags, and what a camera is called: some 40 words."""
    return {
        "_file": f"/home/anna/images/{2000 + number % 20}/place{number % 256}/IMG_{number}.jpg",
        "file": f"IMG_{number}.jpg",
        "folder": f"images/{2000 + number % 20}/place{number % 256}",
        "modified": "2019-07-02T12:34:56Z",
        "captured": "2019-07-02T12:34:56+02:00",
        "camera": "Canon EOS 5D Mark IV",
        "lens": "EF24-70mm f/2.8L II USM",
        "title": f"the wedding of anna in house{number % 1000}",
        "tags": [f"tag{number % 7}", f"tag{number % 77}", f"word{number % 777}"],
        "bytes": 4_000_000 + number,
    }


def measure_time(engine: Engine, count: int, models: Path, names: Sequence[str]) -> None:
    """Time searches by words."""
    random = np.random.default_rng(1)
    collection = engine.collections.open(engine.collections.create("many").id)
    dimension = collection.info.dimension
    for start in range(0, count, 1000):
        vectors = np.abs(random.normal(size=(1000, dimension))).astype(np.float32)
        collection.insert(
            [
                NewRecord(f"{start + place}", None, attributes(start + place), vector)
                for place, vector in enumerate(vectors)
            ]
        )
    for name in ("", *names):
        with serving(engine.settings.data_dir, models, name):
            began = time.process_time()
            found(collection, "dog")
            first = time.process_time() - began
            print(
                f"\n{count} records, {name or 'words alone'}: the first search takes {first:.2f} s"
            )
            print_times(collection)


def print_times(collection: Collection) -> None:
    times: dict[str, list[float]] = {}
    for _ in range(30):
        for text in (
            "dog",
            "black dog",
            "woman hugging a dog",
            "measuring instrument with a screen",
            "canon",
            "a thing that nobody has looked for yet",
        ):
            began = time.process_time()
            found(collection, text)
            times.setdefault(text, []).append(time.process_time() - began)
    for text, seconds in times.items():
        print(f"  {text!r}: {1000 * np.median(seconds):.1f} ms of processor time")


if __name__ == "__main__":
    main()
