"""pgvector in a real PostgreSQL."""

from collections.abc import Callable
from pathlib import Path

import pytest

from photomill.components import ExternalIndex, OpenContext
from photomill.config.settings import FetchSettings
from photomill.testing import ExternalIndexContract
from photomill_pgvector import PgvectorIndex, PgvectorOptions

MakeExternal = Callable[[], ExternalIndex]


class TestPgvector(ExternalIndexContract):
    @pytest.fixture
    def make_index(self, empty_postgresql_url: str, tmp_path: Path) -> MakeExternal:
        def make() -> ExternalIndex:
            index = PgvectorIndex(PgvectorOptions(build_from=1000))
            context = OpenContext(
                "test", tmp_path, FetchSettings(), catalog_url=empty_postgresql_url
            )
            index.open(context)
            return index

        return make
