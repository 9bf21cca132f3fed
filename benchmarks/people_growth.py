"""What an insert of one image with one face takes beside the faces that are known: a table for ``docs/people.md``.

    python benchmarks/people_growth.py 1000 10000 100000

Faces are drawn: vectors as long as dlib's, four of each person. Nobody looks for faces in images here, which takes the same
time however many are known. Times are of the processor, so that a busy machine does not count.
"""

import argparse
import io
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import PIL.Image
import sqlalchemy as sa

from photomill.collections.collection import Collection
from photomill.collections.model import NewRecord
from photomill.collections.store.face_searches import FoundFaces
from photomill.collections.store.tables import collections, faces, people
from photomill.components import RecognisedFace
from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.sources.source import BytesSource

DIMENSION = 128
OF_EACH = 4
ROUNDS = 15
_AT_ONCE = 5000


def vectors_of(person: int, count: int) -> Iterator[bytes]:
    """Faces of a person at about .3 of their mean."""
    random = np.random.default_rng(person)
    centre = random.normal(size=DIMENSION) / np.sqrt(DIMENSION) * 1.4
    for _ in range(count):
        moved = centre + 0.3 * random.normal(size=DIMENSION) / np.sqrt(DIMENSION)
        yield moved.astype("<f4").tobytes()


def fill(engine: Engine, collection: str, count: int) -> None:
    """Draw faces."""
    with engine._catalog.write() as connection:
        connection.execute(
            sa.update(collections).where(collections.c.id == collection).values(recogniser="drawn")
        )
        for start in range(0, count, _AT_ONCE):
            persons = range(start // OF_EACH + 1, min(start + _AT_ONCE, count) // OF_EACH + 1)
            connection.execute(
                sa.insert(people),
                [{"number": each, "collection_id": collection, "name": ""} for each in persons],
            )
            connection.execute(
                sa.insert(faces),
                [
                    {
                        "serial": 10_000_000 + person * OF_EACH + place,
                        "collection_id": collection,
                        "person": person,
                        **dict.fromkeys(("left", "top"), 0.1),
                        **dict.fromkeys(("width", "height", "confidence"), 0.5),
                        "vector": vector,
                        "crop": b"." * 3000,
                    }
                    for person in persons
                    for place, vector in enumerate(vectors_of(person, OF_EACH))
                ],
            )


def draw(collection: Collection, persons: int) -> None:
    """Have a face of somebody known found in every image."""
    random = np.random.default_rng(1)

    class Recogniser:
        radius = 0.5
        dimension = DIMENSION
        fingerprint = "drawn"

    def found(data: bytes) -> FoundFaces:
        vector = next(vectors_of(int(random.integers(1, persons)), 1))
        face = RecognisedFace(0.1, 0.1, 0.5, 0.5, 0.99, np.frombuffer(vector, "<f4"), b"." * 3000)
        return FoundFaces(0, [face])

    object.__setattr__(collection.people._finder, "open_recogniser", Recogniser)
    collection._ingest._find_faces = found


def picture(number: int) -> NewRecord:
    pixels = np.random.default_rng(number).integers(0, 255, (64, 64, 3), np.uint8)
    file = io.BytesIO()
    PIL.Image.fromarray(pixels).save(file, "jpeg")
    return NewRecord(f"picture {number}", BytesSource(file.getvalue()))


def measure(count: int, folder: Path) -> tuple[float, float]:
    """Milliseconds of the first insert of a process, and of later ones, in the middle."""
    overrides = {"photomill.data_dir": str(folder), "embedders.main": {"use": "descriptor"}}
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        info = engine.collections.create("people")
        fill(engine, info.id, count)
        collection = engine.collections.open(info.id)
        draw(collection, max(2, count // OF_EACH))
        times = []
        for number in range(ROUNDS):
            record = picture(number)
            start = time.process_time()
            report = collection.insert([record])
            times.append(1000 * (time.process_time() - start))
            assert report.inserted
            assert not report.notes, report.notes
        assert len(collection.people.faces(ids=["picture 1"])) == 1
    return times[0], statistics.median(times[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("faces", type=int, nargs="+")
    print("| faces | first insert, ms | later inserts, ms |\n|---|---|---|")
    for count in parser.parse_args().faces:
        with tempfile.TemporaryDirectory() as folder:
            first, later = measure(count, Path(folder))
        print(f"| {count:,} | {first:.1f} | {later:.1f} |", flush=True)


if __name__ == "__main__":
    main()
