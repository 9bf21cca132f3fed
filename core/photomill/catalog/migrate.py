"""Bringing a catalog's schema to this version."""

from pathlib import Path

import sqlalchemy as sa
from filelock import FileLock
from sqlalchemy.engine import Connection

from photomill.catalog.folder import refuse_empty
from photomill.errors import DataFolderRefused
from photomill.folders import FILE_MODE

HEAD = "0014"
"""The schema version that this release reads and writes."""


def migrate(engine: sa.Engine, data_dir: Path, *, anew: bool = False) -> None:
    """Upgrade the schema where it is older; refuse it where it is newer, or where there should be one.

    :param anew: an empty catalog is what is wanted.
    :raises DataFolderRefused: a newer version of Photomill made the catalog, or an empty one stands where another was.
    """
    if _version(engine) == HEAD:
        return
    with FileLock(data_dir / "migrate.lock", mode=FILE_MODE):
        version = _version(engine)
        if version is not None and version > HEAD:
            raise DataFolderRefused(
                f"{data_dir}: the catalog has schema {version}, this Photomill knows up to {HEAD}: "
                "it was made by a newer version; install that, or choose another data folder"
            )
        if version is None and not anew:
            refuse_empty(data_dir)
        with engine.begin() as connection:
            _upgrade(connection)


def _version(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    # Imported here because the usual start finds the schema up to date.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "photomill:catalog/migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
