"""From URLs to groups."""

import json
from pathlib import Path

import pytest

from photomill.collections.model import NewRecord
from photomill.engine import Engine
from photomill.sources import BytesSource

from .conftest import LARGEST, Caller, Json, NewCaller, Web, coloured


def sizes(body: Json) -> list[int]:
    return sorted(len(group) for group in body["imageGroups"])


def test_the_documented_shape(caller: Caller, web: Web) -> None:
    urls = web.colours("red", "green", "green", "green")
    given = {"urls": urls, "totalGroups": 2}
    response = caller.waited(given)
    body = response.json()
    groups = [[urls[0]], urls[1:]]
    assert body == {
        "id": body["id"],
        "status": "completed",
        "input": given,
        "output": {
            "info": {
                "inputImages": 4,
                "imagesConsidered": 4,
                "skipped": [],
                "groupSizes": [1, 3],
                "maxImagesPerGroup": 3,
                "adjusted": [],
                "covers": [urls[0], body["output"]["info"]["covers"][1]],
            },
            "imageGroups": groups,
        },
        "imageGroups": groups,
    }
    assert (response.status_code, response.headers["preference-applied"]) == (200, "wait")
    assert caller.get(body["id"]).json() == body


@pytest.mark.parametrize("path", ["/v1/group-image", "/group-image", "/api/v1/group-image/"])
def test_a_request_is_accepted_and_asked_for_later(caller: Caller, web: Web, path: str) -> None:
    given = {"urls": web.colours("red", "green"), "totalGroups": 2.0}
    response = caller.post({"input": given}, path=path)
    accepted = response.json()
    assert response.status_code == 202
    assert response.headers["location"] == f"/v1/group-image/{accepted['id']}"
    assert response.headers["retry-after"] == "1"
    assert (accepted["status"], accepted["input"]) == ("running", given)
    assert set(accepted) == {"id", "status", "input", "progress"}
    done = caller.get(accepted["id"], prefer="wait=20")
    assert (done.status_code, done.json()["status"]) == (200, "completed")


def test_the_document_also_writes_the_status_with_a_capital(
    new_caller: NewCaller, web: Web
) -> None:
    body = new_caller(group_image_status="title").grouped(web.colours("red"), totalGroups=1)
    assert body["status"] == "Completed"


def test_one_group_and_as_many_as_pictures(caller: Caller, web: Web) -> None:
    urls = web.colours("red", "green", "blue", "red")
    assert caller.grouped(urls, totalGroups=1)["imageGroups"] == [urls]
    assert caller.grouped(urls, totalGroups=4)["imageGroups"] == [[url] for url in urls]


def test_equal_sizes_are_exact(caller: Caller, web: Web) -> None:
    urls = web.colours(*["red"] * 4, *["green"] * 2)
    body = caller.grouped(urls, totalGroups=3, minImagesPerGroup=2, maxImagesPerGroup=2)
    assert sizes(body) == [2, 2, 2]


def test_fewer_pictures_than_groups(caller: Caller, web: Web) -> None:
    urls = web.colours("red")
    body = caller.grouped(urls, totalGroups=2)
    assert (body["imageGroups"], body["output"]["info"]["adjusted"]) == ([urls], ["totalGroups"])


def test_two_like_requests_give_the_same_groups(caller: Caller, web: Web) -> None:
    urls = web.colours(*["red", "green", "blue"] * 4)
    first, second = (caller.grouped(urls, totalGroups=5) for _ in range(2))
    assert first["imageGroups"] == second["imageGroups"]
    assert first["id"] != second["id"]


def test_a_url_listed_twice_counts_twice_and_is_fetched_once(caller: Caller, web: Web) -> None:
    urls = web.colours("red", "green")
    body = caller.grouped([*urls, urls[0]], totalGroups=2)
    assert body["imageGroups"] == [[urls[0], urls[0]], [urls[1]]]
    assert body["output"]["info"]["imagesConsidered"] == 3
    assert sorted(web.asked) == ["/0-red.jpg", "/1-green.jpg"]


