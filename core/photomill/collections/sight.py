"""What is kept of what an image shows: its likeliest classes, and its colours."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from photomill.components.concepts import Posteriors, Vocabulary
from photomill.images.colours import COLOURS, unpack_colours

KEPT = 20
"""Classes that are kept of each image."""

SURE = 0.5
"""The probability from which a record is tagged with a class."""

SURE_OF_KIND = 0.7
"""The sum of its classes' probabilities from which a record is tagged with a kind."""

NOTABLE = np.array(
    [{"grey": 0.35, "brown": 0.35}.get(name, 0.2) for name in COLOURS], np.float32
) * np.array(
    [0.5 if name in {"red", "orange", "yellow", "purple", "pink"} else 1.0 for name in COLOURS],
    np.float32,
)
"""The share from which a colour is named: what is rare stands out sooner."""

_LEVELS = 65535
_AT_ONCE = 256
_UNLIKELY = 0.002


@frozen(eq=False)
class Sight:
    """What is kept of what one image shows.

    :ivar classes: 80 bytes, as :func:`pack_classes` makes them; empty where the embedder knows nothing by name.
    :ivar colours: 11 bytes, see ``photomill.images.colours``; empty without an image.
    """

    classes: bytes = b""
    colours: bytes = b""


@frozen
class Seen:
    """What an image shows, in words.

    :ivar concepts: the surest first, what each is a kind of behind it.
    :ivar colours: the largest first.
    :ivar kind: ``photo``, ``screenshot`` or ``document``; empty where it was not read.
    :ivar text: what is written in it, row by row.
    :ivar people: the names of those who have one, in alphabetical order.
    """

    concepts: Sequence[str] = ()
    colours: Sequence[str] = ()
    kind: str = ""
    text: str = field(default="", repr=False)
    people: Sequence[str] = ()


def pack_classes(posteriors: Posteriors) -> list[bytes]:
    """Keep the likeliest classes of each row: their places and the roots of their probabilities, in 80 bytes."""
    return [_packed(row) for row in posteriors]


def unpack_classes(
    packed: Sequence[bytes],
) -> tuple[NDArray[np.uint16], NDArray[np.float32]]:
    """Read classes, the likeliest first: uint16 (n, 20), and the roots of their probabilities, float32 (n, 20).

    :raises ValueError: something else was packed.
    """
    read = np.frombuffer(b"".join(packed), "<u2").reshape(len(packed), 2, KEPT)
    return read[:, 0].astype(np.uint16), read[:, 1].astype(np.float32) / np.float32(_LEVELS)


def in_words(sights: Sequence[Sight], vocabulary: Vocabulary | None) -> list[Seen]:
    """Name what images show."""
    concepts: list[Sequence[str]] = [()] * len(sights)
    known = [place for place, sight in enumerate(sights) if sight.classes]
    if vocabulary is not None and known:
        named = _named_concepts([sights[place].classes for place in known], vocabulary)
        for place, names in zip(known, named, strict=True):
            concepts[place] = names
    return [
        Seen(each, named_colours(sight.colours))
        for each, sight in zip(concepts, sights, strict=True)
    ]


@cache
def named_colours(packed: bytes) -> Sequence[str]:
    """The names of the colours that stand out, the largest first."""
    if not packed:
        return ()
    (shares,) = unpack_colours([packed])
    return tuple(COLOURS[place] for place in np.argsort(-shares) if shares[place] >= NOTABLE[place])


def _named_concepts(packed: Sequence[bytes], vocabulary: Vocabulary) -> list[Sequence[str]]:
    tagger = _tagger(vocabulary)
    named: list[Sequence[str]] = []
    for start in range(0, len(packed), _AT_ONCE):
        classes, roots = unpack_classes(packed[start : start + _AT_ONCE])
        named += tagger.tags(classes, np.square(roots))
    return named


def _packed(posteriors: NDArray[np.float32]) -> bytes:
    kept = min(KEPT, len(posteriors))
    places = np.argpartition(-posteriors, kept - 1)[:kept]
    places = places[np.argsort(-posteriors[places], kind="stable")]
    packed = np.zeros((2, KEPT), "<u2")
    packed[0, :kept] = places
    packed[1, :kept] = np.rint(np.sqrt(posteriors[places]) * _LEVELS)
    return packed.tobytes()


@frozen(eq=False)
class _Tagger:
    """Tags by a vocabulary; concepts are numbered here in the order of tags: classes, then kinds, the narrowest first.

    :ivar names: of each concept.
    :ivar lines: for each class its own number and those of its kinds; filled up with a number that is no concept's.
    :ivar classes: how many of the concepts are classes.
    """

    names: Sequence[str]
    lines: NDArray[np.int64]
    classes: int

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> "_Tagger":
        tags = [place for place, concept in enumerate(vocabulary.concepts) if concept.is_tag]
        tags.sort(
            key=lambda place: (place >= vocabulary.classes, len(vocabulary.members[place]), place)
        )
        numbers = {place: number for number, place in enumerate(tags)}
        lines = [
            [numbers[each] for each in (place, *vocabulary.kinds_of[place]) if each in numbers]
            for place in range(vocabulary.classes)
        ]
        padded = np.full((len(lines), max(map(len, lines)) or 1), len(tags), np.int64)
        for place, line in enumerate(lines):
            padded[place, : len(line)] = line
        return cls(
            [vocabulary.concepts[place].name for place in tags],
            padded,
            sum(place < vocabulary.classes for place in tags),
        )

    def tags(self, classes: NDArray[np.uint16], likely: NDArray[np.float32]) -> list[Sequence[str]]:
        """Name the classes that are sure, what those are kinds of, and the kinds that are sure."""
        count, width = len(classes), len(self.names) + 1
        rows, ranks = np.nonzero(likely > _UNLIKELY)
        some = likely[rows, ranks]
        cells = self.lines[classes[rows, ranks]] + rows[:, None] * width
        weights = np.repeat(some, cells.shape[1])
        sums = np.bincount(cells.ravel(), weights, count * width).reshape(count, width)
        tagged = sums >= SURE_OF_KIND
        tagged[:, : self.classes] = sums[:, : self.classes] >= SURE
        # What a sure class is a kind of is as sure.
        tagged.reshape(-1)[cells[some >= SURE].ravel()] = True
        tagged[:, -1] = False
        found: list[dict[str, None]] = [{} for _ in range(count)]
        for row, number in zip(*(each.tolist() for each in np.nonzero(tagged)), strict=True):
            found[row][self.names[number]] = None
        return [tuple(each) for each in found]


@cache
def _tagger(vocabulary: Vocabulary) -> _Tagger:
    return _Tagger.of(vocabulary)
