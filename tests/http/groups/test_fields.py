"""What each answer holds, field by field: names, types and order; and nothing where there is nothing to say."""

import re
import time
from collections.abc import Callable
from typing import Any

from .conftest import picture

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TOKEN = re.compile(r"[2-9A-HJ-NP-Za-km-z]{6}")
PATH = re.compile(r"/[\w-]+/[\w-]+\.\w+")
HUE = re.compile(r"#[0-9a-f]{6}")
URL = re.compile(r"http://photos\.example/v1/\S+")
TEXT = re.compile(r".+")
EMPTY = re.compile(r"")

GROUP = {
    "OwnerId": UUID,
    "GroupId": UUID,
    "Name": TEXT,
    "Token": TOKEN,
    "Count": int,
    "Thumb": PATH,
    "BrandId": UUID,
    "WhenUnix": int,
    "Deleted": bool,
    "LastUpdatedUnix": int,
    "VideoCount": int,
    "HideFromStore": bool,
}
OWNED_GROUP = {**GROUP, "PasswordProtected": bool}
PHOTO = {
    "OwnerId": UUID,
    "GroupId": UUID,
    "PhotoId": UUID,
    "Created": int,
    "Medium": PATH,
    "Original": PATH,
    "Small": PATH,
    "Watermark": PATH,
    "WatermarkSmall": PATH,
    "Square": PATH,
    "WatermarkSquare": PATH,
    "Deleted": bool,
    "SortOrder": TEXT,
    "Ratio": float,
    "Hue": HUE,
    "Width": int,
    "Height": int,
    "Megapixels": float,
    "LastUpdatedUnix": int,
    "IsSouvenir": bool,
    "DownloadLink": URL,
}
PUBLIC_PHOTO = {
    "OwnerId": UUID,
    "GroupId": UUID,
    "PhotoId": UUID,
    "Created": int,
    "Small": PATH,
    "Watermark": PATH,
    "WatermarkSmall": PATH,
    "WatermarkSquare": PATH,
    "SortOrder": TEXT,
    "Ratio": float,
    "Hue": HUE,
    "Width": int,
    "Height": int,
    "Megapixels": float,
}
OWNER = {
    "OwnerId": UUID,
    "Created": int,
    "Name": TEXT,
    "StripeSubStatus": TEXT,
    "PrimaryBrand": UUID,
    "Timezone": TEXT,
    "CollectionId": UUID,
}
BRAND = {"BrandId": UUID, "OwnerId": UUID, "Name": TEXT, "VanityUrl": TEXT, "Created": int}
PLACE = {"PhotoId": UUID, "UploadUrl": URL, "Expires": int}
PROCESS = {
    "id": TEXT,
    "url": URL,
    "percent": float,
    "message": TEXT,
    "step": TEXT,
    "starttime": int,
    "expire": int,
    "input": {"type": TEXT, "filename": TEXT},
}
FINISHED = {
    **PROCESS,
    "endtime": int,
    "output": {"url": URL, "filename": TEXT, "ext": TEXT, "size": int, "downloads": int},
}
# The document lists them without "optional": a group without a name or a photo has them as empty texts.
REQUIRED_TEXTS = {"Name", "Thumb"}


def assert_fields(found: Any, expected: Any) -> None:
    """Exactly these fields, of these types, in this order."""
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for name, kind in expected.items():
            assert_fields(found[name], kind)
    elif isinstance(expected, re.Pattern):
        assert isinstance(found, str)
        assert expected.fullmatch(found), (found, expected.pattern)
    else:
        assert type(found) is expected, (found, expected)


def test_a_group_before_and_after_its_first_photo(api: Any) -> None:
    assert_fields(api.group(), {**OWNED_GROUP, "Name": EMPTY, "Thumb": EMPTY})
    made = api.group(Name="Rafting", WhenUnix=1449791030)
    assert_fields(made, {**OWNED_GROUP, "Thumb": EMPTY})
    api.upload(made, picture())
    path = f"/v1/Group/{made['GroupId']}"
    assert_fields(api.ok("GET", path), OWNED_GROUP)
    assert_fields(api.public.ok("GET", f"/v1/Group/{made['Token']}"), GROUP)
    listed = api.ok("GET", "/v1/Group/?when=2015-12-10")
    assert list(listed) == ["Groups"]
    for group in listed["Groups"]:
        if group["GroupId"] == made["GroupId"]:
            assert_fields(group, OWNED_GROUP)
    found = api.public.ok("GET", f"/v1/Group/Search?q={made['Token']}")
    assert_fields(found, {"Groups": list})
    assert_fields(found["Groups"][0], GROUP)


