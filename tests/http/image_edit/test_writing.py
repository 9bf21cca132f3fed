"""Requests are written as the contract's documents, and read again as they were."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photomill import (
    BytesSource,
    EditRequest,
    Enlargement,
    InvalidInput,
    Outpainted,
    Padding,
    Percent,
    Pixels,
    Removal,
    Resizing,
    Style,
    Tone,
)
from photomill.components.output import Output
from photomill.editing.request import Background
from photomill_http.image_edit.translate import read_edit, read_request
from photomill_http.image_edit.writing import write_edit

from . import documents as schema


@settings(max_examples=150)
@given(schema.operations(), schema.outputs())
def test_whatever_the_contract_says_is_written_and_read_as_it_was(
    operations: object, output: object
) -> None:
    request = read_edit(operations, output).request
    assert read_request(write_edit(request)) == request


_lengths = st.builds(Pixels, st.floats(0, 400)) | st.builds(Percent, st.floats(0, 30))


@settings(max_examples=150)
@given(
    st.builds(
        EditRequest,
        padding=st.none() | st.builds(Padding, _lengths, _lengths, _lengths, _lengths),
        resizing=st.builds(
            Resizing,
            st.none() | st.builds(Pixels, st.integers(1, 5000)),
            fit=st.builds(Outpainted, st.integers(0, 120), st.tuples(_lengths, _lengths)),
        ),
        strict_privacy=st.booleans(),
        tone=st.builds(Tone, st.integers(-100, 100) | st.floats(-100, 100)),
        output=st.builds(Output),
    )
)
def test_what_is_written_is_never_another_edit(request: EditRequest) -> None:
    assert _read_again(request) in (None, request)


def _read_again(request: EditRequest) -> EditRequest | None:
    """What is read of what is written; None where the contract has no words for it."""
    try:
        return read_request(write_edit(request))
    except InvalidInput:
        return None


def test_only_what_is_asked_for_is_written() -> None:
    request = EditRequest(tone=Tone(contrast=30), resizing=Resizing(Pixels(50)))
    assert write_edit(request)["operations"] == {
        "adjustments": {"contrast": 30},
        "resizing": {"width": 50},
    }


def test_an_enlargement_that_is_off_is_none() -> None:
    assert write_edit(EditRequest(upscale=Enlargement("off")))["operations"] == {}


_KEPT = Removal(category="cars", object_to_keep="the red car")


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        (EditRequest(strict_privacy=True), "strict_privacy"),
        (EditRequest(resizing=Resizing(Pixels(12.5))), "resizing"),
        (EditRequest(upscale=Enlargement("faces", 3)), "upscale"),
        (EditRequest(output=Output(cmyk_profile="ISO_Coated")), "output"),
        (EditRequest(style=Style(BytesSource(b"an image"))), "style.reference"),
        (
            EditRequest(background=Background(remove=_KEPT)),
            "operations.background.remove",
        ),
        (
            EditRequest(padding=Padding(Pixels(1), Percent(1), Pixels(1), Pixels(1))),
            "operations.padding",
        ),
    ],
)
def test_what_the_contract_has_no_words_for_is_named(request_: EditRequest, path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        write_edit(request_)
    assert refused.value.path == path
