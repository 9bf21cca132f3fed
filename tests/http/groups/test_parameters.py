"""Every parameter of every call changes something: a parameter without an entry here fails."""

import time
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import pytest
from attrs import define, frozen

from photomill_http.groups.routes import GroupsContract
from photomill_http.openapi import openapi_document

from .conftest import picture

Json = dict[str, Any]


@define
class Studio:
    """An owner with two groups, two brands, and photos of the first group."""

    api: Any
    group: Json
    other_group: Json
    brand: Json
    photos: list[Json]

    @classmethod
    def new(cls, api: Any) -> "Studio":
        tag = str(time.time_ns())
        group, other_group = api.group(Name="A"), api.group(Name="B")
        brand = api.ok("POST", "/v1/Brand/", 201, json={"Name": "Second", "VanityUrl": tag})
        photos = [api.upload(group, picture(tag + name), f"{name}.jpg") for name in "abc"]
        return cls(api, group, other_group, brand, photos)

    @property
    def path(self) -> str:
        return f"/v1/Group/{self.group['GroupId']}"

    def shown(self) -> Json:
        return dict(self.api.ok("GET", self.path))


Seen = Callable[[Studio], Any]


@frozen
class Effect:
    """What must differ once a parameter is given.

    :ivar of: its answer, without the parameter and then with it; each in turn on a studio of its own.
    """

    of: Callable[[Studio, bool], Any]


def made(field: str, value: Any) -> Effect:
    """Of making a group."""

    def of(studio: Studio, sent: bool) -> Any:
        given = _value(studio, value)
        return studio.api.group(**({field: given} if sent else {}))[field] == given

    return Effect(of)


def changed(path: Callable[[Studio], str], given: Json, seen: Seen) -> Effect:
    """Of changing something with PUT."""

    def of(studio: Studio, sent: bool) -> Any:
        before = seen(studio)
        body = {name: _value(studio, value) for name, value in given.items()} if sent else {}
        studio.api.call("PUT", path(studio), json=body)
        return seen(studio) != before

    return Effect(of)


def _value(studio: Studio, value: Any) -> Any:
    return value(studio) if callable(value) else value


def of_group(given: Json, field: str) -> Effect:
    return changed(lambda studio: studio.path, given, lambda studio: studio.shown().get(field))


def is_deleted(studio: Studio, sent: bool) -> Any:
    studio.api.ok("DELETE", studio.path)
    studio.api.ok("PUT", studio.path, json={"Deleted": False} if sent else {})
    return studio.shown()["Deleted"]


def public_status(given: Json) -> Effect:
    return changed(
        lambda studio: studio.path,
        given,
        lambda studio: studio.api.public.call("GET", f"{studio.path}/Photo").status_code,
    )


def of_photo(given: Json, seen: Seen) -> Effect:
    return changed(lambda studio: f"/v1/Photo/{studio.photos[0]['PhotoId']}", given, seen)


def photo(studio: Studio) -> Json:
    return dict(studio.api.ok("GET", f"/v1/Photo/{studio.photos[0]['PhotoId']}"))


def counts(studio: Studio) -> list[int]:
    groups = (studio.group, studio.other_group)
    return [studio.api.ok("GET", f"/v1/Group/{each['GroupId']}")["Count"] for each in groups]


def copied(studio: Studio, sent: bool) -> Any:
    body = {"GroupId": studio.other_group["GroupId"], **({"DoCopy": True} if sent else {})}
    studio.api.ok("PUT", f"/v1/Photo/{studio.photos[0]['PhotoId']}", json=body)
    return counts(studio)


def of_owner(given: Json, field: str) -> Effect:
    return changed(
        lambda studio: "/v1/Owner/",
        given,
        lambda studio: studio.api.ok("GET", "/v1/Owner/").get(field),
    )


def of_brand(given: Json, field: str) -> Effect:
    path: Callable[[Studio], str] = lambda studio: f"/v1/Brand/{studio.brand['BrandId']}"  # noqa: E731
    return changed(path, given, lambda studio: studio.api.ok("GET", path(studio))[field])