def test_a_photo_as_its_owner_and_as_the_public_see_it(
    api: Any, new_owner: Callable[..., str]
) -> None:
    api = api.with_key(new_owner("Finn"))
    group = api.group(Name="Rafting")
    (place,) = api.reserve(group)
    assert_fields(place, PLACE)
    assert_fields(api.send(group, place, picture(), "IMG_01.jpg").json(), {"PhotoId": UUID})
    photo = api.upload(group, picture("b"), "IMG_02.jpg")
    assert_fields(photo, PHOTO)
    path = f"/v1/Group/{group['GroupId']}/Photo"
    shown = api.ok("GET", path)
    assert list(shown) == ["Photos"]
    assert_fields(shown["Photos"][-1], PHOTO)
    public = api.public.ok("GET", path)
    assert list(public) == ["Public"]
    assert_fields(public["Public"][-1], PUBLIC_PHOTO)
    assert_fields(api.public.ok("GET", f"/v1/Photo/{photo['PhotoId']}"), PUBLIC_PHOTO)


def test_owners_brands_and_archives(api: Any, new_owner: Callable[..., str]) -> None:
    fresh = api.with_key(new_owner("Dora"))
    assert_fields(fresh.ok("GET", "/v1/Owner/"), OWNER)
    fresh.ok("PUT", "/v1/Owner/", json={"Email": "dora@example.com"})
    assert fresh.ok("GET", "/v1/Owner/")["Email"] == "dora@example.com"
    for brand in fresh.ok("GET", "/v1/Brand/")["Brands"]:
        assert_fields(brand, BRAND)
        assert_fields(fresh.public.ok("GET", f"/v1/Brand/{brand['BrandId']}"), BRAND)
    group = fresh.group(Name="Rafting")
    photo = fresh.upload(group, picture())
    order = {"Photos": [{"File": photo["Original"]}]}
    answer = fresh.ok("POST", f"/v1/Group/{group['GroupId']}/Zip", 201, json=order)
    assert_fields(answer, {"Status": URL})
    while (process := fresh.public.ok("GET", answer["Status"]))["step"] != "finished":
        assert_fields(process, PROCESS)
        time.sleep(0.05)
    assert_fields(process, FINISHED)


def test_no_answer_holds_placeholders(
    api: Any, new_owner: Callable[..., str], placeholders: Callable[..., list[str]]
) -> None:
    """Of a whole life: groups without photos, photos that are not read yet, that cannot be read, and that can."""
    fresh = api.with_key(new_owner("Eve"))
    answers = [fresh.ok("GET", "/v1/Owner/"), fresh.ok("GET", "/v1/Brand/"), fresh.group()]
    group = fresh.group(Name="Rafting")
    (place, broken) = fresh.reserve(group, 2)
    answers.append(fresh.send(group, place, picture()).json())
    answers.append(fresh.ok("GET", f"/v1/Photo/{place['PhotoId']}"))
    fresh.send(group, broken, picture()[:300])
    photo = fresh.upload(group, picture("b"))
    answers.append(photo)
    order = {"Photos": [{"File": photo["Original"]}]}
    status = fresh.ok("POST", f"/v1/Group/{group['GroupId']}/Zip", 201, json=order)["Status"]
    group_path, photo_path = f"/v1/Group/{group['GroupId']}", f"/v1/Photo/{photo['PhotoId']}"
    for caller in (fresh, fresh.public):
        answers += [caller.ok("GET", path) for path in (group_path, photo_path, status)]
        answers.append(caller.ok("GET", f"{group_path}/Photo"))
    answers.append(fresh.ok("GET", f"{group_path}/Duplicates"))
    fresh.ok("DELETE", photo_path)
    answers.append(fresh.ok("GET", photo_path))
    assert placeholders(answers, *REQUIRED_TEXTS) == []
