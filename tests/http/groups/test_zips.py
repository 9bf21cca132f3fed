"""Archives: ordering, following, fetching."""

import io
import time
import zipfile
from typing import Any

import pytest

from .conftest import picture


@pytest.fixture(scope="module")
def group(api: Any) -> Any:
    """A group of three photos."""
    made = api.group(Name="Rafting / Tour")
    for number in (1, 2, 3):
        api.upload(made, picture(f"z{number}"), f"IMG_{number}.jpg")
    return made


def photos(api: Any, group: Any) -> list[Any]:
    return list(api.ok("GET", f"/v1/Group/{group['GroupId']}/Photo")["Photos"])


def finished(api: Any, address: str) -> Any:
    while True:
        answer = api.public.call("GET", address)
        assert answer.status_code == 200
        process = answer.json()
        if process["step"] in ("finished", "error"):
            return process
        assert answer.headers["Retry-After"] == "1"
        assert "output" not in process
        time.sleep(0.02)


def order(api: Any, group: Any, entries: list[Any], **more: Any) -> Any:
    path = f"/v1/Group/{group['GroupId']}/Zip"
    return finished(api, api.ok("POST", path, 201, json={"Photos": entries, **more})["Status"])


def test_an_archive_is_ordered_followed_and_fetched(api: Any, group: Any) -> None:
    given = photos(api, group)
    names = ["IMG_01.jpg", "IMG_01.jpg", "../../x\x00é🎉.jpg"]
    entries = [
        {"File": photo["Original"], "FileName": name}
        for photo, name in zip(given, names, strict=True)
    ]
    process = order(api, group, entries)
    assert (process["percent"], process["step"]) == (100.0, "finished")
    output = process["output"]
    assert (output["ext"], output["downloads"]) == ("zip", 0)
    answer = api.public.call("GET", output["url"])
    assert int(answer.headers["Content-Length"]) == output["size"] == len(answer.content)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["IMG_01.jpg", "IMG_01 (2).jpg", "xé🎉.jpg"]
        assert archive.read("IMG_01.jpg") == picture("z1")
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
    assert finished(api, process["url"])["output"]["downloads"] == 1


def test_an_archive_is_fetched_in_parts(api: Any, group: Any) -> None:
    output = order(api, group, [{"File": photos(api, group)[0]["Small"]}])["output"]
    whole = api.public.call("GET", output["url"]).content
    for span, expected in (
        ("bytes=0-9", whole[:10]),
        ("bytes=10-", whole[10:]),
        ("bytes=-7", whole[-7:]),
    ):
        part = api.public.call("GET", output["url"], headers={"Range": span})
        assert (part.status_code, part.content) == (206, expected)
    beyond = {"Range": f"bytes={len(whole)}-"}
    assert api.public.call("GET", output["url"], headers=beyond).status_code == 416


def test_names_come_from_the_photos(api: Any, group: Any) -> None:
    output = order(api, group, [{"File": photos(api, group)[1]["Medium"]}], Name="trip")["output"]
    assert output["filename"] == "trip.zip"
    with zipfile.ZipFile(io.BytesIO(api.public.call("GET", output["url"]).content)) as archive:
        assert archive.namelist() == ["IMG_2.jpg"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Photos"),
        ({"Photos": []}, "1 to 2000"),
        ({"Photos": [{"File": "/a/b.jpg"}]}, "/a/b.jpg"),
        ({"Photos": ["/a/b.jpg"]}, "Photos[0]"),
        ({"Photos": [{"FileName": "a"}]}, "Photos[0]"),
        ({"Photos": "all"}, "Photos"),
    ],
)
def test_what_cannot_be_packed_is_refused(api: Any, group: Any, body: Any, message: str) -> None:
    status, said = api.refused("POST", f"/v1/Group/{group['GroupId']}/Zip", json=body)
    assert status == 400
    assert message in said


def test_files_of_other_groups_are_not_packed(api: Any, group: Any) -> None:
    another = api.group()
    entries = [{"File": photos(api, group)[0]["Original"]}]
    path = f"/v1/Group/{another['GroupId']}/Zip"
    assert api.refused("POST", path, json={"Photos": entries})[0] == 400


def test_the_token_serves_its_owner(api: Any, group: Any) -> None:
    entries = [{"File": photos(api, group)[0]["Original"]}]
    assert api.ok("POST", f"/v1/Group/{group['Token']}/Zip", 201, json={"Photos": entries})


def test_photos_that_are_deleted_meanwhile_are_left_out(api: Any, engine: Any) -> None:
    group = api.group()
    for number in range(4):
        api.upload(group, picture(f"d{number}"), f"{number}.jpg")
    given = photos(api, group)
    entries = [{"File": photo["Original"]} for photo in given] * 20
    path = f"/v1/Group/{group['GroupId']}/Zip"
    engine.jobs.stop()
    status = api.ok("POST", path, 201, json={"Photos": entries})["Status"]
    api.ok("DELETE", f"/v1/Photo/{given[0]['PhotoId']}")
    engine.jobs.start()
    process = finished(api, status)
    assert process["step"] == "finished"
    assert len(process["leftOut"]) == 20
    assert process["message"].startswith("60 of 80 files")
    answer = api.public.call("GET", process["output"]["url"])
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert len(archive.namelist()) == 60


def test_an_unknown_process_is_said_as_its_service_did(api: Any) -> None:
    answer = api.public.call("GET", "/v1/process/unknown")
    assert answer.status_code == 404
    assert answer.json() == {"error": "Process not found", "code": 404}
    assert api.public.refused("GET", "/v1/download/unknown")[0] == 404
