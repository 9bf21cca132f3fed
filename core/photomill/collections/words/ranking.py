"""The order of a collection's records by how well they answer words."""

from collections.abc import Sequence

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from photomill.collections.contents import View
from photomill.collections.ranking import Mask, Ranked, ordered_by_distance
from photomill.collections.words.channels import CHANNELS
from photomill.collections.words.id_order import IdOrder
from photomill.collections.words.matching import Matcher, Term, colour_of, cut_into_terms
from photomill.collections.words.meaning import Measure
from photomill.collections.words.resident import Words
from photomill.components.index import Rows

FLOOR = 0.2
"""How well the best record must answer some term of the query; else nothing was found. Calibrated on queries with answers and
without, see ``benchmarks/words.py``."""

RECORD_FLOOR = 0.05
"""Likewise each record that is found."""

_FULL_SHARE = 0.3
"""The share from which a colour answers wholly beside other terms."""
_LEAST_FACTOR = 0.3
"""What is left of the answer to the other terms where the colour is not there."""
_NAMED_SHARE = 0.4
"""The share from which a colour answers wholly where nothing else is asked for."""

_WORDS_SHARE = 0.3
"""How much the terms count beside what the whole text means. Measured by ``benchmarks/words.py``, against other shares and
against reciprocal rank fusion."""
_SHARE_OF_NEAREST = 0.6
"""Of the cosine of the nearest record: what is less near means something else."""
_LEAST_OF_MEANING = 0.5
"""What is left of the nearness to what a text means where a colour is not there."""

Scores = NDArray[np.float32]


@define(eq=False)
class WordsRanking:
    """Rows by ascending (distance, id); the distance is 100 where a record answers nothing, and 0 where it answers all.

    :ivar order: of the rows' ids.
    :ivar channels: what answered: ``concepts``, ``colours``, ``attributes``, ``people``, ``tags``, ``text``,
        ``sentences``.
    :ivar unknown: the terms that nothing answers.
    :ivar model: of sentences, which was asked; empty for none.
    :ivar way: what ran.
    """

    view: View
    order: IdOrder
    distances: NDArray[np.float64]
    surviving: Mask
    channels: Sequence[str]
    unknown: Sequence[str]
    model: str = ""
    way: str = "words"
    scanned: int = 0
    survivors: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.survivors = int(np.count_nonzero(self.surviving))

    def first(self, count: int) -> Ranked:
        """The best rows, up to ``count``."""
        rows = np.flatnonzero(self.surviving)
        distances = self.distances[rows]
        if 0 < count < len(rows):
            last = np.partition(distances, count - 1)[count - 1]
            nearer = distances < last
            # Thousands may have a word, and answer it equally well.
            wanted = count - int(np.count_nonzero(nearer))
            tied = self.order.first(self.view, rows[distances == last], wanted)
            distances = np.append(distances[nearer], np.full(wanted, last))
            rows = np.append(rows[nearer], tied)
        return ordered_by_distance(self.view, rows, distances).first(count)

    def within(self, radius: float) -> Ranked:
        """Every row at most this far away, inclusive."""
        found = self.first(self.survivors)
        return found.first(int(np.searchsorted(found.distances, radius, side="right")))

    def ordered(self, rows: Rows, distances: NDArray[np.float64]) -> Ranked:
        """Put rows in order of these distances, and those that tie in order of their ids."""
        return ordered_by_distance(self.view, rows, distances)


@frozen(eq=False)
class _Answer:
    """How well rows answer a term.

    :ivar score: float32 (size,), 0 to 1.
    :ivar weight: how much the term counts: what few things answer counts for more.
    """

    score: Scores
    weight: float


@frozen(eq=False)
class _Meant:
    """How near rows are to what the whole text means.

    :ivar score: float32 (size,), 0 to 1.
    :ivar found: the rows that are near enough: bool (size,).
    """

    score: Scores
    found: Mask


@define(eq=False)
class _Asked:
    """What was found out of a text.

    :ivar answers: to its terms, by whatever knows them best.
    :ivar told: likewise, by the channels of texts alone.
    :ivar shares: of the colours that are asked for, in each row.
    """

    channels: dict[str, None] = field(factory=dict)
    unknown: list[str] = field(factory=list)
    answers: list[_Answer] = field(factory=list)
    told: list[_Answer] = field(factory=list)
    shares: list[Scores] = field(factory=list)


def rank_by_words(
    text: str,
    view: View,
    words: Words,
    matcher: Matcher | None,
    mask: Mask | None,
    measure: Measure | None = None,
) -> WordsRanking:
    """Rank rows by how well they answer a text: every term is answered by whatever knows it best.

    :param mask: rows that the filter lets through; None for all.
    :param measure: by the model of sentences, which compares the whole text with what each row shows.
    """
    terms = cut_into_terms(text, {}) if matcher is None else matcher.terms(text)
    asked = _asked(terms, view, words, matcher)
    scores, best = _joined(asked.answers, asked.shares, view.size)
    # A trace of a colour alone is no answer.
    answers = best >= (RECORD_FLOOR if asked.answers else FLOOR)
    allowed = view.alive if mask is None else view.alive & mask
    if best[answers & allowed].max(initial=0.0) < FLOOR:
        answers = np.zeros(view.size, np.bool_)
    if measure is not None and terms:
        meant = _meant(text, words, measure, allowed, known=_are_names(terms, matcher))
        if meant.found.any():
            asked.channels["sentences"] = None
        near = meant.score
        for share in asked.shares:
            near = near * np.clip(share / np.float32(_FULL_SHARE), _LEAST_OF_MEANING, 1.0)
        scores = np.maximum(
            np.float32(_WORDS_SHARE) * np.where(answers, scores, 0)
            + np.float32(1 - _WORDS_SHARE) * near,
            _told(asked, view.size),
        )
        answers = answers | meant.found
    return WordsRanking(
        view,
        words.order,
        np.round(100.0 * (1.0 - scores.astype(np.float64)), 6),
        allowed & answers,
        list(asked.channels),
        asked.unknown,
        model="" if measure is None else measure.sentences.name,
        scanned=view.size,
    )


