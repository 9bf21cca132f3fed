"""How well people are told apart by their faces: tables for ``docs/people.md``.

    photomill --data-dir build/people models add mtcnn faces
    pip download --no-deps --no-binary :all: face-recognition==1.3.0
    npm pack @vladmandic/face-api@1.7.15
    python benchmarks/people.py FOLDER --models build/people/models \\
        --named face_recognition-1.3.0.tar.gz --pictured vladmandic-face-api-1.7.15.tgz

The folder holds photos of which nothing is known. The named pictures are of whom their names say, up to the first digit or
underscore: pairs of one name are the same person. The pictured ones show several people each, who are surely not the same.
All others are very likely not the same either: nobody was named by looks.
"""

import argparse
import io
import random
import re
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageEnhance
import PIL.ImageFilter
from attrs import frozen
from numpy.typing import NDArray

from photomill.collections.collection import Collection
from photomill.collections.model import NewRecord
from photomill.components import RecognisedFace
from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.images.image import Image
from photomill.sources.source import BytesSource
from photomill.testing import open_component
from photomill_people import People

RADII = (0.40, 0.45, 0.50, 0.55, 0.60)
SEED = 7
PICTURES = (".jpg", ".jpeg", ".png")

Change = Callable[[PIL.Image.Image], bytes]


@frozen(eq=False)
class Picture:
    """
    :ivar person: who alone is on it; empty where nobody says.
    :ivar several: whether all on it are surely different people.
    """

    name: str
    data: bytes
    person: str = ""
    several: bool = False


@frozen(eq=False)
class Seen:
    picture: Picture
    face: RecognisedFace


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--named", type=Path, required=True)
    parser.add_argument("--pictured", type=Path, required=True)
    given = parser.parse_args()
    pictures = [
        *(Picture(path.name, path.read_bytes()) for path in sorted(given.folder.glob("*.JPEG"))),
        *named(given.named),
        *pictured(given.pictured),
    ]
    with (
        tempfile.TemporaryDirectory() as folder,
        open_component(People, cache_dir=Path(folder), models_dir=given.models) as people,
    ):
        seen = recognised(people, pictures)
        print_pairs(seen, people.radius)
    print_collection(pictures, given.models, seen)


def named(archive: Path) -> Iterator[Picture]:
    """The test pictures of face-recognition: their names say who is on them."""
    for name, data in members(archive, r"/tests/test_images/[a-z][^/]*$"):
        yield Picture(name, data, person=re.split(r"[\d_]", Path(name).stem)[0])


def pictured(archive: Path) -> Iterator[Picture]:
    """The demonstration pictures of face-api: several people on each."""
    for name, data in members(archive, r"/demo/sample\d\.jpg$"):
        yield Picture(name, data, several=True)


def members(archive: Path, pattern: str) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as opened:
        for member in opened:
            if re.search(pattern, member.name) and member.name.lower().endswith(PICTURES):
                file = opened.extractfile(member)
                assert file is not None  # it is a regular file
                yield Path(member.name).name, file.read()


# ---------------------------------------------------------------- pairs of faces


def recognised(people: People, pictures: Sequence[Picture]) -> list[Seen]:
    """The faces of all pictures; prints what they take."""
    seen: list[Seen] = []
    spent = 0.0
    for picture in pictures:
        pixels = np.asarray(PIL.Image.open(io.BytesIO(picture.data)).convert("RGB"))
        start = time.process_time()
        faces = people.recognise(Image.from_pixels(pixels))
        spent += time.process_time() - start
        seen += [Seen(picture, face) for face in faces]
    print(
        f"{len(pictures)} pictures, {len(seen)} faces, {1000 * spent / len(pictures):.0f} ms each"
    )
    return seen


def print_pairs(seen: Sequence[Seen], radius: float) -> None:
    same: list[float] = []
    within: list[float] = []
    across: list[float] = []
    for one, other in combinations(seen, 2):
        distance = float(np.linalg.norm(one.face.vector - other.face.vector))
        if one.picture.person and one.picture.person == other.picture.person:
            same.append(distance)
        elif one.picture is other.picture:
            (within if one.picture.several else across).append(distance)
        else:
            across.append(distance)
    print("\n| distance up to | same person | others on one picture | all others |")
    print("|---|---|---|---|")
    for limit in RADII:
        cells = [f"{sum(each <= limit for each in some)} of {len(some)}" for some in (same, within)]
        share = np.mean(np.array(across) <= limit)
        mark = " (used)" if limit == radius else ""
        print(f"| {limit:.2f}{mark} | {' | '.join(cells)} | {share:.2%} of {len(across)} |")
    print(
        f"\nsame person {min(same):.2f} to {max(same):.2f}; others on one picture from {min(within):.2f}"
    )


