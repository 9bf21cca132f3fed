"""What is one owner's is no other owner's: every route that takes an id or the name of a storage, crossed.

``CROSSED`` says for each of them what another owner's key gets; a route that is in no list fails the first test.
"""

import io
import time
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import frozen
from PIL import Image
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill_http.app import create_app
from photomill_http.settings import HttpSettings

Json = dict[str, Any]

SCOPES = ["read", "write", "albums", "grouping", "image_editing", "storage"]
WEB = {"name": "ann", "type": "web_folder", "parameters": {"base_url": "https://a.example"}}

CROSSED = {
    ("GET", "/v1/image/edit/async/{task_id}"): 404,
    ("DELETE", "/v1/image/edit/async/{task_id}"): 404,
    ("POST", "/v1/image/edit/async/{task_id}/pause"): 404,
    ("POST", "/v1/image/edit/async/{task_id}/resume"): 404,
    ("GET", "/v1/image/edit/batch/{batch_id}"): 404,
    ("DELETE", "/v1/image/edit/batch/{batch_id}"): 404,
    ("POST", "/v1/image/edit/batch/{batch_id}/pause"): 404,
    ("POST", "/v1/image/edit/batch/{batch_id}/resume"): 404,
    ("GET", "/v1/storage/storages/{storage_id}"): 404,
    ("PATCH", "/v1/storage/storages/{storage_id}"): 404,
    ("DELETE", "/v1/storage/storages/{storage_id}"): 404,
    ("GET", "/v1/group-image/{job_id}"): 404,
    ("DELETE", "/v1/group-image/{job_id}"): 404,
    ("PUT", "/v1/Group/{group}"): 403,
    ("DELETE", "/v1/Group/{group}"): 403,
    ("POST", "/v1/Group/{group}/Photo"): 403,
    ("POST", "/v1/Group/{group}/Zip"): 403,
    ("PUT", "/v1/Group/{group}/UploadStatus"): 403,
    ("GET", "/v1/Group/{group}/Duplicates"): 403,
    ("POST", "/v1/Group/{group}/Groups"): 403,
    ("PUT", "/v1/Photo/{photo}"): 403,
    ("DELETE", "/v1/Photo/{photo}"): 403,
    ("GET", "/v1/Photo/{photo}/Similar"): 403,
    ("PUT", "/v1/Brand/{brand}"): 403,
}
"""By verb and address."""

PUBLIC = {
    "/v1/Group/{group}",
    "/v1/Group/{group}/Photo",
    "/v1/Group/{group}/Video",
    "/v1/Photo/{photo}",
    "/v1/Brand/{brand}",
    "/v1/Brand/{brand}/Group",
}
"""Read by everybody, as far as a group's password allows: another owner sees what the public sees."""

BY_ADDRESS = {
    "/images/{signature}/{options}/{source:path}",
    "/v1/image/results/{key:path}",
    "/v1/Upload/{secret}",
    "/v1/process/{id}",
    "/v1/download/{id}",
    "/v1/File/{path:path}",
}
"""Whoever knows the address may: it holds a secret that nobody guesses."""

BY_SCOPE = {
    "/admin/v1/collections/{id}",
    "/admin/v1/collections/{id}/clear",
    "/admin/v1/keys/{id}",
    "/v2/{method}",
    "/{prefix:path}/v2/{method}",
}
"""For keys of the scope ``admin``, or restricted by collection."""


@frozen
class Owned:
    """An application, two owners' keys, and what is the first one's.

    :ivar names: for the parameters of addresses.
    """

    app: Starlette
    client: TestClient
    engine: Engine
    ann: Json
    bob: Json
    names: dict[str, str]

    def call(self, who: Json, verb: str, path: str, **options: Any) -> Any:
        return self.client.request(verb, path.format(**self.names), headers=who, **options)

    def made(self, verb: str, path: str, body: Json) -> Json:
        response = self.call(self.ann, verb, path, json=body)
        assert response.is_success, response.text
        return dict(response.json())


def _picture() -> bytes:
    file = io.BytesIO()
    Image.effect_mandelbrot((90, 90), (-2, -1, 1, 1), 30).convert("RGB").save(file, "JPEG")
    return file.getvalue()


