"""Bringing a catalog's schema to this version."""

import uuid
from contextlib import AbstractContextManager, nullcontext
from importlib.resources import files
from pathlib import Path

import sqlalchemy as sa
from filelock import FileLock
from sqlalchemy.engine import Connection

from photomill.catalog.folder import refuse_empty
from photomill.catalog.schema import catalog_identity
from photomill.errors import CatalogError, DataFolderRefused
from photomill.folders import FILE_MODE

HEAD = "0030"
"""The schema version that this release reads and writes."""

_ADVISORY_LOCK = 0x50484F544F4D494C
"""Of the upgrade, among a database's advisory locks: ``PHOTOMIL`` in ASCII."""


def migrate(engine: sa.Engine, data_dir: Path, *, anew: bool = False) -> None:
    """Upgrade the schema where it is older; refuse it where it is newer, or where there should be one.

    :param anew: an empty catalog is what is wanted.
    :raises DataFolderRefused: a newer version of Photomill made the catalog, or an empty one stands where another was.
    """
    with engine.connect() as connection:
        if _version(connection) == HEAD:
            return
    with _alone(engine, data_dir), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        version = _version(connection)
        if version is not None and version > HEAD:
            raise DataFolderRefused(
                f"{data_dir}: the catalog has schema {version}, this Photomill knows up to {HEAD}: "
                "it was made by a newer version; install that, or choose another data folder"
            )
        if version is None and not anew:
            refuse_empty(data_dir)
        if version is None and _is_empty_file(connection):
            version = _create(connection)
        if version != HEAD:
            _upgrade(connection)


def check_version(connection: Connection) -> None:
    """Make sure that the schema is the one that this version knows.

    :raises CatalogError: another process has upgraded the schema since.
    """
    version = _version(connection)
    if version != HEAD:
        raise CatalogError(
            f"the catalog has schema {version} now, and this process works with {HEAD}: "
            "restart it with the version of Photomill that upgraded the catalog"
        )


def _alone(engine: sa.Engine, data_dir: Path) -> AbstractContextManager[object]:
    """Keep other processes from upgrading a file; a database that machines share has a lock of its own."""
    if engine.dialect.name == "sqlite":
        return FileLock(data_dir / "migrate.lock", mode=FILE_MODE)
    return nullcontext()


def _version(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _is_empty_file(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite" and not sa.inspect(connection).get_table_names()


def _create(connection: Connection) -> str | None:
    """Make the tables in one step, as all migrations would one after the other, and tell their version."""
    script = files("photomill.catalog.migrations").joinpath("sqlite.sql").read_text("utf-8")
    # The driver itself begins no transaction for tables.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    for statement in script.split(";\n\n"):
        connection.exec_driver_sql(statement)
    connection.execute(sa.insert(catalog_identity).values(id=str(uuid.uuid4())))
    return _version(connection)


def _upgrade(connection: Connection) -> None:
    # Imported here because the usual start finds the schema up to date, or makes it at once.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "photomill:catalog/migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