def reason(ranking: WordsRanking, *, knows_things: bool) -> list[str]:
    """What to say of a search by words: which words nothing answered, who compared sentences, and why nothing was found."""
    notes = []
    understood = bool(ranking.model) and bool(ranking.survivors)
    if ranking.unknown and not understood:
        named = ", ".join(f'"{word}"' for word in ranking.unknown)
        what = "concept, colour, tag or attribute" if knows_things else "colour, tag or attribute"
        notes.append(f"no {what} answers {named}")
    if "sentences" in ranking.channels:
        notes.append(
            f"the model {ranking.model!r} compared what the text means with what images show"
        )
    if not ranking.survivors:
        notes.append(
            "nothing was found: words find things and kinds of things, colours, tags and attributes, not people, deeds, "
            "places or weather"
            if ranking.unknown
            else "nothing was found: no image shows it clearly enough"
        )
    return notes


def _asked(terms: Sequence[Term], view: View, words: Words, matcher: Matcher | None) -> _Asked:
    asked = _Asked()
    for term in terms:
        colour = colour_of(term)
        said = _said(term, view, words, asked.channels)
        if colour is not None:
            asked.channels["colours"] = None
            share = words.colours[:, colour]
            asked.shares.append(share if said is None else np.maximum(share, said.score))
            continue
        known = _recognised(term, words, matcher, asked.channels)
        if known is None and said is None:
            asked.unknown.append(term.text)
        elif known is None or said is None:
            asked.answers += [each for each in (known, said) if each is not None]
        else:
            score = np.maximum(known.score, said.score)
            asked.answers.append(_Answer(score, max(known.weight, said.weight)))
        if said is not None:
            asked.told.append(said)
    return asked


def _told(asked: _Asked, size: int) -> Scores:
    """How well what is said of rows answers all that was asked."""
    total = sum(each.weight for each in asked.answers)
    told = np.zeros(size, np.float32)
    for each in asked.told:
        told += each.score * np.float32(each.weight / total)
    return told


def _meant(text: str, words: Words, measure: Measure, allowed: Mask, *, known: bool) -> _Meant:
    """How near rows are to what a text means.

    :param known: all of its words are names of what the network knows: whether one is there, classes tell better.
    """
    assert words.lengths is not None
    near = measure.nearness(text, words.classes, words.likely, words.lengths)
    sentences = measure.sentences
    floor = sentences.floor_of_known if known else sentences.floor
    nearest = float(near[allowed].max(initial=0.0))
    found = allowed & (near >= max(floor, _SHARE_OF_NEAREST * nearest))
    return _Meant(np.maximum(near, 0), found)


def _are_names(terms: Sequence[Term], matcher: Matcher | None) -> bool:
    things = [term for term in terms if colour_of(term) is None]
    return bool(things) and matcher is not None and all(matcher.is_name(term) for term in things)


def _recognised(
    term: Term, words: Words, matcher: Matcher | None, channels: dict[str, None]
) -> _Answer | None:
    weights = None if matcher is None else matcher.weights(term)
    if weights is None or matcher is None:
        return None
    channels["concepts"] = None
    score = np.einsum("ij,ij->i", weights[words.classes], words.likely)
    rare = np.log(max(matcher.classes, 3) / np.count_nonzero(weights))
    return _Answer(np.minimum(score, 1.0), float(weights.max() * max(rare, 0.1)))


def _said(term: Term, view: View, words: Words, channels: dict[str, None]) -> _Answer | None:
    """What the channels of texts answer."""
    score = np.zeros(view.size, np.float32)
    count = 0
    for channel in CHANNELS:
        rows = words.said(channel, term.words)
        if len(rows):
            score[rows] = np.maximum(score[rows], np.float32(channel.strength))
            count = max(count, len(rows))
            channels[channel.name] = None
    if not count:
        return None
    return _Answer(score, float(np.log(max(view.size, 3) / count) + 1.0))


def _joined(
    asked: Sequence[_Answer], shares: Sequence[NDArray[np.float32]], size: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The scores of all terms together, and of the best one."""
    nothing = np.zeros(size, np.float32)
    if not asked:
        score = nothing
        if shares:
            score = np.minimum(np.min(shares, axis=0) / np.float32(_NAMED_SHARE), 1.0)
        return score, score
    total = sum(each.weight for each in asked)
    score = np.sum([each.score * np.float32(each.weight / total) for each in asked], axis=0)
    for share in shares:
        score = score * np.clip(share / np.float32(_FULL_SHARE), _LEAST_FACTOR, 1.0)
    best = asked[0].score
    for each in asked[1:]:
        best = np.maximum(best, each.score)
    return score, best
