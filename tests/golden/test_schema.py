"""A new file gets its tables in one step: the very same that all migrations make one after the other."""

import os
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from photomill.catalog import Catalog


@pytest.fixture
def migrated(tmp_path: Path) -> sa.Engine:
    """A catalog that every migration has been through."""
    engine = sa.create_engine(f"sqlite:///{tmp_path}/migrated.sqlite")
    config = Config()
    config.set_main_option("script_location", "photomill:catalog/migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return engine


def test_a_new_file_has_what_the_migrations_make(migrated: sa.Engine, tmp_path: Path) -> None:
    path = Path(str(files("photomill.catalog.migrations"))) / "sqlite.sql"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(_script(migrated), encoding="utf-8")
    assert path.read_text("utf-8") == _script(migrated)
    new = Catalog.open("", tmp_path)
    try:
        assert _contents(new.engine) == _contents(migrated)
    finally:
        new.close()
        migrated.dispose()


def _script(engine: sa.Engine) -> str:
    statements = [row.sql for row in _schema(engine) if row.sql and row.name != "sqlite_sequence"]
    with engine.connect() as connection:
        version = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    statements.append(f"INSERT INTO alembic_version (version_num) VALUES ('{version}')")
    return ";\n\n".join(statement.replace(" \n", "\n") for statement in statements) + "\n"


def _schema(engine: sa.Engine) -> list[Any]:
    with engine.connect() as connection:
        query = sa.text("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid")
        return list(connection.execute(query))


def _contents(engine: sa.Engine) -> tuple[list[Any], dict[str, list[Any]]]:
    """The schema, and every row but those that say which catalog it is and which numbers were used."""
    told = [tuple(str(each).replace(" \n", "\n") for each in row) for row in _schema(engine)]
    with engine.connect() as connection:
        rows = {
            name: [tuple(row) for row in connection.execute(sa.text(f'SELECT * FROM "{name}"'))]
            for kind, name, *_ in told
            if kind == "table" and name not in ("catalog_identity", "sqlite_sequence")
        }
        identities = connection.execute(sa.text("SELECT id FROM catalog_identity")).all()
    assert len(identities) == 1
    return told, rows