# ---------------------------------------------------------------- a collection that grows


def saved(image: PIL.Image.Image, quality: int = 92) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


CHANGES: dict[str, Change] = {
    "half size": lambda image: saved(image.resize((image.width // 2, image.height // 2))),
    "JPEG quality 15": lambda image: saved(image, 15),
    "darkened": lambda image: saved(PIL.ImageEnhance.Brightness(image).enhance(0.5)),
    "grey": lambda image: saved(image.convert("L").convert("RGB")),
    "blurred": lambda image: saved(image.filter(PIL.ImageFilter.GaussianBlur(1.5))),
    "turned by 8 degrees": lambda image: saved(image.rotate(8, PIL.Image.Resampling.BICUBIC)),
}


def print_collection(pictures: Sequence[Picture], models: Path, seen: Sequence[Seen]) -> None:
    """Import every picture with a face and six changed copies of it, shuffled; count who is taken for whom."""
    with_faces = {each.picture.name: each.picture for each in seen}
    copies = [
        (picture, f"{name} {change}", made)
        for name, picture in with_faces.items()
        for change, made in changed(picture)
    ]
    random.Random(SEED).shuffle(copies)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "models").symlink_to(models.absolute())
        settings = load_settings(
            environ={},
            overrides={"photomill.data_dir": folder, "embedders.main": {"use": "descriptor"}},
        )
        with Engine.open(settings) as engine:
            collection = engine.collections.open(engine.collections.create("p", people=True).id)
            for start in range(0, len(copies), 32):
                collection.insert(
                    [
                        NewRecord(name, BytesSource(data), {"picture": picture.name})
                        for picture, name, data in copies[start : start + 32]
                    ]
                )
            told = judged(collection, with_faces, seen)
    print(
        f"\n{len(copies)} records: {len(with_faces)} pictures with faces and six changed copies of each\n"
    )
    for what, count in told.items():
        print(f"* {what}: {count}")


def changed(picture: Picture) -> Iterator[tuple[str, bytes]]:
    image = PIL.Image.open(io.BytesIO(picture.data)).convert("RGB")
    yield "itself", picture.data
    for name, change in CHANGES.items():
        yield name, change(image)


def judged(
    collection: Collection, pictures: dict[str, Picture], seen: Sequence[Seen]
) -> dict[str, str]:
    """Hold every face against the faces of the unchanged picture where it lies nearest by its place."""
    truth = {name: [each.face for each in seen if each.picture.name == name] for name in pictures}
    owners: dict[int, list[str]] = {}
    unknown = 0
    for face in collection.people.faces():
        name, _, _ = face.record_id.partition(" ")
        middle = np.array([face.left + face.width / 2, face.top + face.height / 2])
        away = [
            float(np.linalg.norm(middle - centre(each)) / max(each.width, each.height))
            for each in truth[name]
        ]
        if min(away) > 0.5:
            unknown += 1
            continue
        who = pictures[name].person or f"{name} {int(np.argmin(away))}"
        owners.setdefault(face.person, []).append(who)
    faces = sum(map(len, owners.values()))
    right = sum(max(members.count(who) for who in set(members)) for members in owners.values())
    people = {who for members in owners.values() for who in members}
    whole = sum(max(members.count(who) for members in owners.values()) for who in people)
    mixed = sum(len(set(members)) > 1 for members in owners.values())
    return {
        "people in truth": str(len(people)),
        "people found": f"{len(owners)}, of which {mixed} are of more than one",
        "faces with those of the person that most of theirs are": f"{right} of {faces}",
        "faces with most of their own person's": f"{whole} of {faces}",
        "faces that the unchanged picture does not have": str(unknown),
    }


def centre(face: RecognisedFace) -> NDArray[np.float64]:
    return np.array([face.left + face.width / 2, face.top + face.height / 2])


if __name__ == "__main__":
    main()
