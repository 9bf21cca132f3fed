"""Photos: reserving, uploading, listing, moving, and what bad uploads get."""

import io
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from attrs import evolve
from PIL import Image

from .conftest import picture

NOWHERE = "00000000-0000-4000-8000-000000000000"
PUBLIC = {"Small", "Watermark", "WatermarkSmall", "WatermarkSquare"}
HIDDEN = {
    "Original",
    "Medium",
    "Square",
    "Deleted",
    "LastUpdatedUnix",
    "IsSouvenir",
    "DownloadLink",
}


def test_a_photo_goes_all_the_way(api: Any) -> None:
    group = api.group()
    photo = api.upload(group, picture("way", (640, 480)), "IMG_0124.JPG")
    assert (photo["SortOrder"], photo["Ratio"]) == ("IMG_0124", 1.3333)
    assert (photo["Width"], photo["Height"]) == (640, 480)
    assert photo["Hue"].startswith("#")
    path = f"/v1/Group/{group['GroupId']}"
    assert api.ok("GET", f"{path}/Photo") == {"Photos": [photo]}
    now = api.ok("GET", path)
    assert (now["Count"], now["Thumb"]) == (1, photo["WatermarkSmall"])
    fetched = api.public.call("GET", "/v1/File" + photo["Original"])
    assert fetched.content == picture("way", (640, 480))
    assert api.public.call("GET", photo["DownloadLink"]).content == fetched.content
    again = api.public.call(
        "GET", "/v1/File" + photo["Small"], headers={"If-None-Match": fetched.headers["ETag"]}
    )
    assert again.status_code == 200
    with Image.open(io.BytesIO(again.content)) as small:
        assert (small.format, small.size) == ("JPEG", (320, 240))
    etag = {"If-None-Match": again.headers["ETag"]}
    assert api.public.call("GET", "/v1/File" + photo["Small"], headers=etag).status_code == 304


def test_the_public_sees_less(api: Any, other: Any) -> None:
    group = api.group()
    photo = api.upload(group, picture("less"))
    for caller in (api.public, other):
        for name in (group["GroupId"], group["Token"]):
            (shown,) = caller.ok("GET", f"/v1/Group/{name}/Photo")["Public"]
            assert set(shown) >= PUBLIC
            assert not set(shown) & HIDDEN
            text = str(shown)
            assert not any(photo[name] in text for name in ("Original", "Medium", "Square"))
        assert caller.ok("GET", f"/v1/Photo/{photo['PhotoId']}") == shown


@pytest.mark.parametrize("count", [0, 26, -1, 1.5, "3", True, None])
def test_from_one_to_25_photos_are_reserved(api: Any, count: Any) -> None:
    path = f"/v1/Group/{api.group()['GroupId']}/Photo"
    status, message = api.refused("POST", path, json={"AddPhotos": count})
    assert status == 400
    assert "AddPhotos" in message


def test_reservations_are_not_listed(api: Any) -> None:
    group = api.group()
    places = api.reserve(group, 25)
    assert len({place["UploadUrl"] for place in places}) == 25
    assert all(abs(place["Expires"] - time.time() - 3600) < 60 for place in places)
    assert api.ok("GET", f"/v1/Group/{group['GroupId']}/Photo") == {"Photos": []}
    assert api.ok("GET", f"/v1/Group/{group['GroupId']}")["Count"] == 0
    assert api.refused("GET", f"/v1/Photo/{places[0]['PhotoId']}")[0] == 404


def test_photos_are_sorted_as_people_count(api: Any) -> None:
    group = api.group()
    for name in ("IMG_10.jpg", "IMG_2.jpg", "IMG_1.jpg"):
        api.upload(group, picture(name), name)
    listed = api.ok("GET", f"/v1/Group/{group['GroupId']}/Photo")["Photos"]
    assert [photo["SortOrder"] for photo in listed] == ["IMG_1", "IMG_2", "IMG_10"]


# ------------------------------------------------------------ forms


def form(group: str, photo: str, data: bytes, newline: bytes = b"\r\n") -> bytes:
    lines: list[bytes] = []
    for name, value in (("photoid", photo), ("GROUPID", group)):
        lines += [b"--limit", f'Content-Disposition: form-data; name="{name}"'.encode()]
        lines += [b"", value.encode()]
    lines += [b"--limit", b'Content-Disposition: form-data; name="File"; filename="a\xc3\xa9.jpg"']
    lines += [b"Content-Type: application/octet-stream", b"", data, b"--limit--", b""]
    return newline.join(lines)


@pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
@pytest.mark.parametrize("verb", ["PUT", "POST"])
def test_forms_may_be_written_otherwise(api: Any, newline: bytes, verb: str) -> None:
    group = api.group()
    (place,) = api.reserve(group)
    body = form(group["GroupId"], place["PhotoId"], picture(f"{verb}{newline!r}") + b"\n", newline)
    headers = {"Content-Type": "multipart/form-data; boundary=limit"}
    answer = api.public.call(verb, place["UploadUrl"], content=body, headers=headers)
    assert answer.json() == {"PhotoId": place["PhotoId"]}
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"a%22b.jpg", 'a"b'),
        (b"a%0Ab%0D%0Ac.jpg", "abc"),
        (b"100%25.jpg", "100%25"),
        (b"100%.jpg", "100%"),
        ("e\u0301te\u0301.jpg".encode(), "\u00e9t\u00e9"),
    ],
)
def test_names_of_files_are_as_they_were_before_they_were_sent(
    api: Any, sent: bytes, kept: str
) -> None:
    group = api.group()
    (place,) = api.reserve(group)
    body = form(group["GroupId"], place["PhotoId"], picture(kept))
    body = body.replace(b"a\xc3\xa9.jpg", sent)
    headers = {"Content-Type": "multipart/form-data; boundary=limit"}
    answer = api.public.call("PUT", place["UploadUrl"], content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert api.ok("GET", f"/v1/Photo/{place['PhotoId']}")["SortOrder"] == kept


def test_a_bare_picture_is_taken(api: Any) -> None:
    group = api.group()
    (place,) = api.reserve(group)
    headers = {"Content-Type": "image/jpeg", "X-File-Name": "bare.jpg"}
    answer = api.public.call("PUT", place["UploadUrl"], content=picture("bare"), headers=headers)
    assert answer.status_code == 200
    assert api.ok("GET", f"/v1/Photo/{place['PhotoId']}")["SortOrder"] == "bare"


def test_pages_of_others_may_upload(api: Any) -> None:
    (place,) = api.reserve(api.group())
    answer = api.public.call("OPTIONS", place["UploadUrl"])
    assert answer.status_code == 204
    assert "PUT" in answer.headers["Access-Control-Allow-Methods"]


def huge() -> bytes:
    return picture("x") + bytes(500_000)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"text", 415),
        (picture("gif", form="GIF"), 415),
        (picture("cut")[:600], 422),
        (huge(), 413),
        (b"", 415),
    ],
)
def test_what_is_no_photo_is_refused(api: Any, data: bytes, status: int) -> None:
    group = api.group()
    (place,) = api.reserve(group)
    answer = api.send(group, place, data)
    assert (answer.status_code, set(answer.json())) == (status, {"Error"})
    assert api.refused("GET", f"/v1/Photo/{place['PhotoId']}")[0] == 404
    assert api.send(group, place, picture("mended")).status_code == 200


@pytest.mark.parametrize("part", ["GroupId", "PhotoId", "file"])
def test_every_part_is_needed(api: Any, part: str) -> None:
    group = api.group()
    (place,) = api.reserve(group)
    parts: dict[str, Any] = {
        "GroupId": (None, group["GroupId"]),
        "PhotoId": (None, place["PhotoId"]),
        "file": ("a.jpg", picture()),
    }
    del parts[part]
    answer = api.client.put(place["UploadUrl"], files=parts)
    assert (answer.status_code, answer.json()["Error"]) == (400, f"{part}: the part is missing")


def test_the_parts_must_fit_the_address(api: Any) -> None:
    group, another = api.group(), api.group()
    one, two = api.reserve(group, 2)
    for answer in (
        api.send(another, one, picture()),
        api.send(group, {**one, "PhotoId": two["PhotoId"]}, picture()),
    ):
        assert answer.status_code == 400


def test_broken_forms_are_refused(api: Any) -> None:
    (place,) = api.reserve(api.group())
    for kind, body in (
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=limit", b"--other\r\n"),
        ("multipart/form-data; boundary=limit", b"--limit\r\nContent-Dis"),
    ):
        headers = {"Content-Type": kind}
        answer = api.public.call("PUT", place["UploadUrl"], content=body, headers=headers)
        assert answer.status_code == 400


def test_addresses_that_are_not_good(api: Any, engine: Any, monkeypatch: Any) -> None:
    assert api.public.refused("PUT", "/v1/Upload/unknown", content=b"")[0] == 404
    uploads = engine.albums.uploads
    monkeypatch.setattr(uploads, "_settings", evolve(uploads._settings, reserve_seconds=0.001))
    group = api.group()
    (place,) = api.reserve(group)
    answer = api.send(group, place, picture())
    assert (answer.status_code, answer.json()) == (403, {"Error": "upload url expired"})


def test_a_repeat_after_processing_is_a_conflict(api: Any) -> None:
    group = api.group()
    (place,) = api.reserve(group)
    assert api.send(group, place, picture("first")).status_code == 200
    while True:
        if "WatermarkSquare" in api.ok("GET", f"/v1/Photo/{place['PhotoId']}"):
            break
        time.sleep(0.05)
    assert api.send(group, place, picture("second")).status_code == 409


def test_two_uploads_at_once_to_one_address(api: Any) -> None:
    group = api.group()
    (place,) = api.reserve(group)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda seed: api.send(group, place, picture(seed)), "ab"))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert 200 in [answer.status_code for answer in answers]