@pytest.fixture(scope="module")
def owned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owned]:
    folder = tmp_path_factory.mktemp("ownership")
    (folder / "shelf").mkdir()
    (folder / "shelf" / "a.jpg").write_bytes(_picture())
    # Pages look after their addresses in tests of their own.
    overrides = {
        "adapters.browser.enabled": False,
        "photomill.data_dir": str(folder / "data"),
        "embedders.main": {"use": "descriptor"},
        "images.processes": 1,
        "editing.processes": 1,
        "albums.cleanup_seconds": 3600.0,
    }
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        owners = [engine.albums.owners.create(name).owner for name in ("Ann", "Bob")]
        keys = [
            engine.keys.create(owner.name, owner=owner.id, scopes=SCOPES).secret for owner in owners
        ]
        shelf = {"path": str(folder / "shelf")}
        engine.storages.operator.create("ann-shelf", "local", shelf, owner=owners[0].id)
        app = create_app(engine, HttpSettings(lookups_per_minute=0))
        ann, bob = ({"Authorization": f"Bearer {key}"} for key in keys)
        with TestClient(app, raise_server_exceptions=False) as client:
            found = Owned(app, client, engine, ann, bob, {})
            _make_everything(found)
            yield found


def _make_everything(owned: Owned) -> None:
    """Everything that has an id, made by the first owner; jobs wait, since nobody works on them."""
    names = owned.names
    edit = {"input": "storage://ann-shelf/a.jpg", "operations": {}}
    batch = {"input": "storage://ann-shelf/", "operations": {}}
    names["task_id"] = owned.made("POST", "/v1/image/edit/async", edit)["data"]["id"]
    names["batch_id"] = owned.made("POST", "/v1/image/edit/batch", batch)["data"]["id"]
    names["storage_id"] = owned.made("POST", "/v1/storage/storages", WEB)["data"]["id"]
    job = {"input": {"storage": "storage://ann-shelf/", "totalGroups": 1}}
    names["job_id"] = owned.made("POST", "/v1/group-image", job)["id"]
    names["group"] = owned.made("POST", "/v1/Group", {"Name": "hers"})["GroupId"]
    protected = {"Name": "hers", "Password": "known to her"}
    owned.made("PUT", "/v1/Group/{group}", protected)
    place = owned.made("POST", "/v1/Group/{group}/Photo", {"AddPhotos": 1})["AddedPhotos"][0]
    sent = owned.client.put(
        place["UploadUrl"],
        data={"GroupId": names["group"], "PhotoId": place["PhotoId"]},
        files={"file": ("a.jpg", _picture(), "image/jpeg")},
    )
    assert sent.status_code == 200, sent.text
    names["photo"] = place["PhotoId"]
    (brand,) = owned.call(owned.ann, "GET", "/v1/Brand").json()["Brands"]
    names["brand"] = brand["BrandId"]
    _listed(owned)


def _listed(owned: Owned) -> None:
    owned.engine.jobs.start()
    try:
        for _ in range(600):
            photo = owned.call(owned.ann, "GET", "/v1/Photo/{photo}").json()
            if photo.get("WatermarkSquare"):
                return
            time.sleep(0.05)
        raise AssertionError("the photo is not made")
    finally:
        owned.engine.jobs.stop()


def _plain(path: str) -> str:
    """One spelling of an address, of those that lead to the same."""
    path = path.rstrip("/") or "/"
    for other in ("/v1-beta1/", "/api/v1/"):
        path = path.replace(other, "/v1/") if path.startswith(other) else path
    if path.startswith("/group-image"):
        path = f"/v1{path}"
    return path


def test_every_route_with_an_id_is_crossed(owned: Owned) -> None:
    expected = {*CROSSED, *(("GET", path) for path in PUBLIC)}
    expected = {(verb, path.replace("{batch_id}", "{task_id}").lower()) for verb, path in expected}
    crossed = {path for _, path in expected}
    known = crossed | {path.lower() for path in BY_ADDRESS | BY_SCOPE}
    routes = [route for route in owned.app.routes if isinstance(route, Route)]
    with_ids = {_plain(route.path).lower() for route in routes if "{" in route.path}
    assert with_ids == known
    verbs = {
        (verb, _plain(route.path).lower())
        for route in routes
        for verb in set(route.methods or ()) - {"HEAD"}
        if _plain(route.path).lower() in crossed
    }
    assert verbs == expected


