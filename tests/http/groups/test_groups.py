"""Groups: every row of the table of methods."""

import time
from collections.abc import Callable
from typing import Any

import pytest

NOWHERE = "00000000-0000-4000-8000-000000000000"


def test_a_group_is_made_and_shown(api: Any) -> None:
    before = int(time.time())
    made = api.group(Name="Rafting", WhenUnix=1449791030)
    assert made["Name"] == "Rafting"
    assert made["WhenUnix"] == 1449791030
    assert (made["Count"], made["Thumb"], made["Deleted"]) == (0, "", False)
    assert before <= made["LastUpdatedUnix"] <= time.time()
    assert len(made["Token"]) == 6
    for name in (made["GroupId"], made["Token"]):
        assert api.ok("GET", f"/v1/Group/{name}") == made
    assert not [key for key in made if key.endswith("Region")]


def test_a_body_may_be_empty(api: Any) -> None:
    made = api.ok("POST", "/v1/Group/", 201)
    assert made["Name"] == ""
    assert made["Thumb"] == ""
    assert abs(made["WhenUnix"] - time.time()) < 60
    assert made["BrandId"] == api.ok("GET", "/v1/Owner/")["PrimaryBrand"]
    assert api.group(WhenUnix=0)["WhenUnix"] > 0
    assert api.group(BrandId="The Primary Brand on the account.")["BrandId"] == made["BrandId"]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"Name": "a" * 256}, 400, "255"),
        ({"Name": 3}, 400, "Name"),
        ({"Name": "a\nb"}, 400, "control"),
        ({"WhenUnix": -1}, 400, "when"),
        ({"WhenUnix": 253402300800}, 400, "when"),
        ({"WhenUnix": "soon"}, 400, "WhenUnix"),
        ({"WhenUnix": True}, 400, "WhenUnix"),
        ({"BrandId": NOWHERE}, 404, NOWHERE),
        ([], 400, "JSON object"),
    ],
)
def test_what_cannot_be_made_is_refused(api: Any, body: Any, status: int, message: str) -> None:
    found, said = api.refused("POST", "/v1/Group/", json=body)
    assert found == status
    assert message in said


def test_every_owner_has_a_primary_brand_of_the_same_name(
    api: Any, new_owner: Callable[..., str]
) -> None:
    fresh = api.with_key(new_owner("Cy"))
    owner = fresh.ok("GET", "/v1/Owner/")
    (brand,) = fresh.ok("GET", "/v1/Brand/")["Brands"]
    assert (brand["BrandId"], brand["Name"]) == (owner["PrimaryBrand"], "Cy")
    assert fresh.group()["BrandId"] == brand["BrandId"]
    further = fresh.ok("POST", "/v1/Brand/", 201, json={"Name": "B", "VanityUrl": "cy-b"})
    assert fresh.ok("GET", "/v1/Owner/")["PrimaryBrand"] == brand["BrandId"] != further["BrandId"]


def test_another_owners_brand_is_not_found(api: Any, other: Any) -> None:
    brand = other.ok("GET", "/v1/Owner/")["PrimaryBrand"]
    assert api.refused("POST", "/v1/Group/", json={"BrandId": brand})[0] == 404


def test_days_are_those_of_the_owner(api: Any) -> None:
    made = api.group(Name="late", WhenUnix=1449813600)
    early = api.group(Name="early", WhenUnix=1449734400)
    ids = [each["GroupId"] for each in api.ok("GET", "/v1/Group/?when=2015-12-10")["Groups"]]
    assert made["GroupId"] in ids
    assert ids.index(early["GroupId"]) < ids.index(made["GroupId"])
    on_next = api.ok("GET", "/v1/Group/?when=2015-12-11")["Groups"]
    assert made["GroupId"] not in [each["GroupId"] for each in on_next]
    between = api.ok("GET", "/v1/Group/?from=1449813600&to=1449813601")["Groups"]
    assert [each["GroupId"] for each in between] == [made["GroupId"]]


@pytest.mark.parametrize("when", ["2015-13-01", "yesterday", "2015-1-1", "1449813600"])
def test_a_day_that_is_none_is_refused(api: Any, when: str) -> None:
    assert api.refused("GET", f"/v1/Group/?when={when}")[0] == 400


def test_search_goes_by_the_token(api: Any) -> None:
    made = api.group()
    for caller in (api, api.public):
        (found,) = caller.ok("GET", f"/v1/Group/Search?q={made['Token']}")["Groups"]
        assert found["GroupId"] == made["GroupId"]
        (alike,) = caller.ok("GET", f"/v1/Group/Search?q={made['Token'].swapcase()}")["Groups"]
        assert alike["GroupId"] == made["GroupId"]
        for nothing in ("", "zzzzzz", made["GroupId"], "a b", "%00"):
            assert caller.ok("GET", f"/v1/Group/Search?q={nothing}") == {"Groups": []}