def test_a_single_url_may_be_called_url(caller: Caller, web: Web) -> None:
    (url,) = web.colours("red")
    response = caller.waited({"url": url, "totalGroups": 1})
    assert response.json()["imageGroups"] == [[url]]


def test_a_dead_url_of_four_is_skipped(caller: Caller, web: Web) -> None:
    urls = [*web.colours("red", "green", "blue"), f"{web.url}/gone.jpg"]
    info = caller.grouped(urls, totalGroups=3)["output"]["info"]
    assert (info["inputImages"], info["imagesConsidered"]) == (4, 3)
    detail = f"404 Client Error: Not Found for url: {urls[3]}"
    assert info["skipped"] == [
        {"url": urls[3], "status": 404, "title": "unreachableUrl", "detail": detail}
    ]
    assert web.asked.count("/gone.jpg") == 1


def test_a_server_that_stumbles_is_asked_again(caller: Caller, web: Web) -> None:
    (url,) = web.colours("red")
    web.statuses["/0-red.jpg"] = [503]
    assert caller.grouped([url], totalGroups=1)["imageGroups"] == [[url]]


UNFIT = [
    ("narrow.jpg", coloured("red", size=(80, 200)), "inputTooSmall", 422),
    ("flat.png", coloured("red", size=(200, 80), form="PNG"), "inputTooSmall", 422),
    ("heavy.jpg", coloured("red").ljust(LARGEST + 1, b"\0"), "inputTooLarge", 413),
    ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "badInput", 422),
    ("moving.gif", coloured("red", form="GIF"), "badInput", 422),
    ("web.webp", coloured("red", form="WEBP"), "badInput", 422),
    ("half.jpg", coloured("red")[:900], "badInput", 422),
    ("page.jpg", b"<html>", "badInput", 422),
]
DETAILS = {
    "badInput": "Unable to load the image embedded in the URL",
    "inputTooLarge": "Image above 5 MB cannot be handled",
    "inputTooSmall": "Image size should be greater than 80 pixels",
}


@pytest.mark.parametrize(("name", "data", "title", "status"), UNFIT, ids=[u[0] for u in UNFIT])
def test_an_unfit_picture_alone_fails_the_request(
    caller: Caller, web: Web, name: str, data: bytes, title: str, status: int
) -> None:
    given: Json = {"urls": [web.add(name, data)], "totalGroups": 1}
    response = caller.waited(given)
    body = response.json()
    fault = {"status": 404, "title": title, "detail": DETAILS[title]}
    skipped = [{"url": given["urls"][0], **fault}]
    assert body == {
        "id": body["id"],
        "status": "failed",
        "input": given,
        "output": {"info": {"inputImages": 1, "imagesConsidered": 0, "skipped": skipped}},
        "error": fault,
    }
    assert response.status_code == status
    assert caller.get(body["id"]).status_code == 200


def test_the_literal_reading_answers_404_too(new_caller: NewCaller, web: Web) -> None:
    caller = new_caller(group_image_errors="doc")
    response = caller.waited({"urls": [web.add("page.jpg", b"<html>")], "totalGroups": 1})
    assert (response.status_code, response.json()["error"]["title"]) == (404, "badInput")


def test_the_limits_themselves_pass(caller: Caller, web: Web) -> None:
    urls = [
        web.add("large.jpg", coloured("red").ljust(LARGEST, b"\0")),
        web.add("small.png", coloured("green", size=(81, 81), form="PNG")),
    ]
    assert caller.grouped(urls, totalGroups=2)["output"]["info"]["imagesConsidered"] == 2


def test_all_dead_fails_with_the_first_error(caller: Caller, web: Web) -> None:
    urls = [f"{web.url}/gone.jpg", web.add("page.jpg", b"<html>")]
    response = caller.waited({"urls": urls, "totalGroups": 2})
    error = response.json()["error"]
    assert (response.status_code, error["title"]) == (422, "unreachableUrl")
    assert error["detail"] == f"404 Client Error: Not Found for url: {urls[0]}"


