"""Whose a face is: the same people as by the distances to all means at once, in a fraction of the memory."""

import tracemalloc
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from photomill.collections.people.matching import FaceMatcher
from photomill.collections.people.means import PersonMeans
from photomill.collections.store.people import Dispute

_DIMENSION = 16
_RADIUS = 0.5


def _faces(centres: NDArray[Any], seed: int, *, unit: bool) -> NDArray[np.float32]:
    """A face near each centre, at distances about the radius."""
    random = np.random.default_rng(seed)
    spread = random.uniform(0.2, 0.9, (len(centres), 1)) * _RADIUS
    moved = centres + spread * random.normal(size=centres.shape) / np.sqrt(_DIMENSION) * 1.3
    if unit:
        moved /= np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(moved, np.float32)


def _matcher(people: NDArray[np.int64], vectors: NDArray[np.float32]) -> FaceMatcher:
    """One of faces, of whom nothing was said."""
    means = PersonMeans(vectors.shape[1])
    means.add(people, vectors)
    nothing = np.zeros((0, vectors.shape[1]), np.float32)
    return FaceMatcher(
        means, lambda asked: dict.fromkeys(asked, Dispute(nothing, nothing)), _RADIUS
    )


def _expected(
    people: dict[int, list[NDArray[np.float32]]], faces: NDArray[np.float32]
) -> list[int | None]:
    """The nearest pairs first, each face and each person once, by distances in float64."""
    means = {person: np.mean(np.asarray(own, np.float64), axis=0) for person, own in people.items()}
    pairs = sorted(
        (float(np.linalg.norm(face - mean)), number, person)
        for number, face in enumerate(faces)
        for person, mean in means.items()
    )
    found: list[int | None] = [None] * len(faces)
    for distance, number, person in pairs:
        if distance <= _RADIUS and found[number] is None and person not in found:
            found[number] = person
    return found


@given(
    seed=st.integers(0, 2**32 - 1),
    persons=st.integers(1, 40),
    length=st.sampled_from([1.0, 1.0, 0.05, 30.0]),
)
def test_people_are_those_of_the_nearest_means(seed: int, persons: int, length: float) -> None:
    random = np.random.default_rng(seed)
    unit = length == 1.0
    centres = random.normal(size=(persons, _DIMENSION))
    centres *= length / np.linalg.norm(centres, axis=1, keepdims=True)
    owners = np.sort(random.integers(0, persons, 3 * persons)) + 10
    vectors = _faces(centres[owners - 10], seed, unit=unit)
    known: dict[int, list[NDArray[np.float32]]] = {}
    for person, vector in zip(owners.tolist(), vectors, strict=True):
        known.setdefault(person, []).append(vector)
    matcher = _matcher(owners, vectors)
    for image in range(4):
        shown = random.integers(0, persons, 8)
        faces = _faces(centres[shown], seed + image + 1, unit=unit)
        matched = matcher.match(faces)
        assert matched == _expected(known, faces)
        for number, (face, found) in enumerate(zip(faces, matched, strict=True)):
            person = 1000 + 8 * image + number if found is None else found
            matcher.add(person, face)
            known.setdefault(person, []).append(face)


def test_nobody_is_known_at_first() -> None:
    matcher = _matcher(np.zeros(0, np.int64), np.zeros((0, 3), np.float32))
    face = np.ones(3, np.float32)
    assert matcher.match(face[None]) == [None]
    matcher.add(7, face)
    assert matcher.match(face[None]) == [7]
    assert matcher.match(face[None], [7]) == [None]


def test_a_group_photo_takes_no_memory_for_each_face_and_person() -> None:
    persons, faces = 20_000, 25
    random = np.random.default_rng(3)
    vectors = random.normal(size=(persons, 128)).astype(np.float32)
    matcher = _matcher(np.arange(persons), vectors)
    tracemalloc.start()
    try:
        assert matcher.match(vectors[:faces]) == list(range(faces))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # A number for each of them and each dimension would be 512 MB.
    assert most < 2**20


def _state(means: PersonMeans, face: NDArray[np.float32]) -> list[tuple[float, int]]:
    return sorted(means.near(face, 1000.0))


def test_what_is_tried_is_undone_to_the_last_bit() -> None:
    random = np.random.default_rng(5)
    vectors = random.normal(size=(40, _DIMENSION)).astype(np.float32)
    means = PersonMeans(_DIMENSION)
    means.add(np.arange(40) % 7, vectors)
    before = _state(means, vectors[0])
    with means.trial():
        means.take_away(3, vectors[3])
        means.add(np.arange(40) % 11, vectors)
        means.add(np.arange(100, 140), vectors)
        assert len(_state(means, vectors[0])) == 51
    assert _state(means, vectors[0]) == before
    means.add(np.array([200]), vectors[:1])
    assert _state(means, vectors[0])[0] == (0.0, 200)
    means.remove([200, 300])
    assert _state(means, vectors[0]) == before


def test_whose_last_face_is_taken_away_is_near_to_nothing() -> None:
    face = np.ones(_DIMENSION, np.float32)
    means = PersonMeans(_DIMENSION)
    means.add(np.array([7]), face[None])
    with means.trial():
        means.take_away(7, face)
        assert _state(means, face) == []
    assert _state(means, face) == [(0.0, 7)]
