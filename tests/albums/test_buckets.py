"""Albums whose files lie in a bucket."""

import time
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from photomill.albums.model import ZipEntry

from .conftest import Studio, draw


def test_photos_and_archives_may_lie_in_a_bucket(
    new_studio: Callable[..., Studio],
    s3_service: Any,
    s3_client: Any,
    new_bucket: Callable[[], str],
) -> None:
    bucket = new_bucket()
    options = {**s3_service.options, "bucket": bucket}
    studio = new_studio(
        storages__bucket={"use": "s3", "options": options},
        albums__storage="bucket",
        fetch__allow=["127.0.0.0/8"],
    )

    def keys() -> set[str]:
        listed = s3_client.list_objects_v2(Bucket=bucket).get("Contents", [])
        return {found["Key"] for found in listed}

    photo = studio.ready(draw("a"))
    assert studio.read(photo.files["original"]) == draw("a")
    zipped = studio.albums.zips.create(studio.group, [ZipEntry(photo.files["original"], "a.jpg")])
    studio.settle()
    with studio.albums.zips.open(zipped.id) as file:
        assert ZipFile(BytesIO(file.read())).read("a.jpg") == draw("a")
    assert len(keys()) == 8
    s3_client.put_object(Bucket=bucket, Key=f"{studio.owner.id}/originals/orphan.jpg", Body=b"x")
    studio.albums.clean_up(time.time() + 2 * 3600)
    assert len(keys()) == 8
    studio.albums.photos.delete(photo)
    studio.albums.clean_up(time.time() + 31 * 86_400)
    assert keys() == set()
