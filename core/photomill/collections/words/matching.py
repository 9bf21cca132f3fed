"""Which concepts the words of a query name."""

import re
from collections.abc import Iterable, Mapping
from functools import cache

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from photomill.components.concepts import Vocabulary
from photomill.images.colours import COLOURS
from photomill.names import folded, normalise_name

Phrase = tuple[str, ...]
Weights = NDArray[np.float32]
"""How well each class answers a term: float32 (classes,), 0 to 1."""

WORD = r"[^\W_]+(?:'[^\W_]+)?"
"""What a word is, as a regular expression."""

NAME, HEAD, MODIFIER, DEFINITION = 1.0, 0.6, 0.3, 0.25
"""How well a class answers that has a term as its name or its kind's, as the last or another word of a name, or in its
definition. Set by judgement, before ``benchmarks/words.py`` measured them."""

_LONGEST = 4
_WORDS = re.compile(WORD)
_IGNORED = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "for",
        "from",
        "has",
        "have",
        "her",
        "his",
        "i",
        "image",
        "images",
        "in",
        "inside",
        "into",
        "is",
        "it",
        "its",
        "my",
        "near",
        "next",
        "of",
        "off",
        "on",
        "one",
        "or",
        "our",
        "out",
        "over",
        "photo",
        "photograph",
        "photographs",
        "photos",
        "picture",
        "pictures",
        "shot",
        "some",
        "that",
        "the",
        "their",
        "them",
        "there",
        "these",
        "this",
        "those",
        "to",
        "two",
        "under",
        "up",
        "was",
        "were",
        "which",
        "who",
        "with",
        "your",
    ]
)
_IRREGULAR = {
    "children": "child",
    "feet": "foot",
    "geese": "goose",
    "knives": "knife",
    "leaves": "leaf",
    "men": "man",
    "mice": "mouse",
    "people": "person",
    "shelves": "shelf",
    "teeth": "tooth",
    "wolves": "wolf",
    "women": "woman",
}
_COLOURS = {name: place for place, name in enumerate(COLOURS)} | {
    "gray": COLOURS.index("grey"),
    "golden": COLOURS.index("yellow"),
    "violet": COLOURS.index("purple"),
}


@frozen
class Term:
    """A word of a query, or several that are one name.

    :ivar text: as it was written.
    :ivar words: in the singular, folded.
    """

    text: str
    words: Phrase


@frozen(eq=False)
class Matcher:
    """Finds the classes that words name.

    :ivar names: by the words of a whole name, the classes that have it, or are of a kind that has it.
    :ivar parts: by a word, the classes with it in a name or a definition, and how well that answers.
    """

    classes: int
    names: Mapping[Phrase, NDArray[np.int64]] = field(repr=False)
    parts: Mapping[str, Mapping[int, float]] = field(repr=False)

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> "Matcher":
        names: dict[Phrase, list[NDArray[np.int64]]] = {}
        parts: dict[str, dict[int, float]] = {}

        def add(word: str, classes: Iterable[int], strength: float) -> None:
            known = parts.setdefault(word, {})
            for place in classes:
                known[place] = max(known.get(place, 0.0), strength)

        for place, concept in enumerate(vocabulary.concepts):
            members = vocabulary.members[place]
            for name in concept.names:
                words = words_of(name)
                if words:
                    names.setdefault(words, []).append(members)
                    names.setdefault(("".join(words),), []).append(members)
                    if len(words) > 1:
                        add(words[-1], members.tolist(), HEAD)
                    for word in words[:-1]:
                        add(word, members.tolist(), MODIFIER)
            for word in words_of(concept.definition):
                if word not in _IGNORED:
                    add(word, members.tolist(), DEFINITION)
        return cls(
            vocabulary.classes,
            {words: np.unique(np.concatenate(found)) for words, found in names.items()},
            parts,
        )

    def terms(self, text: str) -> list[Term]:
        """Cut a query into terms: names of several words stay together, words that say nothing are left out."""
        return cut_into_terms(text, self.names)

    def is_name(self, term: Term) -> bool:
        """Whether a class or a kind has a term as its name."""
        return any(words in self.names for words in _spellings(term))

    def weights(self, term: Term) -> Weights | None:
        """How well each class answers a term; None where none does."""
        weights = np.zeros(self.classes, np.float32)
        for words in _spellings(term):
            if words in self.names:
                weights[self.names[words]] = NAME
        # What has a name is not looked for in definitions: "dog" is no sled.
        if not weights.any():
            for place, strength in self.parts.get(term.words[-1], {}).items():
                weights[place] = strength
        return weights if weights.any() else None


def _spellings(term: Term) -> tuple[Phrase, Phrase]:
    return term.words, ("".join(term.words),)


@cache
def matcher_of(vocabulary: Vocabulary) -> Matcher:
    """The matcher of a vocabulary, made once."""
    return Matcher.of(vocabulary)


def words_of(text: str) -> Phrase:
    """The words of a text in the singular, folded."""
    return tuple(singular(word) for word in _WORDS.findall(folded(text)))


def cut_into_terms(text: str, names: Mapping[Phrase, object]) -> list[Term]:
    """Cut a query into terms: those names that are longest stay together."""
    written = _WORDS.findall(normalise_name(text))
    words = [singular(folded(word)) for word in written]
    terms: list[Term] = []
    start = 0
    while start < len(words):
        length = next(
            (
                length
                for length in range(min(_LONGEST, len(words) - start), 1, -1)
                if tuple(words[start : start + length]) in names
            ),
            1,
        )
        some = slice(start, start + length)
        if length > 1 or words[start] not in _IGNORED:
            terms.append(Term(" ".join(written[some]), tuple(words[some])))
        start += length
    return terms


def colour_of(term: Term) -> int | None:
    """The place of the colour that a term names."""
    return _COLOURS.get(term.words[0]) if len(term.words) == 1 else None


def singular(word: str) -> str:
    """A folded word in the singular."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ses", "xes", "zes", "ches", "shes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
