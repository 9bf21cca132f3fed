"""The inks of a CMYK original stay as they are where nothing asks for colours."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import pyvips
from PIL import Image, ImageCms

from photomill.components.output import Format, Jpeg, Output, Png, Tiff, Webp
from photomill.editing.parameters import Tone
from photomill.editing.request import (
    Background,
    Bounds,
    Crop,
    FocalPoint,
    OnCanvas,
    Padding,
    Percent,
    Pixels,
    Resizing,
)
from photomill.editing.results import Edited

from .conftest import opened

Edit = Callable[..., Edited]
OWN = bytes(pyvips.Operation.call("profile_load", "cmyk"))
"""Of a press; some hundred kB, as such profiles are."""


def inks(width: int = 80, height: int = 60) -> Any:
    """A black bar, 100 % of black ink alone, beside patches of single inks."""
    picture = np.zeros((height, width, 4), np.uint8)
    picture[20:40, 20:60, 3] = 255
    for channel in range(3):
        picture[2:12, 5 + 20 * channel : 20 + 20 * channel, channel] = 255
    return picture


def encoded(picture: Any, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture, "CMYK").save(file, form, **options)
    return file.getvalue()


PROFILES = pytest.mark.parametrize("profile", [b"", OWN], ids=["no profile", "own profile"])


@PROFILES
@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_not_an_ink_is_changed_without_an_operation(edit: Edit, form: str, profile: bytes) -> None:
    data = encoded(
        inks(), form, icc_profile=profile, **({"quality": 100} if form == "JPEG" else {})
    )
    result = opened(edit(data, output=Output(Tiff())))
    assert result.mode == "CMYK"
    with Image.open(io.BytesIO(data)) as original:
        assert np.array_equal(np.asarray(result), np.asarray(original))


@PROFILES
@pytest.mark.parametrize("output", [Jpeg(), Jpeg(70), Tiff(), Tiff(80)], ids=str)
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"resizing": Resizing(Pixels(40))},
        {"resizing": Resizing(Pixels(160))},
        {"resizing": Resizing(Pixels(40), Pixels(40), fit=Crop())},
        {"resizing": Resizing(Pixels(50), Pixels(50), fit=Crop(focal_point=FocalPoint(0.5, 0.5)))},
        {"resizing": Resizing(Pixels(100), Pixels(100), fit=OnCanvas())},
        {"padding": Padding(*[Percent(5)] * 4), "resizing": Resizing(Pixels(80), fit=Bounds())},
    ],
)
def test_black_ink_stays_alone(
    edit: Edit, asked: dict[str, Any], output: Format, profile: bytes
) -> None:
    edited = edit(encoded(inks(), "TIFF", icc_profile=profile), output=Output(output), **asked)
    result = opened(edited)
    assert result.mode == "CMYK"
    middle = result.getpixel((result.width // 2, result.height // 2))
    assert isinstance(middle, tuple)
    assert max(middle[:3]) < 8
    assert middle[3] > 245
    corner = result.getpixel((0, 0))
    assert isinstance(corner, tuple)
    assert max(corner) < 20, "paper"
    assert (result.info.get("icc_profile") or b"") == profile
    assert not edited.profiling.notes
    if not profile:
        assert len(edited.data) < 40_000


def test_a_ground_of_a_colour_is_mixed_of_inks(edit: Edit) -> None:
    edited = edit(
        encoded(inks(), "TIFF", icc_profile=OWN),
        output=Output(Tiff()),
        resizing=Resizing(Pixels(100), Pixels(100), fit=OnCanvas()),
        background=Background(colour="#cc3322"),
    )
    result = opened(edited)
    middle = result.getpixel((50, 50))
    assert middle == (0, 0, 0, 255)
    shown = _converted(result, OWN)
    assert np.abs(shown[0, 0].astype(int) - (0xCC, 0x33, 0x22)).max() < 12


def test_colours_are_as_littlecms_makes_them(edit: Edit) -> None:
    soft = np.zeros((60, 80, 4), np.uint8)
    soft[:, :, 0] = np.linspace(0, 200, 80)
    soft[:, :, 1] = np.linspace(0, 150, 60)[:, None]
    soft[:, :, 3] = 30
    data = encoded(soft, "TIFF", icc_profile=OWN)
    wanted = _converted(Image.fromarray(soft, "CMYK"), OWN).astype(int)
    outputs = [Output(Png()), Output(Webp(None)), Output(Tiff(), colour_space="RGB")]
    for output in outputs:
        result = opened(edit(data, output=output))
        assert result.mode == "RGB"
        assert np.abs(np.asarray(result).astype(int) - wanted).mean() < 1, output
        embedded = result.info["icc_profile"]
        assert len(embedded) < 4000, "a small profile of sRGB"


def test_an_operation_on_colours_says_that_inks_change(edit: Edit) -> None:
    data = encoded(inks(), "TIFF")
    edited = edit(data, output=Output(Jpeg()), tone=Tone(20))
    assert opened(edited).mode == "CMYK"
    assert [note for note in edited.profiling.notes if "inks" in note]
    assert not opened(edited).info.get("icc_profile")
    assert not [
        note
        for note in edit(data, output=Output(Png()), tone=Tone(20)).profiling.notes
        if "inks" in note
    ]


def test_a_profile_is_embedded_where_the_output_names_one(edit: Edit) -> None:
    named = Output(Jpeg(), colour_space="CMYK", cmyk_profile="ISO_Coated")
    for data in (encoded(inks(), "TIFF"), encoded(inks(), "TIFF", icc_profile=OWN)):
        assert opened(edit(data, output=named)).info.get("icc_profile")


def test_a_profile_of_another_space_is_none(edit: Edit) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    result = opened(edit(encoded(inks(), "TIFF", icc_profile=srgb), output=Output(Tiff())))
    assert result.mode == "CMYK"
    assert not result.info.get("icc_profile")


def _converted(picture: Image.Image, profile: bytes) -> Any:
    return np.asarray(
        ImageCms.profileToProfile(
            picture,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    )
