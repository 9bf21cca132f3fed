"""What machines that share a catalog need to share besides, and whether requests would be answered."""

import sqlite3
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from photomill.config.load import load_settings
from photomill.errors import ConfigError
from photomill.storages import sharing_problems

from .conftest import OpenEngine

SHARED = "postgresql+psycopg://user@database/photomill"
BUCKET = {
    "endpoint": "https://bucket.example",
    "bucket": "photos",
    "credentials": {"access_key": "id", "secret_access_key": "secret"},
}


def test_a_catalog_in_a_file_shares_nothing(open_engine: OpenEngine) -> None:
    open_engine().check_sharing()


def test_what_one_machine_keeps_for_itself_is_named(open_engine: OpenEngine) -> None:
    engine = open_engine()
    settings = load_settings(environ={}, overrides={"catalog.url": SHARED})
    problems = list(sharing_problems(settings, engine.storages))
    assert [problem.path.partition(": ")[2] for problem in problems] == [
        "photomill.secret_key",
        "editing.temporary",
        "albums.storage",
        "thumbnails.storage",
    ]
    assert "shared = true" in problems[1].message


def test_a_folder_that_every_machine_sees_will_do(tmp_path: Path, open_engine: OpenEngine) -> None:
    network = {"root": str(tmp_path), "shared": True}
    storages = {
        "storages.network": {"use": "local", "options": network},
        "albums.storage": "network",
        "editing.temporary": "network",
        "thumbnails.storage": "network",
    }
    engine = open_engine(**{key.replace(".", "__"): value for key, value in storages.items()})
    settings = load_settings(
        environ={},
        overrides={
            "catalog.url": SHARED,
            "photomill.secret_key": Fernet.generate_key().decode(),
            **storages,
        },
    )
    assert list(sharing_problems(settings, engine.storages)) == []


def test_readiness_covers_the_key_of_secrets(open_engine: OpenEngine) -> None:
    key, other = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    first = open_engine(photomill__secret_key=key)
    assert first.health()["secrets"].ok
    first.storages.operator.create("bucket", "s3", BUCKET)
    assert open_engine(photomill__secret_key=key).health()["secrets"].ok
    health = open_engine(photomill__secret_key=other).health()["secrets"]
    assert not health.ok
    assert "another key" in health.detail


def test_readiness_covers_storages_that_nobody_has_used_yet(
    tmp_path: Path, open_engine: OpenEngine
) -> None:
    missing = {"use": "local", "options": {"root": str(tmp_path / "missing")}}
    health = open_engine(storages__gone=missing, editing__temporary="gone").health()
    assert health["storages.albums"].ok
    assert not health["storages.gone"].ok
    assert "missing" in health["storages.gone"].detail


def test_readiness_tells_that_the_catalog_was_upgraded(
    tmp_path: Path, open_engine: OpenEngine
) -> None:
    engine = open_engine()
    assert engine.health()["catalog"].ok
    with sqlite3.connect(tmp_path / "data" / "catalog.sqlite") as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    health = engine.health()["catalog"]
    assert not health.ok
    assert "schema 9999" in health.detail


def test_the_error_says_what_to_configure(open_engine: OpenEngine, tmp_path: Path) -> None:
    engine = open_engine()
    shared = load_settings(
        environ={},
        overrides={"catalog.url": SHARED, "photomill.data_dir": str(tmp_path / "data")},
    )
    engine.settings = shared
    with pytest.raises(ConfigError, match="name a bucket"):
        engine.check_sharing()