def new_brand(field: str) -> Effect:
    def of(studio: Studio, sent: bool) -> Any:
        body = {"Name": "N", "VanityUrl": f"v{time.time_ns()}"}
        other = {**body, field: f"other {body['VanityUrl']}"}
        answer = studio.api.ok("POST", "/v1/Brand/", 201, json=other if sent else body)
        return answer[field].startswith("other")

    return Effect(of)


def archive(studio: Studio, order: Json) -> tuple[str, list[str]]:
    status = studio.api.ok("POST", f"{studio.path}/Zip", 201, json=order)["Status"]
    while (process := studio.api.public.ok("GET", status))["step"] != "finished":
        time.sleep(0.05)
    data = studio.api.public.call("GET", process["output"]["url"]).content
    with zipfile.ZipFile(BytesIO(data)) as packed:
        return process["output"]["filename"], packed.namelist()


def zipped(change: Callable[[Studio, Json], Json]) -> Effect:
    def of(studio: Studio, sent: bool) -> Any:
        order: Json = {"Photos": [{"File": studio.photos[0]["Original"]}]}
        return archive(studio, change(studio, order) if sent else order)

    return Effect(of)


def split(given: Json, base: Json | None = None) -> Effect:
    def of(studio: Studio, sent: bool) -> Any:
        body = {**(base or {}), **(given if sent else {})}
        answer = studio.api.call("POST", f"{studio.path}/Groups", json=body).json()
        return {**answer, "Groups": [len(each["PhotoIds"]) for each in answer.get("Groups", [])]}

    return Effect(of)


def listed(path: Callable[[Studio], str], query: Callable[[Studio], str], base: str = "") -> Effect:
    def of(studio: Studio, sent: bool) -> Any:
        asked = "&".join(filter(None, [base, query(studio) if sent else ""]))
        answer = studio.api.ok("GET", f"{path(studio)}?{asked}")
        ids = [each.get("GroupId", "") for each in answer.get("Groups", [])]
        return [studio.group["GroupId"] in ids, len(answer.get("Photos", ids))]

    return Effect(of)


def with_deleted(studio: Studio, sent: bool) -> Any:
    studio.api.ok("DELETE", studio.path)
    query = "from=1" + ("&includeDeleted=true" if sent else "")
    groups = studio.api.ok("GET", f"/v1/Group/?{query}")["Groups"]
    return studio.group["GroupId"] in [each["GroupId"] for each in groups]


NOW = int(time.time())
GROUPS: Callable[[Studio], str] = lambda studio: "/v1/Group/"  # noqa: E731

