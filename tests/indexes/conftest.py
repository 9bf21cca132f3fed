"""Opened indexes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from photomill.components import VectorIndex
from photomill.testing import open_component

OpenIndex = Callable[..., VectorIndex]


@pytest.fixture
def open_index(tmp_path: Path) -> Iterator[OpenIndex]:
    """``open_index(kind, **options)`` opens an index, which is closed after the test."""
    with ExitStack() as stack:

        def opened(kind: type[VectorIndex], **options: Any) -> VectorIndex:
            return stack.enter_context(open_component(kind, options, cache_dir=tmp_path / "cache"))

        yield opened