@pytest.mark.parametrize(("verb", "path"), list(CROSSED), ids=" ".join)
def test_another_owner_gets_nothing(owned: Owned, verb: str, path: str) -> None:
    body = {} if verb in ("GET", "DELETE") else {"json": {"Name": "mine", "AddPhotos": 1}}
    if path == "/v1/storage/storages/{storage_id}" and verb == "PATCH":
        body = {"json": {"name": "mine"}}
    response = owned.call(owned.bob, verb, path, **body)
    assert response.status_code == CROSSED[verb, path], response.text
    assert "hers" not in response.text


@pytest.mark.parametrize("path", sorted(PUBLIC))
def test_another_owner_sees_what_the_public_sees(owned: Owned, path: str) -> None:
    his, everybodys = (owned.call(who, "GET", path) for who in (owned.bob, {}))
    assert (his.status_code, his.text) == (everybodys.status_code, everybodys.text)


@pytest.mark.parametrize(
    "path",
    ["/v1/image/edit/async", "/v1/image/edit/batch", "/v1/storage/storages", "/v1/Group"],
)
def test_lists_hold_ones_own(owned: Owned, path: str) -> None:
    (hers,) = _listing(owned.call(owned.ann, "GET", path).json())
    assert hers
    assert not _listing(owned.call(owned.bob, "GET", path).json())


def _listing(body: Any) -> list[Any]:
    return list(body["data"] if "data" in body else body["Groups"])


def _names_a_storage(uri: str) -> list[tuple[str, Json]]:
    """Every request that takes the name of a storage, with this one in each place."""
    mine = "https://photos.example/a.jpg"
    style = {"style_transfer": {"style_reference_image": uri}}
    return [
        ("/v1/image/edit", {"input": f"{uri}a.jpg", "operations": {}}),
        ("/v1/image/edit", {"input": mine, "operations": {}, "output": uri}),
        ("/v1/image/edit", {"input": mine, "operations": {}, "output": f"{uri}b.jpg"}),
        ("/v1/image/edit", {"input": f"{uri}a.jpg", "operations": {}, "output": uri}),
        ("/v1/image/edit", {"input": f"{uri}a.jpg", "operations": style}),
        ("/v1/image/edit/async", {"input": f"{uri}a.jpg", "operations": {}}),
        ("/v1/image/edit/async", {"input": mine, "operations": {}, "output": uri}),
        ("/v1/image/edit/batch", {"input": uri, "operations": {}}),
        ("/v1/image/edit/batch", {"input": [f"{uri}a.jpg"], "operations": {}}),
        ("/v1/image/edit/batch", {"input": {"source": uri}, "operations": {}}),
        ("/v1/image/edit/batch", {"input": [mine], "operations": {}, "output": uri}),
        ("/v1/group-image", {"input": {"storage": uri}}),
    ]


@pytest.mark.parametrize("name", ["ann-shelf", "albums", "temporary"])
@pytest.mark.parametrize("place", range(len(_names_a_storage("storage://a/"))))
def test_another_storage_is_an_unknown_one(owned: Owned, name: str, place: int) -> None:
    path, body = _names_a_storage(f"storage://{name}/")[place]
    _, unknown = _names_a_storage("storage://nobody-has-it/")[place]
    response = owned.call(owned.bob, "POST", path, json=body)
    expected = owned.call(owned.bob, "POST", path, json=unknown)
    assert 400 <= response.status_code < 500
    assert response.status_code == expected.status_code
    assert response.text == expected.text.replace("nobody-has-it", name)


@pytest.mark.parametrize("name", ["albums", "temporary"])
def test_not_even_ones_own_files_are_reached_by_internal_names(owned: Owned, name: str) -> None:
    for path, body in _names_a_storage(f"storage://{name}/"):
        assert 400 <= owned.call(owned.ann, "POST", path, json=body).status_code < 500


@pytest.mark.parametrize("name", ["albums", "temporary"])
def test_internal_names_are_not_registered(owned: Owned, name: str) -> None:
    response = owned.call(owned.ann, "POST", "/v1/storage/storages", json={**WEB, "name": name})
    assert response.status_code == 409
    path = "/v1/storage/storages/{storage_id}"
    assert owned.call(owned.ann, "PATCH", path, json={"name": name}).status_code == 409


