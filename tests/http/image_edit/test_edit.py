"""Edits whose result is waited for."""

import io
import logging
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from photomill_http.logs import JsonFormatter

SMALL = {"resizing": {"width": 12, "height": 8}}
PREFIXES = ["/v1", "/v1-beta1"]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_answer_of_an_edit(api: Any, prefix: str) -> None:
    uri = api.write("a.png")
    body = {"input": uri, "operations": SMALL}
    response = api.client.post(f"{prefix}/image/edit", json=body, headers=api.headers)
    assert response.status_code == 200, response.text
    answer = response.json()["data"]
    assert answer["input"] == {
        "ext": "png",
        "mps": 0.0024,
        "mime": "image/png",
        "format": "PNG",
        "width": 60,
        "height": 40,
    }
    address = answer["output"].pop("tmp_url")
    assert answer["output"] == {
        "ext": "jpeg",
        "mps": 0.000096,
        "mime": "image/jpeg",
        "format": "JPEG",
        "width": 12,
        "height": 8,
    }
    assert address.startswith("http://testserver/v1/image/results/")
    assert address.endswith("/a.jpeg")
    operations = [run["operation"] for run in answer["profiling"]["operations"]]
    assert "resizing" in operations
    edited = api.fetched(address)
    assert (edited.format, edited.size) == ("JPEG", (12, 8))


@pytest.mark.parametrize("prefix", PREFIXES)
def test_one_side_given_keeps_the_proportions(api: Any, prefix: str, make_picture: Any) -> None:
    uri = api.write("square.png", make_picture(size=(20, 20)))
    body = {"input": uri, "operations": {"resizing": {"width": 100}}}
    answer = api.client.post(f"{prefix}/image/edit", json=body, headers=api.headers).json()
    output = answer["data"]["output"]
    assert (output["width"], output["height"]) == (100, 100)


@pytest.mark.parametrize(
    ("format", "mime"),
    [
        ("jpeg", "image/jpeg"),
        ("png", "image/png"),
        ("webp", "image/webp"),
        ("avif", "image/avif"),
        ("tiff", "image/tiff"),
        ({"type": "jpeg", "quality": 50, "progressive": False}, "image/jpeg"),
        ({"type": "png", "compression": "fast"}, "image/png"),
        ({"type": "webp", "compression": {"type": "lossy", "quality": 40}}, "image/webp"),
        ({"type": "tiff", "compression": "lossy"}, "image/tiff"),
    ],
)
def test_formats(api: Any, format: Any, mime: str) -> None:
    answer = api.edit(api.write("a.png"), SMALL, output={"format": format})
    name = mime.removeprefix("image/")
    assert answer["output"]["mime"] == mime
    assert (answer["output"]["ext"], answer["output"]["format"]) == (name, name.upper())
    response = api.client.get(answer["output"]["tmp_url"])
    assert response.headers["content-type"] == mime
    assert response.headers["x-content-type-options"] == "nosniff"
    assert int(response.headers["content-length"]) == len(response.content)


@pytest.mark.parametrize("output", ["storage://results/", "storage://results/deep/one.jpg"])
def test_a_destination(api: Any, output: str) -> None:
    answer = api.edit(api.write("to.png"), SMALL, output=output)
    key = {"storage://results/": "to.jpeg"}.get(output, "deep/one.jpg")
    expected = {"object_key": key, "claid_storage_uri": f"storage://results/{key}"}
    assert expected.items() <= answer["output"].items()
    assert "tmp_url" not in answer["output"]
    assert api.result(key).size == (12, 8)


def test_a_destination_and_a_format(api: Any) -> None:
    output = {"format": "png", "destination": "storage://results/", "metadata": {"dpi": 300}}
    api.edit(api.write("dense.png"), SMALL, output=output)
    assert api.result("dense.png").info["dpi"] == pytest.approx((300, 300), abs=0.1)


@pytest.mark.parametrize("accept", ["image/*", "image/webp", "IMAGE/*, application/json;q=0.5"])
def test_bytes_for_those_who_ask_for_a_picture(api: Any, accept: str) -> None:
    body = {"input": api.write("a.png"), "operations": SMALL, "output": {"format": "webp"}}
    response = api.call("POST", "/image/edit", json=body, headers={"Accept": accept})
    assert response.headers["content-type"] == "image/webp"
    assert Image.open(io.BytesIO(response.content)).size == (12, 8)


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html, image/webp"])
def test_json_for_all_others(api: Any, accept: str) -> None:
    body = {"input": api.write("a.png"), "operations": {}}
    response = api.call("POST", "/image/edit", json=body, headers={"Accept": accept})
    assert response.headers["content-type"].startswith("application/json")


def test_results_are_not_guessed(api: Any) -> None:
    first, second = (api.edit(api.write("a.png"))["output"]["tmp_url"] for _ in range(2))
    assert first != second
    secret = first.split("/")[-2]
    assert len(secret) >= 32
    for address in ("/v1/image/results/", "/v1/image/results/a.jpeg", first + "x", secret):
        assert api.client.get(address).status_code == 404
    for escape in ("/v1/image/results/..%2f..%2fcatalog.db", "/v1/image/results/%2fetc%2fpasswd"):
        assert api.client.get(escape).status_code == 404


def test_what_leads_to_results_is_not_logged(api: Any, caplog: pytest.LogCaptureFixture) -> None:
    address = api.edit(api.write("a.png"))["output"]["tmp_url"]
    with caplog.at_level(logging.DEBUG):
        assert api.client.get(address).status_code == 200
    lines = [
        JsonFormatter().format(line) for line in caplog.records if line.name.startswith("photomill")
    ]
    assert lines
    assert not any(address.split("/")[-2] in line for line in lines)


def test_links_lead_where_the_configuration_says(make_api: Callable[..., Any]) -> None:
    api = make_api(public_url="https://photos.example/mill/")
    address = api.edit(api.write("a.png"))["output"]["tmp_url"]
    assert address.startswith("https://photos.example/mill/v1/image/results/")


def test_null_is_as_good_as_nothing(api: Any) -> None:
    operations = {"resizing": None, "restorations": {"upscale": None}, "padding": None}
    answer = api.edit(api.write("a.png"), operations, output=None)
    assert (answer["output"]["width"], answer["output"]["format"]) == (60, "JPEG")