def test_a_group_is_changed(api: Any) -> None:
    made = api.group(Name="before")
    path = f"/v1/Group/{made['GroupId']}"
    assert api.ok("PUT", path, json={"Name": "after", "HideFromStore": True}) == {}
    changed = api.ok("GET", path)
    assert (changed["Name"], changed["HideFromStore"]) == ("after", True)
    assert api.ok("PUT", path, json={"Name": "", "BrandId": ""}) == {}
    assert api.ok("GET", path)["Name"] == "after"
    assert api.ok("PUT", path, json={"Name": None}) == {}
    assert api.ok("GET", path)["Name"] == ""


def test_the_time_of_change_stays_where_nothing_changed(api: Any) -> None:
    made = api.group(Name="same")
    path = f"/v1/Group/{made['GroupId']}"
    time.sleep(1.1)
    api.ok("PUT", path, json={"Name": "same"})
    assert api.ok("GET", path)["LastUpdatedUnix"] == made["LastUpdatedUnix"]
    api.ok("PUT", path, json={"Name": "other"})
    assert api.ok("GET", path)["LastUpdatedUnix"] > made["LastUpdatedUnix"]


@pytest.mark.parametrize(
    ("verb", "body"), [("PUT", {"Name": "x"}), ("DELETE", None), ("PUT", {"Thumb": "/a/b.jpg"})]
)
def test_what_changes_a_group_needs_its_id(api: Any, verb: str, body: Any) -> None:
    made = api.group()
    status, message = api.refused(verb, f"/v1/Group/{made['Token']}", json=body)
    assert (status, message) == (400, "the full Group UUID is required")
    if body and "Thumb" in body:
        assert api.refused(verb, f"/v1/Group/{made['GroupId']}", json=body)[0] == 400


def test_a_deleted_group_is_hidden_and_can_come_back(api: Any) -> None:
    made = api.group(WhenUnix=1449813600, Name="deleted")
    path = f"/v1/Group/{made['GroupId']}"
    for _ in range(2):
        assert api.ok("DELETE", path) == {}
    assert api.ok("GET", path)["Deleted"] is True
    assert api.public.refused("GET", path)[0] == 404
    assert api.refused("GET", f"/v1/Group/{made['Token']}")[0] == 404
    assert api.ok("GET", f"/v1/Group/Search?q={made['Token']}") == {"Groups": []}
    assert api.refused("POST", f"{path}/Photo", json={"AddPhotos": 1})[0] == 404
    listed = api.ok("GET", "/v1/Group/?when=2015-12-10")["Groups"]
    assert made["GroupId"] not in [each["GroupId"] for each in listed]
    assert api.ok("PUT", path, json={"Deleted": False}) == {}
    assert api.public.ok("GET", path)["Deleted"] is False


def test_unknown_groups_are_not_found(api: Any) -> None:
    for path in (f"/v1/Group/{NOWHERE}", "/v1/Group/zzzzzz", f"/v1/Group/{NOWHERE}/Photo"):
        assert api.refused("GET", path)[0] == 404
        assert api.public.refused("GET", path)[0] == 404


@pytest.mark.parametrize(
    ("verb", "path", "public", "stranger"),
    [
        ("GET", "/v1/Group/", 401, 200),
        ("POST", "/v1/Group/", 401, 201),
        ("GET", "/v1/Group/{group}", 200, 200),
        ("PUT", "/v1/Group/{group}", 401, 403),
        ("DELETE", "/v1/Group/{group}", 401, 403),
        ("GET", "/v1/Group/{group}/Photo", 200, 200),
        ("POST", "/v1/Group/{group}/Photo", 401, 403),
        ("POST", "/v1/Group/{group}/Zip", 401, 403),
        ("PUT", "/v1/Group/{group}/UploadStatus", 401, 403),
        ("GET", "/v1/Group/{group}/Video", 200, 200),
        ("GET", "/v1/Group/{group}/Duplicates", 401, 403),
        ("GET", "/v1/Owner/", 401, 200),
        ("GET", "/v1/Brand/", 401, 200),
        ("GET", "/v1/Brand/{brand}", 200, 200),
        ("PUT", "/v1/Brand/{brand}", 401, 403),
        ("GET", "/v1/Brand/{brand}/Group/", 200, 200),
    ],
)
def test_who_may_do_what(
    api: Any, other: Any, verb: str, path: str, public: int, stranger: int
) -> None:
    made = api.group()
    path = path.format(group=made["GroupId"], brand=made["BrandId"])
    assert api.public.call(verb, path).status_code == public
    assert other.call(verb, path).status_code == stranger
    wrong = api.with_key("pm_wrong")
    assert wrong.refused(verb, path)[0] == 401


def test_a_key_of_nobody_is_no_owner(api: Any, engine: Any) -> None:
    nobody = api.with_key(engine.keys.create("admin", scopes=["admin"]).secret)
    assert nobody.refused("GET", "/v1/Group/")[0] == 403
    made = api.group()
    assert nobody.ok("GET", f"/v1/Group/{made['GroupId']}")["Token"] == made["Token"]


