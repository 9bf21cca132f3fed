"""What every index that holds vectors itself must do.

Subclass and fill one fixture::

    class TestMine(ExternalIndexContract):
        @pytest.fixture
        def make_index(self, tmp_path):
            def make():
                index = MyIndex(MyIndex.Options())
                index.open(OpenContext("test", tmp_path / "cache", FetchSettings()))
                return index
            return make

Each call makes a further handle of one and the same store, as another process would have it.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from photomill.columns import MISSING, Several, find_value
from photomill.components import (
    EVERYTHING,
    AllOf,
    AnyOf,
    Changes,
    Comparison,
    Conditions,
    Exists,
    ExternalIndex,
    ExternalReader,
    IndexedRecord,
    NotOf,
    Relation,
)
from photomill.errors import NotFound
from photomill.testing.index import clustered_vectors

MakeExternal = Callable[[], ExternalIndex]

DIMENSION = 24
NAME = "contract_0"

NAMES = ("a", "b", "c c", "0")
NUMBERS = (*range(-5, 6), 2**53, 2**53 + 1, -(2**70), 0.5, -0.0, 1e300, 5e-324, 3.0)
TEXTS = ("", "a", "b", "5", "Ünïcode", 'quo"te', "back\\slash", "𝄞", "$", "r1")
ROUNDS = 150


class Made:
    """Records and conditions at random, the same ones for a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def value(self, levels: int = 3) -> Any:
        """Whatever a record may hold, in short."""
        kind = self._random.randrange(6 if levels else 4)
        if kind == 4:
            return [self.value(levels - 1) for _ in range(self._random.randrange(4))]
        if kind == 5:
            return self.attributes(levels - 1)
        return self._random.choice(([None], [True, False], NUMBERS, TEXTS)[kind])

    def attributes(self, levels: int = 3) -> dict[str, Any]:
        names = self._random.sample(NAMES, self._random.randrange(len(NAMES) + 1))
        return {name: self.value(levels) for name in names}

    def condition(self) -> Comparison | Exists:
        count = self._random.choice((1, 1, 2, 3))
        parts = tuple(self._random.choice((*NAMES, "_id")) for _ in range(count))
        if self._random.random() < 0.2:
            return Exists(parts)
        operand = self._random.choice(self._random.choice(([True, False], NUMBERS, TEXTS)))
        return Comparison(parts, self._random.choice(list(Relation)), operand)


def indexed(
    vectors: NDArray[np.float32], first: int = 1, records: Sequence[dict[str, Any]] | None = None
) -> list[IndexedRecord]:
    """Records with these vectors, of ascending serials."""
    return [
        IndexedRecord(
            first + place,
            {
                **(
                    {"n": first + place, "even": place % 2 == 0}
                    if records is None
                    else records[place]
                ),
                "_id": f"r{first + place}",
            },
            vector,
        )
        for place, vector in enumerate(vectors)
    ]


def holds(node: Conditions, record: dict[str, Any]) -> bool:
    """What conditions mean, word for word."""
    match node:
        case AllOf(children):
            return all(holds(child, record) for child in children)
        case AnyOf(children):
            return any(holds(child, record) for child in children)
        case NotOf(child):
            return not holds(child, record)
        case Exists(parts):
            return any(value is not MISSING for value in _values(record, parts))
        case Comparison(parts, relation, operand):
            return any(_compares(value, relation, operand) for value in _values(record, parts))
        case _:
            raise AssertionError(f"an index is never asked for {node}")