def test_other_ways_to_be_unreachable(caller: Caller, web: Web) -> None:
    (good,) = web.colours("red")
    web.statuses["/busy.jpg"] = [503] * 3
    urls = [good, f"{web.url}/busy.jpg", "http://10.0.0.1/a.jpg", "http://127.0.0.1:9/a.jpg"]
    urls.append("ftp://example.org/a.jpg")
    skipped = caller.grouped(urls, totalGroups=1)["output"]["info"]["skipped"]
    assert [each["title"] for each in skipped] == ["unreachableUrl"] * 4
    assert skipped[0]["detail"] == (
        f"503 Server Error: Service Unavailable for url: {web.url}/busy.jpg"
    )
    assert all(each["detail"].startswith("Connection Error: ") for each in skipped[1:])


def test_wishes_are_fitted_to_what_is_left(caller: Caller, web: Web) -> None:
    urls = [*web.colours("red", "green", "blue"), f"{web.url}/x.jpg"]
    body = caller.grouped(urls, totalGroups=2, minImagesPerGroup=2)
    assert (sizes(body), body["output"]["info"]["adjusted"]) == ([3], ["totalGroups"])
    body = caller.grouped(urls[2:], totalGroups=1, minImagesPerGroup=2)
    assert (sizes(body), body["output"]["info"]["adjusted"]) == ([1], ["minImagesPerGroup"])


def test_without_a_number_where_the_document_knows_nothing(caller: Caller, web: Web) -> None:
    urls = web.colours("red", "red", "green", "green", "blue", "blue")
    body = caller.waited({"urls": urls, "mode": "time+visual"}).json()
    assert sorted(url for group in body["imageGroups"] for url in group) == sorted(urls)


def test_a_folder_of_a_storage(working: Engine, new_caller: NewCaller, tmp_path: Path) -> None:
    for index, colour in enumerate(("red", "green", "red")):
        (tmp_path / f"{index}.jpg").write_bytes(coloured(colour, index))
    working.storages.operator.create("shelf", "local", {"path": str(tmp_path)})
    caller = new_caller(scopes=("grouping", "storage"))
    body = caller.waited({"storage": "storage://shelf/", "totalGroups": 2}).json()
    assert body["imageGroups"] == [
        ["storage://shelf/0.jpg", "storage://shelf/2.jpg"],
        ["storage://shelf/1.jpg"],
    ]


def test_a_collection(working: Engine, new_caller: NewCaller) -> None:
    collection = working.collections.open(working.collections.create("photos").id)
    collection.insert(
        [
            NewRecord(f"{index}", BytesSource(coloured(colour, index)), {"good": index < 3})
            for index, colour in enumerate(("red", "green", "red", "blue"))
        ]
    )
    caller = new_caller(scopes=("admin", "read"))
    given = {"id": collection.info.id, "filter": {"good": True}}
    body = caller.waited({"collection": given, "totalGroups": 2}).json()
    assert body["imageGroups"] == [["0", "2"], ["1"]]
    nothing = {"id": collection.info.id, "filter": {"good": "?"}}
    response = caller.waited({"collection": nothing})
    assert (response.status_code, response.json()["error"]["title"]) == (422, "invalidInput")
    response = caller.post({"input": {"collection": "nowhere"}})
    assert (response.status_code, response.json()["title"]) == (404, "notFound")
    wrong = {"id": collection.info.id, "filter": {"good": {"$near": 1}}}
    assert caller.post({"input": {"collection": wrong}}).json()["title"] == "invalidInput"


def test_answers_are_plain_json(caller: Caller, web: Web) -> None:
    response = caller.waited({"urls": web.colours("red"), "totalGroups": 1})
    assert response.headers["content-type"].startswith("application/json")
    assert json.loads(response.content)["status"] == "completed"
