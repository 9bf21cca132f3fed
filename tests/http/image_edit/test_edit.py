"""Edits whose result is waited for."""

import io
import logging
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, JpegImagePlugin

from photomill_http.logs import JsonFormatter

from .conftest import picture

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


def _described() -> bytes:
    """An image that says who made it and where."""
    exif = Image.Exif()
    exif[0x8298] = "(c) Ann"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (48.0, 12.0, 0.0)
    exif[0x8825] = place
    file = io.BytesIO()
    Image.open(io.BytesIO(picture())).save(file, "JPEG", exif=exif.tobytes())
    return file.getvalue()


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "tiff"])
@pytest.mark.parametrize(
    ("keep", "owner", "place"),
    [
        (True, True, True),
        (["copyright"], True, False),
        (["gps"], False, True),
        (False, False, False),
    ],
)
def test_metadata_that_are_kept(api: Any, format: str, keep: Any, owner: bool, place: bool) -> None:
    output = {"format": format, "metadata": {"keep": keep}}
    result = _result(api, api.edit(api.write("a.jpg", _described()), output=output))
    exif = result.getexif()
    assert (exif.get(0x8298) == "(c) Ann", bool(exif.get_ifd(0x8825))) == (owner, place)


def test_metadata_that_there_are_none_of(api: Any) -> None:
    body = {
        "input": api.write("a.png"),
        "operations": {},
        "output": {"format": "jpeg", "metadata": {"keep": ["everything"]}},
    }
    status, code, message = api.refusal("POST", "/image/edit", json=body)
    assert (status, code) == (422, "9000")
    assert "output.metadata.keep" in message


def test_the_subsampling_of_colours(api: Any) -> None:
    for subsampling, wanted in (("4:4:4", 0), ("4:2:0", 2)):
        output = {"format": {"type": "jpeg", "subsampling": subsampling}}
        result = _result(api, api.edit(api.write("a.png"), output=output))
        assert JpegImagePlugin.get_sampling(result) == wanted


def test_the_originals_own_alpha_is_the_mask(api: Any) -> None:
    """One that no search for an object would find: the left half."""
    pixels = Image.open(io.BytesIO(picture())).convert("RGBA")
    alpha = Image.new("L", pixels.size, 0)
    alpha.paste(255, (0, 0, 30, 40))
    pixels.putalpha(alpha)
    file = io.BytesIO()
    pixels.save(file, "PNG")
    uri = api.write("a.png", file.getvalue())
    remove = {"remove": {"clipping": True}, "use_original_alpha": True, "color": "transparent"}
    result = _result(api, api.edit(uri, {"background": remove}, output={"format": "png"}))
    assert result.size == (30, 40), "as large as the object"
    assert result.getchannel("A").getextrema() == (255, 255)


def _result(api: Any, data: Any) -> Any:
    return api.fetched(data["output"]["tmp_url"])