class ExternalIndexContract:
    """Runs against one index; see the module."""

    rows = 3000
    recall = 0.98
    """Of the ten nearest, the share that a search must find."""

    @pytest.fixture
    def make_index(self) -> MakeExternal:
        """What makes an open index: each a handle of the same store, which was empty at first."""
        raise pytest.UsageError(f"{type(self).__name__} must define the fixture make_index")

    @pytest.fixture
    def new_index(self, make_index: MakeExternal) -> Iterator[MakeExternal]:
        """Makes indexes as ``make_index`` does, and closes them after the test."""
        with ExitStack() as stack:

            def make() -> ExternalIndex:
                index = make_index()
                stack.callback(index.close)
                return index

            yield make

    @pytest.fixture
    def index(self, new_index: MakeExternal) -> ExternalIndex:
        """An open index in which there is an empty one of the name :data:`NAME`."""
        index = new_index()
        index.create(NAME, DIMENSION)
        return index

    @pytest.fixture
    def filled(self, index: ExternalIndex) -> tuple[ExternalIndex, NDArray[np.float32]]:
        """An index of :attr:`rows` records that was tended."""
        vectors = clustered_vectors(self.rows, DIMENSION)
        index.apply(NAME, Changes(indexed(vectors)), 7)
        index.tend(NAME, Future())
        return index, vectors

    # ------------------------------------------------------------ life

    def test_there_is_none_until_it_is_made(self, new_index: MakeExternal) -> None:
        index = new_index()
        assert index.applied(NAME) is None
        with pytest.raises(NotFound), index.reading(NAME):
            pass
        with pytest.raises(NotFound):
            index.apply(NAME, Changes(), 1)
        index.drop(NAME)

    def test_an_empty_index_answers(self, index: ExternalIndex) -> None:
        assert index.applied(NAME) == 0
        index.tend(NAME, Future())
        with index.reading(NAME) as reader:
            assert (reader.applied, reader.size, reader.count()) == (0, 0, 0)
            (found,) = reader.search(clustered_vectors(1, DIMENSION), 5)
            assert len(found.serials) == 0
            assert list(reader.scan()) == []
            assert reader.vectors([1])[1].shape == (0, DIMENSION)

    def test_making_it_again_keeps_it(self, index: ExternalIndex) -> None:
        index.apply(NAME, Changes(indexed(clustered_vectors(5, DIMENSION))), 3)
        index.create(NAME, DIMENSION)
        assert (index.applied(NAME), sizes(index)) == (3, 5)

    def test_dropping_it_leaves_others(self, index: ExternalIndex) -> None:
        index.create("other_0", DIMENSION)
        index.apply("other_0", Changes(indexed(clustered_vectors(5, DIMENSION))), 3)
        index.drop(NAME)
        index.drop(NAME)
        assert (index.applied(NAME), index.applied("other_0")) == (None, 3)
        index.create(NAME, DIMENSION)
        assert sizes(index) == 0

    def test_closing_twice_is_fine(self, make_index: MakeExternal) -> None:
        index = make_index()
        index.close()
        index.close()

    # ------------------------------------------------------------ changes

    def test_changes_are_applied_once(self, index: ExternalIndex) -> None:
        vectors = clustered_vectors(10, DIMENSION)
        index.apply(NAME, Changes(indexed(vectors)), 4)
        index.apply(NAME, Changes(indexed(vectors[:3], 100)), 4)
        index.apply(NAME, Changes((), [1, 2]), 3)
        assert (index.applied(NAME), sizes(index)) == (4, 10)

    def test_taking_a_part_in_twice_does_no_harm(self, index: ExternalIndex) -> None:
        vectors = clustered_vectors(10, DIMENSION)
        index.apply(NAME, Changes(indexed(vectors)), 4)
        index.apply(NAME, Changes(indexed(vectors), [99]), 5)
        index.apply(NAME, Changes((), [99, 10]), 6)
        assert (index.applied(NAME), sizes(index)) == (6, 9)

    def test_an_update_changes_what_filters_see(self, index: ExternalIndex) -> None:
        vectors = clustered_vectors(4, DIMENSION)
        index.apply(NAME, Changes(indexed(vectors)), 1)
        changed = IndexedRecord(2, {"_id": "r2", "n": 200}, vectors[1])
        index.apply(NAME, Changes([changed]), 2)
        with index.reading(NAME) as reader:
            more = Comparison(("n",), Relation.GREATER, 100)
            assert serials(reader, more) == [2]
            assert reader.count() == 4
            (found,) = reader.search(vectors[1:2], 1, more)
            assert found.serials.tolist() == [2]
            assert found.distances.tolist() == [0.0]

    def test_what_is_deleted_is_found_no_more(
        self, filled: tuple[ExternalIndex, NDArray[np.float32]]
    ) -> None:
        index, vectors = filled
        gone = list(range(1, self.rows, 2))
        index.apply(NAME, Changes((), gone), 8)
        for _ in range(2):
            with index.reading(NAME) as reader:
                (found,) = reader.search(vectors[:1], 50)
                assert len(found.serials) == 50
                assert not set(found.serials.tolist()) & set(gone)
                assert reader.size == reader.count() == self.rows - len(gone)
            index.tend(NAME, Future())
        assert self.share_found(index, vectors, without=gone) >= self.recall

    def test_erasing_what_was_deleted_keeps_the_rest(self, index: ExternalIndex) -> None:
        vectors = clustered_vectors(5, DIMENSION)
        index.apply(NAME, Changes(indexed(vectors)), 1)
        index.apply(NAME, Changes((), [3]), 2)
        index.erase_deleted(NAME)
        index.erase_deleted("another")
        with index.reading(NAME) as reader:
            assert (reader.applied, serials(reader)) == (2, [1, 2, 4, 5])
            (found,) = reader.search(vectors[:1], 1)
            assert found.serials.tolist() == [1]

    def test_a_record_that_comes_back_is_found(self, index: ExternalIndex) -> None:
        records = indexed(clustered_vectors(5, DIMENSION))
        index.apply(NAME, Changes(records), 1)
        index.apply(NAME, Changes((), [3]), 2)
        index.apply(NAME, Changes([records[2]]), 3)
        with index.reading(NAME) as reader:
            assert serials(reader) == [1, 2, 3, 4, 5]

    def test_another_handle_sees_it_at_once(
        self, index: ExternalIndex, new_index: MakeExternal
    ) -> None:
        other = new_index()
        vectors = clustered_vectors(30, DIMENSION)
        for sequence in range(1, 31):
            index.apply(
                NAME, Changes(indexed(vectors[sequence - 1 : sequence], sequence)), sequence
            )
            with other.reading(NAME) as reader:
                assert reader.applied == sequence
                (found,) = reader.search(vectors[sequence - 1 : sequence], 1)
                assert found.serials.tolist() == [sequence]

    def test_a_reader_stays_in_its_moment(
        self, index: ExternalIndex, new_index: MakeExternal
    ) -> None:
        vectors = clustered_vectors(20, DIMENSION)
        index.apply(NAME, Changes(indexed(vectors[:10])), 1)
        with index.reading(NAME) as reader:
            assert (reader.applied, reader.count()) == (1, 10)
            new_index().apply(NAME, Changes(indexed(vectors[10:], 11), [1, 2]), 2)
            assert (reader.applied, reader.size, len(serials(reader))) == (1, 10, 10)
            (found,) = reader.search(vectors[:1], 20)
            assert sorted(found.serials.tolist()) == list(range(1, 11))

    def test_many_apply_at_once(self, index: ExternalIndex, new_index: MakeExternal) -> None:
        handles = [index, new_index(), new_index()]
        vectors = clustered_vectors(60, DIMENSION)

        def apply(handle: ExternalIndex) -> None:
            for sequence in range(1, 7):
                handle.apply(NAME, Changes(indexed(vectors[: 10 * sequence])), sequence)

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(apply, handles))
        assert (index.applied(NAME), sizes(index)) == (6, 60)

    # ------------------------------------------------------------ searching

    def test_the_nearest_are_found(self, filled: tuple[ExternalIndex, NDArray[np.float32]]) -> None:
        assert self.share_found(*filled) >= self.recall

    def test_distances_are_those_of_the_vectors(
        self, filled: tuple[ExternalIndex, NDArray[np.float32]]
    ) -> None:
        index, vectors = filled
        with index.reading(NAME) as reader:
            for found, query in zip(reader.search(vectors[:5], 40), vectors[:5], strict=True):
                true = np.linalg.norm(vectors[found.serials - 1] - query, axis=1)
                np.testing.assert_allclose(found.distances, true, atol=2e-6)
                assert found.distances[0] == 0.0
                assert np.all(np.diff(found.distances) >= 0)
                assert len(set(found.serials.tolist())) == 40

    @pytest.mark.parametrize("share", [0.5, 0.1, 0.01, 0.002])
    def test_filters_lose_nothing(
        self, filled: tuple[ExternalIndex, NDArray[np.float32]], share: float
    ) -> None:
        index, vectors = filled
        few = Comparison(("n",), Relation.LESS_OR_EQUAL, int(share * self.rows))
        without = list(range(int(share * self.rows) + 1, self.rows + 1))
        assert self.share_found(index, vectors, few, without) >= self.recall

    @pytest.mark.parametrize("count", [1, 10, 1000, 3000, 10_000])
    def test_never_fewer_than_there_are(
        self, filled: tuple[ExternalIndex, NDArray[np.float32]], count: int
    ) -> None:
        index, vectors = filled
        even = Comparison(("even",), Relation.EQUAL, True)
        left_out = list(range(1, self.rows // 2))
        with index.reading(NAME) as reader:
            for filter, without in ((EVERYTHING, ()), (even, ()), (even, left_out)):
                (found,) = reader.search(vectors[:1], count, filter, without=without)
                assert len(found.serials) == min(count, reader.count(filter, without=without))
                assert not set(found.serials.tolist()) & set(without)

    def test_vectors_are_exact(self, filled: tuple[ExternalIndex, NDArray[np.float32]]) -> None:
        index, vectors = filled
        with index.reading(NAME) as reader:
            known, found = reader.vectors([5, 10**12, 2, 77])
            assert sorted(known.tolist()) == [2, 5, 77]
            assert found.dtype == np.float32
            assert np.array_equal(found, vectors[known - 1])

    def test_threads_get_the_same_answers(
        self, filled: tuple[ExternalIndex, NDArray[np.float32]]
    ) -> None:
        index, vectors = filled

        def ask(place: int) -> list[int]:
            with index.reading(NAME) as reader:
                (found,) = reader.search(vectors[place : place + 1], 10)
                return list(map(int, found.serials))

        alone = [ask(place) for place in range(12)]
        with ThreadPoolExecutor(6) as pool:
            assert list(pool.map(ask, range(12))) == alone

    # ------------------------------------------------------------ attributes

    def test_scans_are_in_order_and_whole(
        self, filled: tuple[ExternalIndex, NDArray[np.float32]]
    ) -> None:
        index, _ = filled
        with index.reading(NAME) as reader:
            assert serials(reader) == list(range(1, self.rows + 1))
            rest = [
                int(each) for batch in reader.scan(after=10, without=[12, 15]) for each in batch
            ]
            assert rest[:5] == [11, 13, 14, 16, 17]

    def test_facets_count_records(self, index: ExternalIndex) -> None:
        records: list[dict[str, Any]] = [
            {"tags": ["a", "b", "a"]},
            {"tags": "a"},
            {"tags": None},
            {},
            {"tags": [["a"], "c"]},
        ]
        index.apply(NAME, Changes(indexed(clustered_vectors(5, DIMENSION), 1, records)), 1)
        with index.reading(NAME) as reader:
            counted = reader.facet("tags", without=[2])
        if counted is not None:
            assert counted == {b'"a"': 1, b'"b"': 1, b'"c"': 1, b'["a"]': 1}

    def test_conditions_mean_what_they_say(self, index: ExternalIndex) -> None:
        for seed in range(ROUNDS):
            made = Made(seed)
            records = [made.attributes() for _ in range(6)]
            given = indexed(clustered_vectors(6, DIMENSION), 1, records)
            index.apply(NAME, Changes(given), seed + 1)
            conditions = [made.condition() for _ in range(12)]
            known: list[Conditions] = [each for each in conditions if index.knows(each)]
            known += [NotOf(each) for each in known]
            known += [AllOf(tuple(known[:2])), AnyOf(tuple(known[-2:])), NotOf(AnyOf(tuple(known)))]
            with index.reading(NAME) as reader:
                for condition in known:
                    meant = [each.serial for each in given if holds(condition, dict(each.record))]
                    assert serials(reader, condition) == meant, (condition, records)
                    assert reader.count(condition) == len(meant)

    def share_found(
        self,
        index: ExternalIndex,
        vectors: NDArray[np.float32],
        filter: Conditions = EVERYTHING,
        without: Sequence[int] = (),
    ) -> float:
        """Of the ten nearest to some queries, the share that is found."""
        queries = clustered_vectors(30, DIMENSION, seed=5)
        left = np.setdiff1d(np.arange(1, len(vectors) + 1), without)
        hits = wanted = 0
        with index.reading(NAME) as reader:
            for query, found in zip(queries, reader.search(queries, 10, filter), strict=True):
                distances = np.linalg.norm(vectors[left - 1].astype(np.float64) - query, axis=1)
                nearest = set(left[np.argsort(distances, kind="stable")[:10]].tolist())
                hits += len(nearest & set(found.serials.tolist()))
                wanted += len(nearest)
        return hits / wanted


def serials(reader: ExternalReader, filter: Conditions = EVERYTHING) -> list[int]:
    """Everything that a filter lets through."""
    return [int(each) for batch in reader.scan(filter) for each in batch]


def sizes(index: ExternalIndex) -> int:
    """How many records an index holds."""
    with index.reading(NAME) as reader:
        assert reader.size == reader.count() == len(serials(reader))
        return reader.size


def _values(record: dict[str, Any], parts: tuple[str, ...]) -> list[Any]:
    found = find_value(record, parts)
    if isinstance(found, Several):
        return found.values
    return [*found, found] if isinstance(found, list) else [found]


def _compares(value: Any, relation: Relation, operand: bool | int | float | str) -> bool:
    if isinstance(value, bool) or isinstance(operand, bool):
        # Truth values are equal or not, and in no order that an index need know.
        return relation is Relation.EQUAL and value is operand
    alike = isinstance(value, str) == isinstance(operand, str)
    if not alike or not isinstance(value, str | int | float):
        return False
    left: Any = value
    right: Any = operand
    return bool(
        {
            Relation.EQUAL: left == right,
            Relation.LESS: left < right,
            Relation.LESS_OR_EQUAL: left <= right,
            Relation.GREATER: left > right,
            Relation.GREATER_OR_EQUAL: left >= right,
        }[relation]
    )
