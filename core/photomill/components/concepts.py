"""What an embedder knows by name: its classes, and the kinds of things that they are."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from photomill.errors import PluginError

Posteriors = NDArray[np.float32]
"""The probability of each class for each image: float32 (n, classes), rows that add up to 1."""

MOST_CLASSES = 1 << 16


@frozen
class Concept:
    """A class, or a kind of thing that classes belong to.

    :ivar names: what people call it, the usual name first.
    :ivar kinds: places in the vocabulary of what it is a kind of, directly.
    :ivar definition: in one sentence; may be empty.
    :ivar is_tag: whether records are tagged with it; too general a kind is only searched by.
    """

    names: Sequence[str]
    kinds: Sequence[int] = ()
    definition: str = ""
    is_tag: bool = True

    @property
    def name(self) -> str:
        return self.names[0]


@frozen(eq=False)
class Vocabulary:
    """The classes of an embedder in the order of its posteriors, and after them the kinds that they belong to.

    :ivar classes: how many of the concepts are classes.
    """

    concepts: Sequence[Concept] = field(repr=False)
    classes: int

    def __attrs_post_init__(self) -> None:
        if not 0 < self.classes <= min(len(self.concepts), MOST_CLASSES):
            raise PluginError(
                f"a vocabulary of {len(self.concepts)} concepts cannot have {self.classes} classes"
            )
        for place, concept in enumerate(self.concepts):
            if not concept.names or not all(concept.names):
                raise PluginError(f"concept {place} of a vocabulary has no name")
            if any(not 0 <= kind < len(self.concepts) for kind in concept.kinds):
                raise PluginError(f"concept {place} is of a kind that the vocabulary does not have")

    @cached_property
    def kinds_of(self) -> Sequence[Sequence[int]]:
        """For each concept all that it is a kind of, the nearest first, itself left out."""
        return [self._ancestors(place) for place in range(len(self.concepts))]

    @cached_property
    def members(self) -> Sequence[NDArray[np.int64]]:
        """For each concept the classes that it stands for: a class for itself, and for what is a kind of it."""
        found: list[list[int]] = [[] for _ in self.concepts]
        for place in range(self.classes):
            for concept in (place, *self.kinds_of[place]):
                found[concept].append(place)
        return [np.array(places, np.int64) for places in found]

    def _ancestors(self, place: int) -> list[int]:
        found: dict[int, None] = {}
        waiting = list(self.concepts[place].kinds)
        while waiting:
            kind = waiting.pop(0)
            if kind not in found and kind != place:
                found[kind] = None
                waiting += self.concepts[kind].kinds
        return list(found)
