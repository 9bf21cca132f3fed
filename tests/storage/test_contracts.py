"""The bundled storages pass the suite that plugin authors use."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from photomill.components import ObjectInfo, Storage
from photomill.testing import StorageContract, WritableStorageContract
from photomill_local import LocalStorage

if TYPE_CHECKING:
    from tests.storage.conftest import WebServer


class TestLocalStorage(WritableStorageContract):
    @pytest.fixture
    def storage(self, open_component: Any, tmp_path: Path) -> Storage:
        storage: Storage = open_component(LocalStorage, root=str(tmp_path / "root"), create=True)
        return storage


class TestWebStorage(StorageContract):
    @pytest.fixture
    def storage(self, open_web: Callable[..., Storage]) -> Storage:
        return open_web()

    @pytest.fixture
    def existing(self, server: "WebServer") -> ObjectInfo:
        return ObjectInfo(server.serve("/picture.jpg", b"0123456789" * 50), 500)

    @pytest.fixture
    def missing(self, server: "WebServer") -> str:
        return server.url("/nothing.jpg")
