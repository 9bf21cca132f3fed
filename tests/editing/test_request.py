"""Edit requests: the small grammars of lengths, their JSON, and what is said of mistakes."""

from typing import Any

import pytest

from photomill.components.output import Output, Webp
from photomill.editing.request import (
    Background,
    EditRequest,
    Outpainted,
    Padding,
    Percent,
    Pixels,
    Removal,
    Resizing,
    Style,
    parse_side,
)
from photomill.editing.request_json import read_request, request_json
from photomill.errors import InvalidInput
from photomill.sources.source import BytesSource, UriSource

REQUEST = EditRequest(
    resizing=Resizing(Pixels(800), Percent(12.5), fit=Outpainted(by=(Percent(10), Pixels(1e6)))),
    padding=Padding.parse("5% 15%"),
    background=Background(remove=Removal(), colour="#ffffff"),
    style=Style(UriSource("https://photos.example/style.jpg")),
    output=Output(Webp(quality=None), keep_metadata=frozenset({"icc", "exif"})),
    extensions={"overlay.watermark": {"text": "a", "sizes": [1, 2]}},
)


def test_a_request_survives_its_json() -> None:
    assert read_request(request_json(REQUEST)) == REQUEST
    assert request_json(EditRequest()) == {}


def test_names_stand_for_fits_and_formats() -> None:
    asked = read_request({"resizing": {"fit": "outpaint"}, "output": {"format": "webp"}})
    assert asked == EditRequest(resizing=Resizing(fit=Outpainted()), output=Output(Webp()))


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ({"padding": "10pxx"}, "padding", "expected lengths like 10%, 5% 15% or"),
        ({"padding": "9" * 4000 + "px"}, "padding", "expected lengths like"),
        ({"padding": "1% 2% 3%"}, "padding", "expected lengths like"),
        ({"resizing": {"width": "0%"}}, "resizing.width", "expected 1 to 1000000 pixels"),
        ({"resizing": {"width": 0}}, "resizing.width", "expected 1 to 1000000 pixels"),
        ({"resizing": {"width": 1_000_001}}, "resizing.width", "expected 1 to 1000000 pixels"),
        ({"resizing": {"fit": "full"}}, "resizing.fit", "expected one of 'crop', 'cover'"),
        ({"resizing": {"fit": {"type": "crop", "mode": 1}}}, "resizing.fit.mode", "expected one"),
        ({"tone": {"exposure": 101}}, "tone.exposure", "expected at most 100, got 101"),
        ({"background": {"colour": "red"}}, "background.colour", "expected a colour like"),
        ({"operations": {}}, "operations", "unknown key"),
        ([], "", "expected an object, got []"),
    ],
)
def test_a_mistake_is_said_with_its_path(document: Any, path: str, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_request(document)
    assert refused.value.path == path
    assert refused.value.message.startswith(message)
    assert len(str(refused.value)) < 300


def test_every_mistake_is_said() -> None:
    with pytest.raises(InvalidInput, match=r"(?s)padding: expected .*; speed: expected one of"):
        read_request({"padding": "x", "speed": "slow"})


def test_bytes_cannot_be_stored_as_the_reference_of_a_style() -> None:
    with pytest.raises(InvalidInput) as refused:
        request_json(EditRequest(style=Style(BytesSource(b""))))
    assert refused.value.path == "style.reference"


@pytest.mark.parametrize("text", ["x", "-5", "5px", "٣", "1e3", "0", "%", " 5", "5.5"])
def test_a_side_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected 1 to 1000000 pixels"):
        parse_side(text)
