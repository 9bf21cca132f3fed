"""Images that are sent along, in the ways that clients in use send them."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

SMALL = {"operations": {"resizing": {"width": 12, "height": 8}}}
PICTURE = ("photo of me.png", "image/png")


@pytest.fixture
def send(api: Any, make_picture: Callable[..., bytes]) -> Callable[..., Any]:
    """Upload an image with these other parts."""

    def upload(files: Any = None, **options: Any) -> Any:
        name, mime = PICTURE
        file = {"file": (name, make_picture(), mime)}
        return api.call("POST", "/image/edit/upload", files={**file, **(files or {})}, **options)

    return upload


def _check(api: Any, response: Any) -> None:
    assert response.status_code == 200, response.text
    output = response.json()["data"]["output"]
    assert output["tmp_url"].endswith("/photo%20of%20me.jpeg")
    assert api.fetched(output["tmp_url"]).size == (12, 8)


def test_data_as_a_part_of_json(api: Any, send: Callable[..., Any]) -> None:
    _check(api, send({"data": (None, json.dumps(SMALL), "application/json")}))


def test_data_as_a_plain_field(api: Any, send: Callable[..., Any]) -> None:
    _check(api, send(data={"data": json.dumps(SMALL)}))


def test_data_as_a_file(api: Any, send: Callable[..., Any]) -> None:
    _check(api, send({"data": ("blob", json.dumps(SMALL), "application/json")}))


@pytest.mark.parametrize("prefix", ["/v1", "/v1-beta1"])
def test_data_before_the_file(api: Any, make_picture: Callable[..., bytes], prefix: str) -> None:
    """As a browser's FormData sends it, part by part."""
    name, mime = PICTURE
    parts: Any = [
        ("data", (None, json.dumps(SMALL))),
        ("file", (name, make_picture(), mime)),
    ]
    request = httpx.Request("POST", "http://testserver", files=parts)
    response = api.client.post(
        f"{prefix}/image/edit/upload",
        content=request.read(),
        headers={**api.headers, "Content-Type": request.headers["Content-Type"]},
    )
    _check(api, response)


@pytest.mark.parametrize("data", ["{}", "", '{"operations": null}'])
def test_no_operations_at_all(send: Callable[..., Any], data: str) -> None:
    answer = send(data={"data": data}).json()["data"]
    assert (answer["output"]["width"], answer["output"]["height"]) == (60, 40)


def test_a_destination(api: Any, send: Callable[..., Any]) -> None:
    send(data={"data": json.dumps({**SMALL, "output": "storage://results/sent/"})})
    assert api.result("sent/photo of me.jpeg").size == (12, 8)


def test_a_picture_back(send: Callable[..., Any]) -> None:
    response = send(data={"data": "{}"}, headers={"Accept": "image/*"})
    assert response.headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("data", "status", "code", "message"),
    [
        ("{", 400, "1000", "not valid JSON"),
        ("[]", 422, "9000", "body: value is not a valid dict."),
        ('{"input": "https://a.example/b"}', 422, "9000", "input: extra fields not permitted."),
        (
            '{"operations": {"padding": "60%"}}',
            422,
            "9000",
            "operations.padding: can not be bigger than half of image width/height.",
        ),
    ],
)
def test_wrong_data(
    send: Callable[..., Any], data: str, status: int, code: str, message: str
) -> None:
    response = send(data={"data": data})
    assert (response.status_code, response.json()["error_code"]) == (status, code)
    assert message in response.json()["error_message"]


def test_parts_that_are_missing(api: Any, send: Callable[..., Any]) -> None:
    response = send()
    assert response.json()["error_details"] == {"data": ["field required"]}
    response = api.call("POST", "/image/edit/upload", files={"data": (None, "{}")})
    assert response.json()["error_details"] == {"file": ["field required"]}
    response = api.call(
        "POST", "/image/edit/upload", files={"data": (None, "{}"), "file": (None, "text")}
    )
    assert (response.status_code, list(response.json()["error_details"])) == (422, ["file"])


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--y\r\nnothing"),
    ],
)
def test_no_form(api: Any, kind: str, body: bytes) -> None:
    headers = {"Content-Type": kind}
    refused = api.refusal("POST", "/image/edit/upload", content=body, headers=headers)
    assert refused[0] in (400, 422)


@pytest.mark.parametrize(
    ("content", "code"), [(b"no image", "5002"), (b"", "5002"), (b"\x89PNG\r\n\x1a\n1", "5005")]
)
def test_no_picture(api: Any, content: bytes, code: str) -> None:
    parts = {"file": ("a.png", content), "data": (None, "{}")}
    status, found, message = api.refusal("POST", "/image/edit/upload", files=parts)
    assert (status, found) == (422, code)
    assert message


def test_too_large(make_api: Callable[..., Any], make_picture: Callable[..., bytes]) -> None:
    api = make_api(edit_body_limit=1000)
    parts: Any = {"file": ("a.png", make_picture() + bytes(2000)), "data": (None, "{}")}
    assert api.refusal("POST", "/image/edit/upload", files=parts)[:2] == (422, "5003")
    request = httpx.Request("POST", "http://testserver", files=parts)
    whole = request.read()
    response = api.client.post(
        "/v1/image/edit/upload",
        content=(whole[start : start + 400] for start in range(0, len(whole), 400)),
        headers={**api.headers, "Content-Type": request.headers["Content-Type"]},
    )
    assert (response.status_code, response.json()["error_code"]) == (422, "5003")
