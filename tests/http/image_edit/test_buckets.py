"""Images from a real bucket and back, over a storage that a client registered."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image

SMALL = {"resizing": {"width": 12, "height": 8}}


@pytest.fixture
def bucket(api: Any, s3_service: Any, new_bucket: Callable[[], str]) -> Iterator[str]:
    """A bucket, registered under the name ``shop`` with the folder ``all`` before its keys."""
    name = new_bucket()
    body = {
        "name": "shop",
        "type": "s3",
        "parameters": {
            "bucket": name,
            "path": "all",
            "endpoint": s3_service.endpoint,
            "credentials": {
                "access_key": s3_service.access_key,
                "secret_access_key": s3_service.secret_key,
            },
        },
    }
    made = api.client.post("/v1/storage/storages", json=body, headers=api.headers)
    assert made.status_code == 200, made.text
    yield name
    api.call("DELETE", f"/storage/storages/{made.json()['data']['id']}")


@pytest.fixture
def put(bucket: str, s3_client: Any, make_picture: Callable[..., bytes]) -> Callable[[str], None]:
    def put_one(key: str) -> None:
        s3_client.put_object(Bucket=bucket, Key=key, Body=make_picture())

    return put_one


def test_one_picture(api: Any, bucket: str, put: Callable[[str], None], s3_client: Any) -> None:
    put("all/in/a.png")
    answer = api.edit("storage://shop/in/a.png", SMALL, output="storage://shop/out/")
    place = {
        "object_key": "all/out/a.jpeg",
        "object_bucket": bucket,
        "object_uri": f"s3://{bucket}/all/out/a.jpeg",
        "claid_storage_uri": "storage://shop/out/a.jpeg",
    }
    assert place.items() <= answer["output"].items()
    stored = s3_client.get_object(Bucket=bucket, Key="all/out/a.jpeg")["Body"].read()
    assert Image.open(io.BytesIO(stored)).size == (12, 8)


def test_a_folder(api: Any, put: Callable[[str], None], bucket: str, s3_client: Any) -> None:
    for key in ("all/in/a.png", "all/in/b.png", "all/in/c/d.png"):
        put(key)
    body = {
        "input": {"source": "storage://shop/in/", "recursive": True},
        "operations": SMALL,
        "output": "storage://shop/out/",
    }
    number = api.data("POST", "/image/edit/batch", json=body)["id"]
    api.engine.jobs.start()
    api.engine.jobs.wait(number, 120)
    task = api.data("GET", f"/image/edit/batch/{number}")
    api.engine.jobs.stop()
    assert (task["status"], task["errors"]) == ("DONE", [])
    listed = s3_client.list_objects_v2(Bucket=bucket, Prefix="all/out/")["Contents"]
    assert [each["Key"] for each in listed] == [
        "all/out/a.jpeg",
        "all/out/b.jpeg",
        "all/out/c/d.jpeg",
    ]


def test_a_key_that_is_wrong(api: Any, put: Callable[[str], None], bucket: str) -> None:
    put("all/a.png")
    (info,) = (each for each in api.engine.storages.operator.list_all() if each.name == "shop")
    change = {"parameters": {"credentials": {"secret_access_key": "not the one"}}}
    changed = api.client.patch(f"/v1/storage/storages/{info.id}", json=change, headers=api.headers)
    assert changed.status_code == 200
    body = {"input": "storage://shop/a.png", "operations": {}}
    status, code, message = api.refusal("POST", "/image/edit", json=body)
    assert (status, code) == (400, "4001")
    assert "not the one" not in message


def test_a_picture_that_is_not_there(api: Any, bucket: str) -> None:
    body = {"input": "storage://shop/gone.png", "operations": {}}
    assert api.refusal("POST", "/image/edit", json=body)[:2] == (400, "4001")
