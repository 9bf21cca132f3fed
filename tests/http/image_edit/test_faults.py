"""What everything that goes wrong is called: bodies, parameters, images, storages."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

import pytest

Json = dict[str, Any]


# ---------------------------------------------------------------- bodies


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "1000"),
        (b"\xff", 400, "1000"),
        (b'{"input": ' + 200 * b"[" + 200 * b"]" + b"}", 400, "1000"),
        (b"[]", 422, "9000"),
        (b"null", 422, "9000"),
        (b"", 422, "9000"),
    ],
)
@pytest.mark.parametrize("path", ["/image/edit", "/image/edit/async", "/image/edit/batch"])
def test_bodies(api: Any, path: str, body: bytes, status: int, code: str) -> None:
    assert api.refusal("POST", path, content=body)[:2] == (status, code)


def test_a_body_that_is_too_large(make_api: Callable[..., Any]) -> None:
    api = make_api(edit_body_limit=100)
    body = {"input": "https://a.example/" + 200 * "x", "operations": {}}
    assert api.refusal("POST", "/image/edit", json=body)[:2] == (422, "5003")


# ---------------------------------------------------------------- parameters

_URI = "https://photos.example/a.jpg"


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({}, {"input": ["field required"], "operations": ["field required"]}),
        (
            {"input": _URI, "operations": {}, "size": 1},
            {"size": ["extra fields not permitted"]},
        ),
        (
            {"input": None, "operations": None},
            {
                "input": ["none is not an allowed value"],
                "operations": ["none is not an allowed value"],
            },
        ),
        ({"input": "a.jpg", "operations": {}}, {"input": ["invalid or missing URL scheme"]}),
        (
            {"input": "data:image/png;base64,AAAA", "operations": {}},
            {"input": ["invalid or missing URL scheme"]},
        ),
        (
            {"input": "storage://a b/im.jpg", "operations": {}},
            {"input": ["URL invalid, extra characters found after valid URL: ' b/im.jpg'"]},
        ),
        (
            {"input": _URI, "operations": {"adjustments": {"hdr": 101, "exposure": -101}}},
            {
                "operations.adjustments.hdr": [
                    "ensure this value is less than or equal to 100",
                    "value is not a valid dict",
                ],
                "operations.adjustments.exposure": [
                    "ensure this value is greater than or equal to -100"
                ],
            },
        ),
        (
            {"input": _URI, "operations": {"restorations": {"upscale": "x"}}},
            {
                "operations.restorations.upscale": [
                    "value is not a valid enumeration member; permitted: 'smart_enhance', "
                    "'smart_resize', 'faces', 'digital_art', 'photo'",
                    "value is not a valid dict",
                ]
            },
        ),
        (
            {"input": _URI, "operations": {"restorations": {"decompress": "much"}}},
            {
                "operations.restorations.decompress": [
                    "value is not a valid enumeration member; permitted: 'moderate', 'strong', "
                    "'auto'"
                ]
            },
        ),
        (
            {
                "input": _URI,
                "operations": {"background": {"remove": {"selective": {"object_to_keep": "a"}}}},
            },
            {
                "operations.background.remove": ["value could not be parsed to a boolean"],
                "operations.background.remove.selective.object_to_keep": [
                    "ensure this value has at least 3 characters"
                ],
            },
        ),
    ],
)
@pytest.mark.parametrize("path", ["/image/edit", "/image/edit/async"])
def test_parameters(api: Any, path: str, body: Json, details: Json) -> None:
    response = api.call("POST", path, json=body)
    assert response.status_code == 422
    error = response.json()
    assert (error["error_code"], error["error_type"]) == ("9000", "validation")
    assert error["error_details"] == details
    sentences = [f"{path}: {text}." for path, texts in details.items() for text in texts]
    assert error["error_message"] == " ".join(sentences)


def test_what_does_not_fit_the_picture(api: Any) -> None:
    body = {"input": api.write("a.png"), "operations": {"padding": "40px"}}
    response = api.call("POST", "/image/edit", json=body)
    assert response.status_code == 422
    assert list(response.json()["error_details"]) == ["operations.padding"]


def test_a_result_that_is_too_large(api: Any) -> None:
    operations = {"resizing": {"width": 100_000, "height": 100_000, "fit": "canvas"}}
    body = {"input": api.write("a.png"), "operations": operations}
    response = api.call("POST", "/image/edit", json=body)
    assert response.status_code == 422
    assert list(response.json()["error_details"]) == ["operations.resizing"]


# ---------------------------------------------------------------- images and storages


@pytest.mark.parametrize(
    ("uri", "status", "code"),
    [
        ("storage://originals/gone.png", 400, "4001"),
        ("storage://nowhere/a.png", 400, "4001"),
        ("storage://originals/%2e%2e/secret.png", 422, "5001"),
        ("http://127.0.0.1:9/a.png", 422, "5001"),
        ("http://169.254.169.254/latest/meta-data", 422, "5001"),
    ],
)
def test_pictures_that_cannot_be_had(api: Any, uri: str, status: int, code: str) -> None:
    body = {"input": uri, "operations": {}}
    assert api.refusal("POST", "/image/edit", json=body)[:2] == (status, code)


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"text", "5002"), (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "5002"), (b"", "5002")],
)
def test_files_that_are_no_pictures(api: Any, data: bytes, code: str) -> None:
    body = {"input": api.write("none.png", data), "operations": {}}
    assert api.refusal("POST", "/image/edit", json=body)[:2] == (422, code)


@pytest.mark.parametrize(
    ("output", "status", "code"),
    [
        ("storage://nowhere/", 404, "4004"),
        ("storage://results/../x.jpg", 422, "9000"),
        ("results/", 422, "9000"),
        ("https://a.example/", 422, "9000"),
        ({"destination": "storage://results/", "format": "gif"}, 422, "9000"),
    ],
)
def test_destinations(api: Any, output: Any, status: int, code: str) -> None:
    body = {"input": api.write("a.png"), "operations": {}, "output": output}
    assert api.refusal("POST", "/image/edit", json=body)[:2] == (status, code)


@pytest.mark.parametrize(
    ("operations", "told"),
    [
        (
            {"generative": {"style_transfer": {"prompt": "as a painting"}}},
            "the prompt was not used",
        ),
        ({"background": {"remove": {"selective": {"object_to_keep": "cup"}}}}, "no text model"),
        ({"background": {"blur": {"selective": {"object_to_keep": "cup"}}}}, "no text model"),
    ],
)
def test_words_that_no_model_understands_are_left_out_with_a_note(
    api: Any, operations: Any, told: str
) -> None:
    if "generative" in operations:
        style = operations["generative"]["style_transfer"]
        style["style_reference_image"] = api.write("style.png")
    answer = api.call(
        "POST", "/image/edit", json={"input": api.write("a.png"), "operations": operations}
    )
    assert answer.status_code == 200
    notes = answer.json()["data"]["profiling"]["notes"]
    assert [note for note in notes if told in note], notes


def test_nothing_internal_is_told(
    api: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError("a secret path")

    monkeypatch.setattr(api.engine.editing, "capabilities", broken)
    with caplog.at_level(logging.ERROR):
        response = api.call("GET", "/capabilities")
    assert (response.status_code, response.json()["error_code"]) == (500, "1500")
    assert "secret" not in response.text
    assert "a secret path" in caplog.text


def test_a_caller_who_goes_away(api: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def receive() -> Json:
        return {"type": "http.disconnect"}

    async def send(_: Any) -> None:
        """Nobody is there."""

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/image/edit",
        "query_string": b"",
        "headers": [(b"authorization", api.headers["Authorization"].encode())],
        "scheme": "http",
        "server": ("testserver", 80),
        "root_path": "",
    }
    with caplog.at_level(logging.WARNING):
        asyncio.run(api.client.app(scope, receive, send))
    assert not caplog.records


def test_results_do_not_stay_for_ever(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    address = api.edit(api.write("a.png"))["output"]["tmp_url"]
    assert api.client.get(address).status_code == 200
    day = api.engine.settings.editing.keep_temporary
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + day + 60)
    response = api.client.get(address)
    assert (response.status_code, response.json()["error_code"]) == (404, "1404")
