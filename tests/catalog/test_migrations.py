"""What the migrations make is what the tables say."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from photomill.catalog import Catalog, album_tables, job_tables, schema


def test_a_new_catalog_has_the_tables_of_this_release(tmp_path: Path) -> None:
    for module in (album_tables, job_tables):
        assert module.metadata is schema.metadata
    catalog = Catalog.open("", tmp_path)
    try:
        with catalog.engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
    finally:
        catalog.close()
