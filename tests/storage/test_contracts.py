"""The bundled storages pass the suite that plugin authors use."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from photomill.components import ObjectInfo, Storage
from photomill.testing import StorageContract, WritableStorageContract
from photomill_local import LocalStorage
from photomill_s3 import S3Storage

if TYPE_CHECKING:
    from tests.storage.conftest import WebServer


class TestLocalStorage(WritableStorageContract):
    @pytest.fixture
    def storage(self, open_component: Any, tmp_path: Path) -> Storage:
        storage: Storage = open_component(LocalStorage, root=str(tmp_path / "root"), create=True)
        return storage


class TestLocalStorageThatDoesNotWaitForTheDisk(WritableStorageContract):
    @pytest.fixture
    def storage(self, open_component: Any, tmp_path: Path) -> Storage:
        storage: Storage = open_component(
            LocalStorage, root=str(tmp_path / "root"), create=True, durable=False
        )
        return storage


class TestWebStorage(StorageContract):
    @pytest.fixture
    def storage(self, open_web: Callable[..., Storage]) -> Storage:
        return open_web()

    @pytest.fixture
    def existing(self, server: "WebServer") -> ObjectInfo:
        return ObjectInfo(server.serve("/image.jpg", b"0123456789" * 50), 500)

    @pytest.fixture
    def missing(self, server: "WebServer") -> str:
        return server.url("/nothing.jpg")


class TestS3Storage(WritableStorageContract):
    # SeaweedFS lists folder by folder.
    key_order = False

    @pytest.fixture
    def storage(
        self, open_component: Any, s3_service: Any, new_bucket: Callable[[], str]
    ) -> Storage:
        storage: Storage = open_component(S3Storage, bucket=new_bucket(), **s3_service.options)
        return storage


class TestS3StorageInsideABucket(WritableStorageContract):
    key_order = False

    @pytest.fixture
    def storage(
        self, open_component: Any, s3_service: Any, new_bucket: Callable[[], str]
    ) -> Storage:
        options = {"bucket": new_bucket(), "path": "/in side/", **s3_service.options}
        storage: Storage = open_component(S3Storage, **options)
        return storage
