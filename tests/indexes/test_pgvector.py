"""pgvector in a real PostgreSQL."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from photomill.components import Changes, ExternalIndex, OpenContext
from photomill.config.settings import FetchSettings
from photomill.errors import IndexUnavailable
from photomill.testing import ExternalIndexContract
from photomill.testing.external import DIMENSION, NAME, indexed
from photomill.testing.index import clustered_vectors
from photomill_pgvector import PgvectorIndex, PgvectorOptions
from photomill_pgvector.tending import Tending

MakeExternal = Callable[[], ExternalIndex]


@pytest.fixture
def make_index(empty_postgresql_url: str, tmp_path: Path) -> MakeExternal:
    def make() -> ExternalIndex:
        index = PgvectorIndex(PgvectorOptions(build_from=1000))
        context = OpenContext("test", tmp_path, FetchSettings(), catalog_url=empty_postgresql_url)
        index.open(context)
        return index

    return make


class TestPgvector(ExternalIndexContract):
    @pytest.fixture
    def make_index(self, make_index: MakeExternal) -> MakeExternal:
        return make_index


@pytest.fixture
def index(make_index: MakeExternal) -> Iterator[ExternalIndex]:
    made = make_index()
    made.create(NAME, DIMENSION)
    yield made
    made.close()


def fill(index: ExternalIndex, part: int) -> None:
    """Bring a thousand records, of which there are some already."""
    vectors = clustered_vectors(1000, DIMENSION, seed=part)
    index.apply(NAME, Changes(indexed(vectors, 1000 * part + 1), []), part + 1)


def graphs(url: str) -> int:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        sql = "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'photomill_graph_%'"
        return int(connection.execute(sa.text(sql)).scalar_one())


def test_a_first_load_is_over_before_its_graph_is_built(
    index: ExternalIndex, empty_postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(index, 0)
    seen = []

    def more_comes(tending: Tending) -> None:
        seen.append(graphs(empty_postgresql_url))
        if len(seen) <= 3:
            fill(index, len(seen))

    monkeypatch.setattr(Tending, "_rest", more_comes)
    index.tend(NAME, Future())
    assert seen == [0, 0, 0, 0]
    assert graphs(empty_postgresql_url) == 1
    with index.reading(NAME) as reader:
        assert reader.size == 4000
        (found,) = reader.search(clustered_vectors(1, DIMENSION, seed=3), 5)
    assert np.all(np.diff(found.distances) >= 0)


def test_an_index_that_is_dropped_during_a_load_gets_no_graph(
    index: ExternalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(index, 0)
    monkeypatch.setattr(Tending, "_rest", lambda _: index.drop(NAME))
    index.tend(NAME, Future())
    assert index.applied(NAME) is None


def test_waiting_for_the_end_of_a_load_is_broken_off(index: ExternalIndex) -> None:
    fill(index, 0)
    broken_off: Future[None] = Future()
    broken_off.set_result(None)
    with pytest.raises(IndexUnavailable, match="not looked after to the end"):
        index.tend(NAME, broken_off)
