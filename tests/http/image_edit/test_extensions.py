"""Operations of plugins that are asked for as extensions, or refuse an image in strict mode."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from .conftest import picture


def goods() -> bytes:
    """A red disc off the middle of a white ground."""
    image = Image.new("RGB", (200, 120), "white")
    ImageDraw.Draw(image).ellipse((30, 30, 90, 90), fill="#c01818")
    return saved(image)


def saved(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("extension", "missing"),
    [("privacy.identity_crop", "no face"), ("privacy.blur_car_plate", "no number plate")],
)
def test_in_strict_mode_an_image_in_which_nothing_is_found_is_an_error(
    api: Any, extension: str, missing: str
) -> None:
    uri = api.write("plain.png", picture())
    lenient = {"extensions": {extension: {"enabled": True}}}
    strict = {"extensions": {extension: {"enabled": True, "strict": True}}}
    answer = api.edit(uri, lenient)
    assert api.fetched(answer["output"]["tmp_url"]).size == (60, 40)
    status, code, message = api.refusal(
        "POST", "/image/edit", json={"input": uri, "operations": strict}
    )
    assert status == 422
    assert code
    assert missing in message


def test_a_product_is_set_in_the_middle_of_a_square(api: Any) -> None:
    operations = {
        "background": {"remove": {}},
        "extensions": {"background.product": {"share": 0.5, "shadow": 0, "ground": "#0000ff"}},
    }
    uri = api.write("goods.png", goods())
    answer = api.edit(uri, operations, output={"format": "png"})
    pixels = np.asarray(api.fetched(answer["output"]["tmp_url"]).convert("RGB")).astype(int)
    height, width = pixels.shape[:2]
    assert height == width
    assert abs(height - 122) <= 4
    assert pixels[height // 2, width // 2, 0] > 150
    assert (pixels[:4, :4] == (0, 0, 255)).all()
    red = np.flatnonzero((pixels[:, :, 0] > 100).any(axis=0))
    assert abs(red[0] - (width - 1 - red[-1])) <= 3


def test_the_mask_takes_the_place_of_the_image(api: Any) -> None:
    operations = {
        "background": {"remove": {}},
        "extensions": {"background.mask_image": {"enabled": True}},
    }
    answer = api.edit(api.write("goods.png", goods()), operations, output={"format": "png"})
    mask = np.asarray(api.fetched(answer["output"]["tmp_url"]).convert("L"))
    assert mask.shape == (120, 200)
    assert mask[60, 60] == 255
    assert mask[5, 150] == 0


def test_where_no_subject_is_found_the_notes_say_so_and_the_image_stays(api: Any) -> None:
    operations = {
        "background": {"remove": {}},
        "extensions": {"background.product": {"share": 0.5}},
    }
    uri = api.write("flat.png", saved(Image.new("RGB", (60, 40), "#808080")))
    answer = api.edit(uri, operations, output={"format": "png"})
    assert api.fetched(answer["output"]["tmp_url"]).size == (60, 40)
    notes = answer["profiling"]["notes"]
    assert "no foreground was found: the background stays" in notes
    assert "no foreground was found: there is no product to set on a ground" in notes


def test_a_product_and_a_mask_do_not_go_together(api: Any) -> None:
    operations = {
        "background": {"remove": {}},
        "extensions": {
            "background.product": {"share": 0.5},
            "background.mask_image": {"enabled": True},
        },
    }
    body = {"input": api.write("goods.png", goods()), "operations": operations}
    status, _, message = api.refusal("POST", "/image/edit", json=body)
    assert status == 422
    assert "background.mask_image" in message