def test_one_idempotency_key_of_two_owners_makes_two_tasks(owned: Owned) -> None:
    body = {"input": "https://photos.example/a.jpg", "operations": {}}
    again = {"Idempotency-Key": "the same"}
    numbers = {
        owned.client.post("/v1/image/edit/async", json=body, headers={**who, **again}).json()[
            "data"
        ]["id"]
        for who in (owned.ann, owned.bob, owned.bob)
    }
    assert len(numbers) == 2
    for number in numbers:
        owned.engine.jobs.cancel(number)
        owned.engine.jobs.delete(number)


def test_keys_without_an_owner_are_their_own(owned: Owned) -> None:
    one, other = (
        {"Authorization": f"Bearer {owned.engine.keys.create('bare', scopes=SCOPES).secret}"}
        for _ in range(2)
    )
    body = {"input": "https://photos.example/a.jpg", "operations": {}}
    task = owned.call(one, "POST", "/v1/image/edit/async", json=body).json()["data"]["id"]
    storage = owned.call(one, "POST", "/v1/storage/storages", json=WEB).json()["data"]["id"]
    for path in (f"/v1/image/edit/async/{task}", f"/v1/storage/storages/{storage}"):
        assert owned.call(one, "GET", path).status_code == 200
        assert owned.call(other, "GET", path).status_code == 404
        assert owned.call(owned.ann, "GET", path).status_code == 404
    assert owned.call(other, "GET", "/v1/image/edit/async").json()["data"] == []


def test_photos_are_searched_by_their_owner_alone(owned: Owned) -> None:
    """An owner's photos have a collection, which is no other's although keys reach all collections by default."""
    (owner,) = (each for each in owned.engine.albums.owners.list_all() if each.name == "Ann")
    shared = owned.engine.collections.create("everybody's").id
    stranger = owned.engine.keys.create("none", scopes=SCOPES).secret
    administrator = owned.engine.keys.create("admin", scopes=["read", "admin"]).secret
    named = [owner.collection]
    told = owned.engine.keys.create("told", scopes=["read"], collections=named).secret
    statuses = {
        "hers": (owned.ann, 200),
        "his": (owned.bob, 403),
        "nobody's": ({"Authorization": f"Bearer {stranger}"}, 403),
        "an administrator's": ({"Authorization": f"Bearer {administrator}"}, 200),
        "one that names it": ({"Authorization": f"Bearer {told}"}, 200),
    }
    path = "/similarity/photos/v2/allRecords"
    for whose, (key, status) in statuses.items():
        headers = {"collection-id": owner.collection}
        response = owned.call({**key, **headers}, "POST", path, json={})
        assert response.status_code == status, whose
    response = owned.call({**owned.bob, "collection-id": shared}, "POST", path, json={})
    assert response.status_code == 200
    for who, status in ((owned.ann, 202), (owned.bob, 403)):
        body = {"input": {"collection": owner.collection}}
        response = owned.call(who, "POST", "/v1/group-image", json=body)
        assert response.status_code == status, response.text


def test_photos_of_others_are_not_packed(owned: Owned) -> None:
    photo = owned.call(owned.ann, "GET", "/v1/Photo/{photo}").json()
    group = owned.call(owned.bob, "POST", "/v1/Group", json={"Name": "his"}).json()["GroupId"]
    body = {"Photos": [{"File": photo["Original"]}]}
    response = owned.call(owned.bob, "POST", f"/v1/Group/{group}/Zip", json=body)
    assert response.status_code == 400


def test_nothing_of_hers_has_changed(owned: Owned) -> None:
    group = owned.call(owned.ann, "GET", "/v1/Group/{group}").json()
    assert group["Name"] == "hers"
    storage = owned.call(owned.ann, "GET", "/v1/storage/storages/{storage_id}").json()["data"]
    assert storage["name"] == "ann"
    for path in ("async/{task_id}", "batch/{batch_id}"):
        task = owned.call(owned.ann, "GET", f"/v1/image/edit/{path}").json()["data"]
        assert task["status"] not in ("CANCELLED", "PAUSED")
    assert owned.call(owned.ann, "GET", "/v1/group-image/{job_id}").status_code == 200
