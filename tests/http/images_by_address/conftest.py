"""A server over a collection, a storage and a cache of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import frozen
from starlette.testclient import TestClient

from photomill import Engine, NewRecord, PathSource, load_settings
from photomill.testing.sample_images import encode
from photomill.testing.scenes import scene
from photomill_http.app import create_app
from photomill_http.settings import http_settings

OLD, NEW = "an old secret of some length", "a new secret of some length"


@frozen
class Images:
    """A server, its engine, and a record with an original."""

    client: TestClient
    engine: Engine
    source: str
    folder: Path
    edits: list[object]

    def url(self, options: str = "w_200,f_webp", source: str = "") -> str:
        return self.engine.image_urls.url(source or self.source, options)


Open = Callable[..., Images]


@pytest.fixture
def open_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Serve images; a second server of the same test shares the data folder."""
    opened: list[Engine] = []
    folder = tmp_path / "photos"
    folder.mkdir()
    path = folder / "scene.jpg"
    path.write_bytes(encode(scene(1, 640, 480), "jpeg", quality=92))

    def start(**overrides: object) -> Images:
        settings = load_settings(
            environ={},
            overrides={
                "photomill.data_dir": str(tmp_path / "data"),
                "photomill.source_roots": [str(folder)],
                "embedders.main": {"use": "descriptor"},
                "storages.shop": {"use": "local", "options": {"root": str(folder)}},
                "image_urls.keys": [
                    {"name": "new", "secret": NEW},
                    {"name": "old", "secret": OLD},
                ],
                **overrides,
            },
        )
        engine = Engine.open(settings)
        opened.append(engine)
        found = engine.collections.named("test")
        info = found[0] if found else engine.collections.create("test")
        collection = engine.collections.open(info.id)
        collection.insert([NewRecord("a/b c", PathSource(str(path)), {"_file": str(path)})])
        edits: list[object] = []
        edit = engine.editing.edit

        def counted(*arguments: object, **named: object) -> object:
            edits.append(arguments)
            return edit(*arguments, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(engine.editing, "edit", counted)
        client = TestClient(create_app(engine, http_settings(settings)))
        return Images(client, engine, f"record:{info.id}/a/b c", folder, edits)

    yield start
    for engine in opened:
        engine.close()