def test_25_uploads_in_parallel(api: Any) -> None:
    group = api.group()
    places = api.reserve(group, 25)
    with ThreadPoolExecutor(25) as pool:
        answers = pool.map(
            lambda each: api.send(group, each[1], picture(f"p{each[0]}"), f"{each[0]}.jpg"),
            enumerate(places),
        )
        assert [answer.status_code for answer in answers] == [200] * 25
    while True:
        if api.ok("GET", f"/v1/Group/{group['GroupId']}")["Count"] == 25:
            return
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("../../etc/passwd.jpg", "passwd"), ("a\\b\\c.jpg", "c"), ("ré🎉.jpg", "ré🎉")],
)
def test_names_lose_what_is_dangerous(api: Any, name: str, expected: str) -> None:
    assert api.upload(api.group(), picture(name), name)["SortOrder"] == expected


def test_an_upload_that_was_there_before_says_so(api: Any) -> None:
    group = api.group()
    first = api.upload(group, picture("twin"))
    (place,) = api.reserve(group)
    answer = api.send(group, place, picture("twin"))
    assert answer.json() == {"PhotoId": place["PhotoId"], "DuplicateOf": first["PhotoId"]}


# ------------------------------------------------------------ afterwards


def test_a_deleted_photo_is_gone_from_its_group(api: Any) -> None:
    group = api.group()
    photo = api.upload(group, picture("gone"))
    path = f"/v1/Photo/{photo['PhotoId']}"
    for _ in range(2):
        assert api.ok("DELETE", path) == {}
    assert api.ok("GET", path)["Deleted"] is True
    assert api.public.refused("GET", path)[0] == 404
    assert api.ok("GET", f"/v1/Group/{group['GroupId']}")["Count"] == 0
    assert api.public.refused("GET", "/v1/File" + photo["Watermark"])[0] == 404


def test_a_photo_is_moved_and_copied(api: Any, other: Any) -> None:
    group, target = api.group(), api.group()
    photo = api.upload(group, picture("moved"))
    path = f"/v1/Photo/{photo['PhotoId']}"
    body = {"GroupId": target["GroupId"]}
    assert api.ok("PUT", path, json=body) == {"PhotoId": photo["PhotoId"]}
    copied = api.ok("PUT", path, json={"GroupId": group["GroupId"], "DoCopy": True})["PhotoId"]
    assert copied != photo["PhotoId"]
    for each in (group, target):
        assert api.ok("GET", f"/v1/Group/{each['GroupId']}")["Count"] == 1
    foreign = {"GroupId": other.group()["GroupId"]}
    assert api.refused("PUT", path, json=foreign)[0] == 404
    assert api.ok("PUT", path, json={"IsSouvenir": True}) == {"PhotoId": photo["PhotoId"]}
    assert api.ok("GET", path)["IsSouvenir"] is True


def test_a_thumbnail_is_one_of_the_groups(api: Any) -> None:
    group = api.group()
    photo = api.upload(group, picture("thumb"))
    path = f"/v1/Group/{group['GroupId']}"
    assert api.ok("PUT", path, json={"Thumb": photo["Square"]}) == {}
    assert api.ok("GET", path)["Thumb"] == photo["Square"]


def test_strangers_change_nothing(api: Any, other: Any) -> None:
    photo = api.upload(api.group(), picture("mine"))
    path = f"/v1/Photo/{photo['PhotoId']}"
    for verb in ("PUT", "DELETE"):
        assert other.refused(verb, path)[0] == 403
        assert api.public.refused(verb, path)[0] == 401
    assert other.refused("GET", f"{path}/Similar")[0] == 403


def test_photos_by_how_they_look(api: Any) -> None:
    group = api.group()
    names = ["x1", "x2", "y1", "y2"]
    photos = {name: api.upload(group, _alike(name), f"{name}.jpg") for name in names}
    ids = {photo["PhotoId"]: name for name, photo in photos.items()}
    while True:
        body = {"TotalGroups": 2}
        split = api.ok("POST", f"/v1/Group/{group['GroupId']}/Groups", json=body)
        if not split["LeftOut"]:
            break
        time.sleep(0.05)
    groups = [sorted(ids[each] for each in part["PhotoIds"]) for part in split["Groups"]]
    assert sorted(groups) == [["x1", "x2"], ["y1", "y2"]]
    similar = api.ok("GET", f"/v1/Photo/{photos['x1']['PhotoId']}/Similar?limit=1")["Photos"]
    assert [ids[photo["PhotoId"]] for photo in similar] == ["x2"]
    found = api.ok("GET", f"/v1/Group/{group['Token']}/Duplicates")["Duplicates"]
    assert sorted(sorted(ids[each["PhotoId"]] for each in same) for same in found) == [
        ["x1", "x2"],
        ["y1", "y2"],
    ]
    path = f"/v1/Group/{group['GroupId']}/Groups"
    assert api.refused("POST", path, json={"Mode": "magic"})[0] == 400
    assert api.ok("POST", path, json={"TotalGroups": 9})["Adjusted"] == ["groups"]


def _alike(name: str) -> bytes:
    """Two images of each letter that differ by their compression alone."""
    return picture(f"look {name[0]}", (200, 150), quality=95 if name.endswith("1") else 60)
