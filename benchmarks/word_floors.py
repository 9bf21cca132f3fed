"""From which nearness a search by a sentence is answered: floors chosen on one half of the queries, and measured on the other.

    python benchmarks/word_floors.py FOLDER --models MODELS

The folders are those of ``benchmarks/words.py``. Each query is searched without a floor and without sentences, so that any
floors can be weighed afterwards. Chosen are those that refuse most of what has no answer, of those that keep 95 % of what is
found at 5 without a floor, with all classes and with each photo's own class taken away. The queries are halved by turns.
"""

import argparse
import itertools
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from attrs import evolve, frozen
from word_queries import ENGLISH, NOT_KNOWN, NOT_KNOWN_OTHERS, NOT_THERE, OTHERS
from words import MODELS, found, insert_photos, opened, remove_own_classes, serving

from photomill.collections.sight import unpack_classes
from photomill.collections.store.tables import sights
from photomill.collections.words.matching import colour_of, matcher_of
from photomill.collections.words.meaning import measure_of
from photomill.collections.words.resident import SEARCHED
from photomill_efficientnet import sentences as added
from photomill_efficientnet.concepts import vocabulary

KEPT_SHARE = 0.95
NO_FLOOR, NO_SENTENCES = 0.0, 2.0
TRIED = np.arange(0.16, 0.56, 0.02)
HALVES = ((0,), (1,))
BOTH = (0, 1)
REFUSED = ("not known", "not there")


@frozen
class Outcome:
    """What became of a query.

    :ivar group: ``English``, ``not known``, ``not there``, ``not known, other languages``, or a language.
    :ivar mode: which classes were kept.
    :ivar half: 0 or 1.
    :ivar nearest: the cosine of the nearest photo.
    :ivar named: whether all of its words are names in the vocabulary.
    :ivar right: whether the answer is among the first five: with sentences, and without.
    :ivar refused: whether nothing is found: likewise.
    """

    group: str
    mode: str
    half: int
    nearest: float
    named: bool
    right: tuple[bool, bool]
    refused: tuple[bool, bool]