EFFECTS: Mapping[str, Effect] = {
    "NewGroup.Name": made("Name", "Named"),
    "NewGroup.BrandId": made("BrandId", lambda studio: studio.brand["BrandId"]),
    "NewGroup.WhenUnix": made("WhenUnix", 1449791030),
    "NewGroup.HideFromStore": made("HideFromStore", True),
    "GroupChange.Name": of_group({"Name": "C"}, "Name"),
    "GroupChange.BrandId": of_group({"BrandId": lambda studio: studio.brand["BrandId"]}, "BrandId"),
    "GroupChange.Thumb": of_group({"Thumb": lambda s: s.photos[1]["WatermarkSmall"]}, "Thumb"),
    "GroupChange.ThumbId": of_group({"ThumbId": lambda s: s.photos[1]["PhotoId"]}, "Thumb"),
    "GroupChange.HideFromStore": of_group({"HideFromStore": True}, "HideFromStore"),
    "GroupChange.PricingId": of_group({"PricingId": "p"}, "PricingId"),
    "GroupChange.Deleted": Effect(is_deleted),
    "GroupChange.Password": public_status({"Password": "secret"}),
    "GroupChange.ExpiresUnix": public_status({"ExpiresUnix": NOW - 10}),
    "AddPhotos.AddPhotos": Effect(
        lambda studio, sent: len(studio.api.reserve(studio.group, 3 if sent else 1))
    ),
    "PhotoChange.GroupId": of_photo(
        {"GroupId": lambda studio: studio.other_group["GroupId"]}, lambda s: photo(s)["GroupId"]
    ),
    "PhotoChange.DoCopy": Effect(copied),
    "PhotoChange.IsSouvenir": of_photo({"IsSouvenir": True}, lambda s: photo(s)["IsSouvenir"]),
    "ZipOrder.Photos": zipped(
        lambda s, order: {"Photos": [{"File": each["Original"]} for each in s.photos]}
    ),
    "ZipOrder.Photos.File": zipped(
        lambda s, order: {"Photos": [{"File": s.photos[1]["Original"]}]}
    ),
    "ZipOrder.Photos.FileName": zipped(
        lambda s, order: {"Photos": [{**order["Photos"][0], "FileName": "x.jpg"}]}
    ),
    "ZipOrder.Name": zipped(lambda s, order: {**order, "Name": "other"}),
    "SplitConstraints.TotalGroups": split({"TotalGroups": 3}),
    "SplitConstraints.MinPerGroup": split({"MinPerGroup": 2}, {"TotalGroups": 2}),
    "SplitConstraints.MaxPerGroup": split({"MaxPerGroup": 1}),
    "SplitConstraints.Mode": split({"Mode": "time"}),
    "OwnerChange.Name": of_owner({"Name": "Anna"}, "Name"),
    "OwnerChange.Email": of_owner({"Email": "ann@example.com"}, "Email"),
    "OwnerChange.Timezone": of_owner({"Timezone": "Asia/Tokyo"}, "Timezone"),
    "OwnerChange.PrimaryBrand": of_owner(
        {"PrimaryBrand": lambda studio: studio.brand["BrandId"]}, "PrimaryBrand"
    ),
    "NewBrand.Name": new_brand("Name"),
    "NewBrand.VanityUrl": new_brand("VanityUrl"),
    "BrandChange.Name": of_brand({"Name": "Other"}, "Name"),
    "BrandChange.VanityUrl": of_brand({"VanityUrl": lambda s: f"w{time.time_ns()}"}, "VanityUrl"),
    "/v1/Group?when": listed(GROUPS, lambda studio: "when=2015-12-31"),
    "/v1/Group?from": listed(GROUPS, lambda studio: f"from={NOW + 10_000}", f"to={NOW + 20_000}"),
    "/v1/Group?to": listed(GROUPS, lambda studio: "to=1000", "from=1"),
    "/v1/Group?offset": listed(GROUPS, lambda studio: "offset=1000", "from=1"),
    "/v1/Group?includeDeleted": Effect(with_deleted),
    "/v1/Group/Search?q": listed(
        lambda studio: "/v1/Group/Search", lambda studio: f"q={studio.group['Token']}"
    ),
    "/v1/Photo/{photo}/Similar?limit": listed(
        lambda studio: f"/v1/Photo/{studio.photos[0]['PhotoId']}/Similar", lambda studio: "limit=1"
    ),
}


def test_every_parameter_has_an_entry() -> None:
    schemas = openapi_document()["components"]["schemas"]
    expected: set[str] = set()
    for operation in GroupsContract.operations:
        expected.update(f"{operation.path}?{each.name}" for each in operation.parameters)
        if isinstance(operation.body, type) and f"Groups{operation.body.__name__}" in schemas:
            name = operation.body.__name__
            expected.update(f"{name}.{each}" for each in schemas[f"Groups{name}"]["properties"])
    entries = schemas["GroupsZipPhoto"]["properties"]
    expected.update(f"ZipOrder.Photos.{name}" for name in entries)
    assert set(EFFECTS) == expected


@pytest.mark.parametrize("name", sorted(EFFECTS))
def test_each_parameter_changes_something(
    api: Any, new_owner: Callable[..., str], name: str
) -> None:
    found = [
        EFFECTS[name].of(Studio.new(api.with_key(new_owner("Gil"))), sent) for sent in (False, True)
    ]
    assert found[0] != found[1]
