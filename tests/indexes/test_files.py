"""Files of indexes that cannot be what was saved are refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from photomill.components import VectorIndex
from photomill.errors import PluginError
from photomill.testing.index import clustered_vectors
from photomill_faiss import IvfRabitqIndex, RabitqIndex
from photomill_nmslib import NmslibIndex

OpenIndex = Callable[..., VectorIndex]

pytestmark = pytest.mark.parametrize("kind", [RabitqIndex, IvfRabitqIndex, NmslibIndex])


@pytest.fixture
def saved(kind: type[VectorIndex], open_index: OpenIndex, tmp_path: Path) -> Path:
    index = open_index(kind)
    index.build(clustered_vectors(100))
    index.save(tmp_path / "index")
    return tmp_path / "index"


@pytest.mark.parametrize("content", [b"", b"short", b"not an index at all" * 20])
def test_something_else(
    kind: type[VectorIndex], open_index: OpenIndex, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "index").write_bytes(content)
    with pytest.raises(PluginError, match="not an index"):
        open_index(kind).load(tmp_path / "index", clustered_vectors(100))


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.99])
def test_a_part_of_a_file(
    kind: type[VectorIndex], open_index: OpenIndex, saved: Path, kept: float
) -> None:
    content = saved.read_bytes()
    saved.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(PluginError, match="not an index"):
        open_index(kind).load(saved, clustered_vectors(100))


@pytest.mark.parametrize(("rows", "dimension"), [(101, 48), (100, 47)])
def test_the_index_of_other_vectors(
    kind: type[VectorIndex], open_index: OpenIndex, saved: Path, rows: int, dimension: int
) -> None:
    with pytest.raises(PluginError, match=f"not an index of these {rows} vectors"):
        open_index(kind).load(saved, clustered_vectors(rows, dimension))


def test_saving_leaves_one_file(kind: type[VectorIndex], saved: Path) -> None:
    others = {path for path in saved.parent.rglob("*") if path.is_file()}
    assert others == {saved}