def test_a_bare_key_is_taken(api: Any) -> None:
    bare = {"Authorization": api.headers["Authorization"].removeprefix("Bearer ")}
    assert api.public.call("GET", "/v1/Owner/", headers=bare).status_code == 200


def test_paths_may_be_spelled_otherwise(api: Any) -> None:
    made = api.group()
    for path in ("/v1/group/{}", "/v1/group/{}/", "/v1/Group/{}/", "/v1/group/{}/photo"):
        assert api.call("GET", path.format(made["GroupId"])).status_code == 200


def test_what_is_not_there_is_said_in_the_same_shape(api: Any) -> None:
    assert api.refused("GET", "/v1/Group/a/b/c")[0] == 404
    assert api.refused("PATCH", "/v1/Group/")[0] == 405
    status, message = api.refused("POST", "/v1/Group/", content=b"{")
    assert status == 400
    assert "JSON" in message


def test_an_upload_that_goes_on_is_noted(api: Any) -> None:
    made = api.group()
    assert "UploadingUnix" not in made
    assert api.ok("PUT", f"/v1/Group/{made['GroupId']}/UploadStatus") == {}
    assert api.ok("GET", f"/v1/Group/{made['GroupId']}")["UploadingUnix"] > 0


def test_videos_there_are_none(api: Any) -> None:
    made = api.group()
    assert api.ok("GET", f"/v1/Group/{made['GroupId']}/Video") == {"Videos": []}
    assert api.public.ok("GET", f"/v1/Group/{made['GroupId']}/Video") == {"Public": []}


def test_who_guesses_tokens_is_slowed_down(make_api: Callable[..., Any], api: Any) -> None:
    guessing = make_api(lookups_per_minute=20)
    answers = [guessing.call("GET", f"/v1/Group/Search?q=aaaa{i}") for i in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert guessing.call("GET", "/v1/Group/aaaaaa").status_code == 429
    owner = make_api(api.headers["Authorization"].removeprefix("Bearer "), lookups_per_minute=20)
    for _ in range(6):
        owner.ok("GET", "/v1/Group/Search?q=aaaaaa")


def test_a_public_view_may_ask_for_a_password_and_end(api: Any) -> None:
    made = api.group()
    path = f"/v1/Group/{made['GroupId']}"
    api.ok("PUT", path, json={"Password": "open sesame"})
    assert api.ok("GET", path)["PasswordProtected"] is True
    assert api.public.ok("GET", path)["Thumb"] == ""
    assert api.public.refused("GET", f"{path}/Photo")[0] == 403
    assert api.public.refused("GET", f"{path}/Photo?password=wrong")[0] == 403
    headers = {"X-Group-Password": "open sesame"}
    assert api.public.ok("GET", f"{path}/Photo", headers=headers) == {"Public": []}
    api.ok("PUT", path, json={"Password": "", "ExpiresUnix": int(time.time()) - 1})
    assert api.public.refused("GET", path)[0] == 404
    assert api.ok("GET", path)["PasswordProtected"] is False


def test_brands(api: Any) -> None:
    body = {"Name": "Kayaks", "VanityUrl": "Kayaks", "MailChimpKey": "secret", "Color": "red"}
    made = api.ok("POST", "/v1/Brand/", 201, json=body)
    path = f"/v1/Brand/{made['BrandId']}"
    assert made["MailChimpKey"] == "secret"
    public = api.public.ok("GET", path)
    assert "MailChimpKey" not in public
    assert public["Color"] == "red"
    assert api.refused("POST", "/v1/Brand/", json={**body, "VanityUrl": "KAYAKS"})[0] == 409
    assert api.refused("POST", "/v1/Brand/", json={"Name": "x"})[0] == 400
    assert api.ok("PUT", path, json={"Color": "", "Name": "Canoes"}) == {}
    changed = api.ok("GET", path)
    assert (changed["Name"], "Color" in changed) == ("Canoes", False)
    hidden = api.group(BrandId=made["BrandId"], HideFromStore=True)
    shown = api.group(BrandId=made["BrandId"])
    own = api.ok("GET", f"{path}/Group/")["Groups"]
    assert {each["GroupId"] for each in own} == {hidden["GroupId"], shown["GroupId"]}
    (only,) = api.public.ok("GET", f"{path}/Group/")["Groups"]
    assert only["GroupId"] == shown["GroupId"]


def test_owners(api: Any) -> None:
    owner = api.ok("GET", "/v1/Owner/")
    assert (owner["Timezone"], owner["StripeSubStatus"]) == ("America/Vancouver", "active")
    assert api.ok("PUT", "/v1/Owner/", json={"Email": "ann@example.org"}) == {}
    assert api.ok("GET", "/v1/Owner/")["Email"] == "ann@example.org"
    assert api.refused("PUT", "/v1/Owner/", json={"Timezone": "Moon/Crater"})[0] == 400
