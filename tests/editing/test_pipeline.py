"""Edits from bytes to bytes, with the bundled tools."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from photomill.components.output import Avif, Format, Jpeg, Output, Png, Tiff, Webp
from photomill.editing.parameters import Hdr, Sharpness, Tone
from photomill.editing.request import (
    Background,
    Bounds,
    Cover,
    Crop,
    Fit,
    FocalPoint,
    OnCanvas,
    Padding,
    Percent,
    Pixels,
    Resizing,
)
from photomill.editing.results import Edited
from photomill.errors import ImageUnreadable, InvalidInput

from .conftest import opened, photo

Edit = Callable[..., Edited]
TEN_PERCENT = Padding(*[Percent(10)] * 4)


def to(width: int, height: int, fit: Fit) -> Resizing:
    return Resizing(Pixels(width), Pixels(height), fit=fit)


def test_nothing_asked_for_converts_to_jpeg(edit: Edit) -> None:
    edited = edit(photo(form="PNG"))
    assert (edited.input.format, edited.output.format) == ("png", "jpeg")
    assert opened(edited).size == (320, 240) == (edited.output.width, edited.output.height)
    assert edited.input.megapixels == pytest.approx(0.0768)


@pytest.mark.parametrize(
    ("fit", "size"),
    [
        (Crop(), (100, 100)),
        (Crop("smart"), (100, 100)),
        (Crop("face"), (100, 100)),
        (Crop(focal_point=FocalPoint(0.9, 0.1)), (100, 100)),
        (Cover(), (133, 100)),
        (Bounds(), (100, 75)),
        (OnCanvas(), (100, 100)),
    ],
)
def test_every_fit_gives_its_size(edit: Edit, fit: Fit, size: tuple[int, int]) -> None:
    assert opened(edit(photo(), resizing=to(100, 100, fit))).size == size


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "AVIF"])
@pytest.mark.parametrize("output", [Jpeg(), Png(), Webp(), Avif(), Tiff()])
def test_every_format_goes_into_every_format(edit: Edit, form: str, output: Format) -> None:
    edited = edit(photo(form=form), output=Output(output), resizing=to(64, 64, Bounds()))
    assert edited.input.format == form.lower()
    assert edited.output.format == type(output).__name__.lower()
    assert opened(edited).size == (64, 48)


def test_the_focal_point_is_kept(edit: Edit) -> None:
    pixels = np.zeros((100, 400, 3), np.uint8)
    pixels[:, 300:] = 255
    edited = edit(
        png(pixels),
        resizing=to(100, 100, Crop(focal_point=FocalPoint(1, 0.5))),
        output=Output(Png()),
    )
    assert np.asarray(opened(edited)).min() == 255


def test_the_ground_is_white_or_of_the_colour_asked_for(edit: Edit) -> None:
    wide = to(300, 300, OnCanvas())
    white = np.asarray(opened(edit(photo(), resizing=wide, output=Output(Png()))))
    assert (white[0] == 255).all()
    red = np.asarray(
        opened(
            edit(
                photo(),
                resizing=wide,
                output=Output(Png()),
                background=Background(colour="#ff0000"),
            )
        )
    )
    assert (red[0] == [255, 0, 0]).all()
    assert red.shape[2] == 3


def test_the_ground_is_transparent_where_the_picture_was_or_somebody_wants_it(edit: Edit) -> None:
    request = {"resizing": to(300, 300, OnCanvas()), "output": Output(Png())}
    original = edit(photo(form="PNG", mode="RGBA"), **request)
    wanted = edit(photo(), **request, background=Background(colour="transparent"))
    for edited in (original, wanted):
        assert np.asarray(opened(edited))[0, :, 3].max() == 0


def test_transparent_parts_are_white_where_the_format_has_none(edit: Edit) -> None:
    clear = np.zeros((20, 20, 4), np.uint8)
    for wish in (None, "transparent"):
        edited = edit(png(clear), background=Background(colour=wish))
        assert np.asarray(opened(edited)).min() == 255
    green = edit(png(clear), background=Background(colour="#00ff00"), output=Output(Png()))
    assert (np.asarray(opened(green)) == [0, 255, 0]).all()


def test_padding_keeps_the_size_and_bounds_shrink_to_it(edit: Edit) -> None:
    padded = edit(photo(), padding=TEN_PERCENT, output=Output(Png()))
    pixels = np.asarray(opened(padded))
    assert pixels.shape[:2] == (240, 320)
    assert (pixels[:24] == 255).all()
    assert (pixels[:, -32:] == 255).all()
    assert opened(edit(photo(), padding=TEN_PERCENT, resizing=to(200, 200, Bounds()))).size == (
        200,
        160,
    )


def test_adjustments_run_in_the_order_of_the_pipeline(edit: Edit) -> None:
    edited = edit(
        photo(),
        sharpness=Sharpness(20),
        tone=Tone(10, 10, 10),
        hdr=Hdr(30),
        resizing=to(100, 100, OnCanvas()),
    )
    assert [run.operation for run in edited.profiling.operations] == [
        "adjustments.hdr",
        "adjustments.tone",
        "resizing",
        "canvas",
        "adjustments.sharpness",
        "encode",
    ]
    assert all(run.engine and run.seconds >= 0 for run in edited.profiling.operations)


def test_the_same_edit_gives_the_same_bytes(edit: Edit) -> None:
    request = {"tone": Tone(10, 10, 10), "hdr": Hdr(50), "resizing": to(99, 77, Crop("smart"))}
    assert edit(photo(), **request).data == edit(photo(), **request).data


def test_orientation_is_applied_before_anything_else(edit: Edit) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    edited = edit(photo((320, 240), exif=exif), resizing=to(60, 80, Bounds()))
    assert (edited.input.width, edited.input.height) == (240, 320)
    assert opened(edited).size == (60, 80)
    assert not opened(edited).getexif().get(0x0112)


@pytest.mark.parametrize("speed", ["precise", "fast"])
def test_a_large_photo_is_shrunk_on_load_at_its_true_geometry(edit: Edit, speed: str) -> None:
    edited = edit(
        photo((4001, 3001)), speed=speed, resizing=to(100, 100, Crop()), tone=Tone(exposure=5)
    )
    assert (edited.input.width, edited.input.height) == (4001, 3001)
    assert opened(edited).size == (100, 100)


def test_damage_found_while_writing_is_the_pictures_fault(edit: Edit) -> None:
    whole = photo((800, 600))
    with pytest.raises(ImageUnreadable):
        edit(whole[: len(whole) // 2], resizing=to(100, 100, Bounds()))


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        ({"resizing": to(100_000, 10, Crop())}, "resizing"),
        ({"resizing": to(16_000, 16_000, OnCanvas())}, "resizing"),
        ({"resizing": Resizing(Pixels(16_384), fit=Cover())}, "resizing"),
        ({"padding": Padding(*[Pixels(161)] * 4)}, "padding"),
        ({"extensions": {"no.such": {}}}, "extensions.no.such"),
        (
            {"extensions": {"adjustments.hdr": {"intensity": 101}}},
            "extensions.adjustments.hdr.intensity",
        ),
    ],
)
def test_what_does_not_fit_the_picture_is_refused(
    edit: Edit, request_: dict[str, object], path: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        edit(photo((320, 4000)), **request_)
    assert refused.value.path == path


def png(pixels: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


# ---------------------------------------------------------------- what is cut away on the way counts for nothing


@pytest.mark.parametrize("size", [(10, 4000), (20_000, 30), (1, 3000), (60_000, 2)])
@pytest.mark.parametrize(
    "crop", [Crop(), Crop("smart"), Crop("face"), Crop(focal_point=FocalPoint(0.9, 0.9))]
)
def test_a_crop_of_a_long_strip_is_no_larger_than_what_is_asked_for(
    edit: Edit, size: tuple[int, int], crop: Crop
) -> None:
    data = photo(size, "PNG")
    edited = edit(data, resizing=Resizing(Pixels(100), Pixels(90), fit=crop))
    assert opened(edited).size == (100, 90)


def test_a_crop_that_is_cut_first_looks_like_one_that_is_scaled_first(edit: Edit) -> None:
    data = photo((60, 400), "PNG")
    for point in (None, FocalPoint(0.5, 0.0), FocalPoint(0.5, 0.77), FocalPoint(0.5, 1.0)):
        fit = Crop(focal_point=point)
        cropped = opened(
            edit(
                data,
                resizing=Resizing(Pixels(250), Pixels(180), fit=fit),
                output=Output(format=Png()),
            )
        )
        whole = opened(
            edit(data, resizing=Resizing(Pixels(250), fit=Cover()), output=Output(format=Png()))
        )
        middle = (0.5 if point is None else point.y) * whole.height
        top = min(max(round(middle - 90), 0), whole.height - 180)
        expected = np.asarray(whole.convert("RGB"), np.int64)[top : top + 180]
        assert np.abs(np.asarray(cropped.convert("RGB"), np.int64) - expected).mean() < 2


@pytest.mark.parametrize("size", [(17_000, 40), (30, 20_000)])
@pytest.mark.parametrize(
    "request_", [{}, {"tone": Tone(contrast=20)}, {"sharpness": Sharpness(20)}, {"hdr": Hdr(20)}]
)
def test_a_size_that_nobody_asked_for_is_not_held_against_a_request(
    edit: Edit, size: tuple[int, int], request_: dict[str, object]
) -> None:
    edited = edit(photo(size), output=Output(format=Jpeg()), **request_)
    assert opened(edited).size == size


def test_a_result_that_is_too_large_is_named_by_what_was_sent(edit: Edit) -> None:
    with pytest.raises(InvalidInput) as caught:
        edit(photo((10, 4000)), resizing=Resizing(Pixels(100), fit=Cover()))
    assert caught.value.path == "resizing"
    assert "100 x 40000 pixels are asked for" in str(caught.value)
