"""What the migrations make is what the tables say, and what was there before keeps its meaning."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from photomill.albums.store import tables as album_tables
from photomill.albums.store.owners import BrandTable, OwnerTable
from photomill.albums.store.photos import PhotoTable
from photomill.catalog import Catalog, schema
from photomill.collections.store import tables as collection_tables
from photomill.collections.store.folders import FolderTable
from photomill.errors import Conflict
from photomill.jobs.store import tables as job_tables
from photomill.keys import tables as key_tables
from photomill.storages import store as storage_tables


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind that a catalog may be."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/catalog.sqlite"
    return str(request.getfixturevalue("empty_postgresql_url"))


def test_a_new_catalog_has_the_tables_of_this_release(url: str, tmp_path: Path) -> None:
    for module in (album_tables, collection_tables, job_tables, key_tables, storage_tables):
        assert module.metadata is schema.metadata
    catalog = Catalog.open(url, tmp_path)
    try:
        with catalog.engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
    finally:
        catalog.close()


@pytest.fixture
def older(url: str) -> Iterator[Callable[..., sa.Engine]]:
    """Make a catalog of an earlier schema."""
    engine = sa.create_engine(url)

    def make(version: str) -> sa.Engine:
        config = Config()
        config.set_main_option("script_location", "photomill:catalog/migrations")
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, version)
        return engine

    yield make
    engine.dispose()


def _insert(engine: sa.Engine, table: str, **values: Any) -> None:
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    with engine.begin() as connection:
        connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values)


def _key(engine: sa.Engine, key_id: str, owner: str, scopes: str) -> None:
    values = {"digest": key_id.encode(), "hint": "", "created": 1.0}
    _insert(engine, "keys", id=key_id, name="k", owner=owner, scopes=scopes, **values)


def _storage(engine: sa.Engine, name: str, *, trusted: bool) -> None:
    values = {"parameters": "{}", "secret": "", "revision": 1, "created": 1.0}
    _insert(engine, "storages", name=name, type="web_folder", trusted=trusted, **values)


def _owners(url: str, tmp_path: Path) -> dict[str, str]:
    catalog = Catalog.open(url, tmp_path)
    try:
        with catalog.read() as connection:
            table = storage_tables.storages
            rows = connection.execute(sa.select(table.c.name, table.c.owner))
            return {row.name: row.owner for row in rows}
    finally:
        catalog.close()


def test_storages_go_to_the_only_owner_who_can_have_registered_them(
    older: Callable[..., sa.Engine], url: str, tmp_path: Path
) -> None:
    engine = older("0005")
    _key(engine, "1", "ann", "storage image_editing")
    _key(engine, "2", "ann", "admin")
    _key(engine, "3", "bob", "image_editing")
    _storage(engine, "hers", trusted=False)
    _storage(engine, "everybodys", trusted=True)
    assert _owners(url, tmp_path) == {"hers": "ann", "everybodys": ""}


def test_else_they_wait_for_the_operator(
    older: Callable[..., sa.Engine], url: str, tmp_path: Path
) -> None:
    engine = older("0005")
    _key(engine, "1", "ann", "storage")
    _key(engine, "2", "", "admin")
    _storage(engine, "somebodys", trusted=False)
    assert _owners(url, tmp_path) == {"somebodys": ""}


def test_numbers_of_storages_that_are_gone_are_not_used_again(
    older: Callable[..., sa.Engine], url: str, tmp_path: Path
) -> None:
    engine = older("0005")
    for name in ("a", "b"):
        _storage(engine, name, trusted=True)
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM storages"))
    catalog = Catalog.open(url, tmp_path)
    try:
        with catalog.write() as connection:
            made = connection.execute(
                sa.insert(storage_tables.storages).values(
                    owner="",
                    name="c",
                    type="web_folder",
                    parameters="{}",
                    secret="",
                    trusted=True,
                    revision=1,
                    created=1.0,
                )
            )
            assert made.inserted_primary_key == (3,)
    finally:
        catalog.close()


def _owner(engine: sa.Engine, owner_id: str, primary_brand: str = "") -> None:
    values = {"email": "", "timezone": "UTC", "collection": "", "created": 1.0}
    _insert(engine, "owners", id=owner_id, name="Ann", primary_brand=primary_brand, **values)


def _brand(engine: sa.Engine, brand_id: str, owner_id: str, vanity: str, created: float) -> None:
    values = {"vanity_url": vanity, "vanity_key": vanity.casefold(), "details": "{}"}
    _insert(engine, "brands", id=brand_id, owner_id=owner_id, name="B", created=created, **values)


def test_every_owner_gets_a_primary_brand(
    older: Callable[..., sa.Engine], url: str, tmp_path: Path
) -> None:
    engine = older("0006")
    for owner, primary in (("bare", ""), ("branded", ""), ("settled", "s2"), ("taken", "")):
        _owner(engine, owner, primary)
    _brand(engine, "b2", "branded", "two", 2.0)
    _brand(engine, "b1", "branded", "one", 1.0)
    _brand(engine, "s1", "settled", "taken", 1.0)
    _brand(engine, "s2", "settled", "four", 2.0)
    engine.dispose()
    catalog = Catalog.open(url, tmp_path)
    owners, brands = OwnerTable(catalog), BrandTable(catalog)
    found = {owner.id: brands.get(owner.primary_brand) for owner in owners.list_all()}
    catalog.close()
    assert {name: brand.owner for name, brand in found.items()} == {
        name: name for name in ("bare", "branded", "settled", "taken")
    }
    assert (found["bare"].name, found["bare"].slug) == ("Ann", "bare")
    assert (found["branded"].id, found["settled"].id) == ("b1", "s2")
    assert found["taken"].slug == found["taken"].id


def test_photos_keep_what_is_known_of_them_under_general_names(
    older: Callable[..., sa.Engine], url: str, tmp_path: Path
) -> None:
    engine = older("0011")
    _owner(engine, "ann", "a")
    _brand(engine, "a", "ann", "Rafting", 1.0)
    group = {"owner_id": "ann", "brand_id": "a", "name": "", "token": "t", "happened": 1}
    times = {"created": 1.0, "updated": 1.0}
    shown = {"thumb": "", "hidden": 0, "password": "", "details": "{}"}
    _insert(engine, "groups", id="g", **group, **shown, **times)
    photo = {"group_id": "g", "owner_id": "ann", "state": "ready", "sort_order": "IMG_1"}
    looks = {"files": "{}", "width": 3, "height": 2, "bytes": 9, "format": "jpeg", "hue": "#102030"}
    marks = {"taken": 5.0, "souvenir": 1, "duplicate_of": "", "error": "", **times}
    _insert(engine, "photos", id="p", **photo, **looks, **marks)
    file = {"path": "/a/b.jpg", "photo_id": "p", "kind": "original", "storage_key": "k"}
    _insert(engine, "album_files", **file)
    engine.dispose()
    catalog = Catalog.open(url, tmp_path)
    found, brands = PhotoTable(catalog), BrandTable(catalog)
    kept = found.get("p")
    assert (kept.sort_name, kept.mean_colour, kept.captured) == ("IMG_1", "#102030", 5.0)
    assert (kept.favourite, kept.captured_offset) == (True, None)
    assert [each.storage_key for each in found.files(["p"])] == ["k"]
    with catalog.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
    with pytest.raises(Conflict, match="taken"):
        brands.create("ann", "B", "RAFTING", {})
    catalog.close()


def test_folders_that_images_came_from_count_as_imported(
    older: Callable[..., sa.Engine], url: str, tmp_path: Path
) -> None:
    """What came before may have been the folder or a file of it: to refuse it as a target loses nothing."""
    engine = older("0027")
    sizes = {"dimension": 3, "max_records": 9, "sequence": 1, "epoch": 1, "created": 1.0}
    names = dict.fromkeys(("embedder", "fingerprint", "index_name", "product_field"), "")
    _insert(engine, "collections", id="c", name="c", **sizes, **names)
    _insert(engine, "imported_folders", collection_id="c", path="/photos")
    engine.dispose()
    catalog = Catalog.open(url, tmp_path)
    folders = FolderTable(catalog, "c")
    assert folders.paths(searched=True) == ["/photos"]
    folders.add("/photos", searched=False)
    assert (folders.paths(searched=True), folders.paths(searched=False)) == (["/photos"], [])
    catalog.close()


def test_vanity_urls_are_compared_by_their_folded_form(
    older: Callable[..., sa.Engine], url: str, tmp_path: Path
) -> None:
    engine = older("0006")
    _owner(engine, "ann", "a")
    _brand(engine, "a", "ann", "cafe\u0301", 1.0)
    _brand(engine, "b", "ann", "caf\u00e9", 2.0)
    _brand(engine, "c", "ann", "plage", 3.0)
    engine.dispose()
    catalog = Catalog.open(url, tmp_path)
    brands = BrandTable(catalog)
    assert len(brands.list_all("ann")) == 3
    with pytest.raises(Conflict, match="taken"):
        brands.create("ann", "C", "CAFE\u0301", {})
    catalog.close()
