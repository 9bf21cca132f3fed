"""Sessions of browsers: they begin, end, expire, and go with their key."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from photomill import Catalog, Conflict, Key, Keys


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog.open("", tmp_path)
    yield catalog
    catalog.close()


@pytest.fixture
def keys(catalog: Catalog) -> Keys:
    return Keys(catalog)


@pytest.fixture
def key(keys: Keys) -> Key:
    return keys.create("browser", scopes={"read"}).key


def test_a_session_is_found_by_its_secret_with_its_key(keys: Keys, key: Key) -> None:
    begun = keys.sessions.begin(key, 60)
    assert keys.sessions.find(begun.secret) == begun.session
    assert begun.session.key == key
    assert keys.sessions.find("another") is None


def test_a_session_expires(keys: Keys, key: Key) -> None:
    assert keys.sessions.find(keys.sessions.begin(key, -1).secret) is None


def test_an_end_holds_at_once_in_every_process(catalog: Catalog, keys: Keys, key: Key) -> None:
    elsewhere = Keys(catalog)
    begun, other = keys.sessions.begin(key, 60), keys.sessions.begin(key, 60)
    assert elsewhere.sessions.find(begun.secret) is not None
    keys.sessions.end(begun.secret)
    assert elsewhere.sessions.find(begun.secret) is None
    assert elsewhere.sessions.find(other.secret) is not None
    keys.sessions.end_all(key.id)
    assert elsewhere.sessions.find(other.secret) is None


def test_a_session_ends_with_its_key(keys: Keys, key: Key) -> None:
    begun = keys.sessions.begin(key, 60)
    link = keys.sessions.make_link(key.id, 60)
    assert keys.sessions.find(begun.secret) is not None
    keys.revoke(key.id)
    assert keys.sessions.find(begun.secret) is None
    assert keys.sessions.redeem_link(link, 60) is None
    with pytest.raises(Conflict):
        keys.sessions.begin(key, 60)


def test_a_link_serves_once_whoever_comes_at_once(keys: Keys, key: Key) -> None:
    link = keys.sessions.make_link(key.id, 60)
    begun = []

    def redeem() -> None:
        begun.append(keys.sessions.redeem_link(link, 60))

    threads = [threading.Thread(target=redeem) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (first,) = [each for each in begun if each is not None]
    assert keys.sessions.find(first.secret) == first.session


def test_a_link_becomes_too_old(keys: Keys, key: Key) -> None:
    assert keys.sessions.redeem_link(keys.sessions.make_link(key.id, -1), 60) is None


def test_the_catalog_holds_no_secret(keys: Keys, key: Key, tmp_path: Path) -> None:
    begun = keys.sessions.begin(key, 60)
    link = keys.sessions.make_link(key.id, 60)
    dump = "\n".join(sqlite3.connect(tmp_path / "catalog.sqlite").iterdump())
    assert begun.secret not in dump
    assert link not in dump