@frozen
class Floors:
    """The cosines from which sentences answer: any text, and one whose words are all names."""

    any: float
    named: float

    def passes(self, outcome: Outcome) -> bool:
        return outcome.nearest >= (self.named if outcome.named else self.any)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--models", type=Path, required=True, help="a folder with minilm, e5 or both"
    )
    given = parser.parse_args()
    photos = sorted(given.folder.glob("*.JPEG"))
    synsets = [photo.name.split("_")[0] for photo in photos]
    names = [name for name in MODELS if (given.models / name).is_dir()]
    outcomes: dict[str, list[Outcome]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "photos"
        with opened(data) as engine:
            insert_photos(engine, photos)
        for mode in ("all classes", "own class removed"):
            if mode != "all classes":
                remove_own_classes(data / "catalog.sqlite", synsets)
            for name in names:
                outcomes[name] += searched(name, mode, data, given.models, synsets)
    for name in names:
        report(name, outcomes[name])


def searched(
    name: str, mode: str, data: Path, models: Path, synsets: Sequence[str]
) -> Iterator[Outcome]:
    """Search all queries with a model and without it."""
    queries = list(all_queries())
    hits: dict[float, list[list[str]]] = {}
    with serving(data, models, name):
        for floor in (NO_FLOOR, NO_SENTENCES):
            with floors_set(floor), opened(data) as engine:
                collection = engine.collections.open(engine.collections.list_all()[0].id)
                hits[floor] = [found(collection, text) for _, text, _ in queries]
        nearest = nearest_photos(data, [text for _, text, _ in queries])
    matcher = matcher_of(vocabulary())
    halves: dict[str, Iterator[int]] = {}
    for place, (group, text, answer) in enumerate(queries):
        both = hits[NO_FLOOR][place], hits[NO_SENTENCES][place]
        wanted = f"{synsets.index(answer):03}" if answer else ""
        things = [term for term in matcher.terms(text) if colour_of(term) is None]
        yield Outcome(
            group,
            mode,
            next(halves.setdefault(group, itertools.cycle(BOTH))),
            nearest[place],
            bool(things) and all(matcher.is_name(term) for term in things),
            (wanted in both[0], wanted in both[1]),
            (not both[0], not both[1]),
        )


def all_queries() -> Iterator[tuple[str, str, str]]:
    """(group, query, the answer's synset or nothing)."""
    for _, text, answer in ENGLISH:
        yield "English", text, answer
    yield from OTHERS
    for group, texts in (
        ("not known", NOT_KNOWN),
        ("not there", NOT_THERE),
        ("not known, other languages", NOT_KNOWN_OTHERS),
    ):
        for text in texts:
            yield group, text, ""


@contextmanager
def floors_set(floor: float) -> Iterator[None]:
    """Have other floors than those that were calibrated."""
    calibrated = added.BEST_FIRST
    added.BEST_FIRST = tuple(  # type: ignore[assignment]
        evolve(kind, floor=floor, floor_of_known=floor) for kind in calibrated
    )
    yield
    added.BEST_FIRST = calibrated


def nearest_photos(data: Path, texts: Sequence[str]) -> list[float]:
    """The cosine of each text with the photo that is nearest to it."""
    catalog = sa.create_engine(f"sqlite:///{data / 'catalog.sqlite'}")
    with catalog.begin() as connection:
        packed = connection.execute(sa.select(sights.c.classes)).scalars().all()
    catalog.dispose()
    kept, roots = unpack_classes(packed)
    classes, likely = kept[:, :SEARCHED].astype(np.int64), np.square(roots[:, :SEARCHED])
    opened_models = added.AddedSentences(data / "models")
    cosines = []
    for text in texts:
        sentences = opened_models.best(text)
        assert sentences is not None
        measure = measure_of(sentences)
        lengths = measure.lengths(classes, likely)
        cosines.append(float(measure.nearness(text, classes, likely, lengths).max()))
    return cosines


def chosen(outcomes: Sequence[Outcome], halves: Sequence[int]) -> Floors:
    """The floors that refuse most, of those that lose little, by these halves of the queries."""
    without = shares(outcomes, Floors(NO_FLOOR - 1, NO_FLOOR - 1), halves)
    modes = dict.fromkeys(each.mode for each in outcomes)

    def refused(floors: Floors) -> float:
        now = shares(outcomes, floors, halves)
        kept = all(
            now["English", mode] >= KEPT_SHARE * without["English", mode] - 1e-9 for mode in modes
        )
        return sum(now[group, mode] for group in REFUSED for mode in modes) if kept else -1.0

    tried = [
        Floors(float(any_), float(named)) for any_ in TRIED for named in TRIED if named >= any_
    ]
    return max(tried, key=refused)


def shares(
    outcomes: Sequence[Outcome], floors: Floors, halves: Sequence[int]
) -> dict[tuple[str, str], float]:
    """By group and mode: the share that is right at 5; of what has no answer, the share that is refused."""
    counted: dict[tuple[str, str], list[bool]] = {}
    for each in outcomes:
        if each.half in halves:
            way = 0 if floors.passes(each) else 1
            good = each.refused if each.group.startswith("not ") else each.right
            counted.setdefault((each.group, each.mode), []).append(good[way])
    return {key: float(np.mean(values)) for key, values in counted.items()}


def report(name: str, outcomes: Sequence[Outcome]) -> None:
    kind = next(kind for kind in added.BEST_FIRST if kind.model.name == name)
    print(f"\n{name}")
    lines: list[tuple[str, Floors, Sequence[int]]] = [
        ("no floor", Floors(-1, -1), BOTH),
        ("as it is", Floors(kind.floor, kind.floor_of_known), BOTH),
    ]
    for here, there in (HALVES, HALVES[::-1]):
        floors = chosen(outcomes, here)
        lines.append((f"chosen on half {here[0]}, measured there", floors, here))
        lines.append((f"chosen on half {here[0]}, measured on {there[0]}", floors, there))
    lines.append(("chosen on both", chosen(outcomes, BOTH), BOTH))
    lines += [(f"{floor:.2f} for all", Floors(floor, floor), BOTH) for floor in TRIED[:8].tolist()]
    for title, floors, halves in lines:
        found_shares = shares(outcomes, floors, halves)
        print(f"{title}: {floors.any:.2f}, of names {floors.named:.2f}")
        for group in dict.fromkeys(group for group, _ in found_shares):
            values = [f"{share:.2f}" for (each, _), share in found_shares.items() if each == group]
            print(f"  {group}: {', '.join(values)}")


if __name__ == "__main__":
    main()
