"""The rows of the contract's tables that a client sees: sizes, paddings, outputs."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("source", "wanted", "fit", "expected"),
    [
        ((1600, 900), (800, 800), "crop", (800, 800)),
        ((1600, 900), (800, 800), "cover", (1422, 800)),
        ((1600, 900), (800, 800), "bounds", (800, 450)),
        ((1600, 900), (800, 800), "canvas", (800, 800)),
        ((900, 1600), (800, 600), "crop", (800, 600)),
        ((900, 1600), (800, 600), "cover", (800, 1422)),
        ((900, 1600), (800, 600), "bounds", (338, 600)),
        ((900, 1600), (800, 600), "canvas", (800, 600)),
        ((200, 200), (1000, 500), "crop", (1000, 500)),
        ((200, 200), (1000, 500), "cover", (1000, 1000)),
        ((200, 200), (1000, 500), "bounds", (500, 500)),
        ((200, 200), (1000, 500), "canvas", (1000, 500)),
        ((200, 200), (1000, None), "crop", (1000, 1000)),
        ((200, 200), ("50%", "50%"), "crop", (100, 100)),
        ((200, 100), ("50%", "auto"), "bounds", (100, 50)),
        ((200, 100), ("auto", "auto"), "crop", (200, 100)),
        ((200, 100), (100, 100), {"type": "outpaint"}, (100, 100)),
        ((200, 100), (100, 100), {"type": "crop", "crop": "smart"}, (100, 100)),
        ((200, 100), (100, 100), {"crop": "smart"}, (100, 100)),
    ],
)
def test_sizes(
    api: Any, make_picture: Any, source: Any, wanted: Any, fit: Any, expected: tuple[int, int]
) -> None:
    uri = api.write("sized.jpg", make_picture(form="JPEG", size=source))
    width, height = wanted
    resizing = {"width": width, "height": height, "fit": fit}
    output = api.edit(uri, {"resizing": resizing})["output"]
    assert (output["width"], output["height"]) == expected


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ({"padding": "30%", "resizing": {"width": 100, "height": 80}}, (100, 80)),
        ({"padding": "5% 15%", "resizing": {"width": 100, "height": 80}}, (100, 80)),
        ({"padding": "0px 40px 0px 0px", "resizing": {"width": 100, "height": 100}}, (100, 100)),
        ({"padding": "10px"}, (200, 100)),
        ({"background": {"color": "#ff0000"}, "padding": "10%"}, (200, 100)),
    ],
)
def test_paddings(
    api: Any, make_picture: Any, operations: dict[str, Any], expected: tuple[int, int]
) -> None:
    uri = api.write("padded.png", make_picture(size=(200, 100)))
    output = api.edit(uri, operations)["output"]
    assert (output["width"], output["height"]) == expected


@pytest.mark.parametrize("padding", ["50%", "101px", "10", "5% 5% 5%", "10px 5%", "-5%"])
def test_paddings_that_leave_nothing_or_say_nothing(api: Any, padding: str) -> None:
    body = {"input": api.write("padded.png"), "operations": {"padding": padding}}
    response = api.call("POST", "/image/edit", json=body)
    assert response.status_code == 422
    assert list(response.json()["error_details"]) == ["operations.padding"]


@pytest.mark.parametrize(
    "resizing",
    [
        {"width": "50%", "height": 100},
        {"width": "50%", "height": "40%"},
        {"width": 0},
        {"width": "0%"},
        {"width": "wide"},
        {"width": -5},
        {"fit": "stretch"},
        {"fit": {"type": "outpaint", "feathering": "15"}},
        {"fit": {"type": "outpaint", "outpaint_by": "10"}},
    ],
)
def test_sizes_that_are_refused(api: Any, resizing: dict[str, Any]) -> None:
    body = {"input": api.write("a.png"), "operations": {"resizing": resizing}}
    response = api.call("POST", "/image/edit", json=body)
    assert (response.status_code, response.json()["error_code"]) == (422, "9000")
    assert all(path.startswith("operations.resizing") for path in response.json()["error_details"])


@pytest.mark.parametrize(
    "operations",
    [
        {"restorations": {"decompress": "moderate"}},
        {"restorations": {"decompress": "strong"}},
        {"restorations": {"decompress": "auto"}},
        {"restorations": {"polish": True}},
        *[
            {"restorations": {"upscale": upscale}, "resizing": {"width": "200%"}}
            for upscale in (
                "smart_enhance",
                "smart_resize",
                "faces",
                "digital_art",
                "photo",
                {"type": "photo", "version": "2"},
            )
        ],
        {"adjustments": {"hdr": 50, "exposure": 10, "saturation": -20, "contrast": 5}},
        {"adjustments": {"hdr": {"intensity": 30, "stitching": True}, "sharpness": 20}},
        {"background": {"remove": True, "color": "transparent"}},
        {"background": {"remove": {"clipping": True, "category": "products"}}},
        {"background": {"blur": {"type": "lens", "level": "high"}}},
        {"background": {"remove": True, "blur": True}},
        {"privacy": {"blur_car_plate": True, "identity_crop": True}},
        {"resizing": {"fit": {"type": "outpaint", "outpaint_by": "10px", "feathering": "0%"}}},
    ],
    ids=str,
)
def test_every_operation(api: Any, make_picture: Any, operations: dict[str, Any]) -> None:
    uri = api.write("any.jpg", make_picture(form="JPEG", size=(96, 64), seed=3))
    answer = api.edit(uri, operations, output="storage://results/any/")
    assert answer["profiling"]["operations"]
    assert api.result("any/any.jpg").size == (
        answer["output"]["width"],
        answer["output"]["height"],
    )


@pytest.mark.parametrize(
    ("wanted", "mode"),
    [("RGB", "RGB"), ("CMYK", "CMYK"), ({"type": "CMYK", "color_profile": "ISO_Coated"}, "CMYK")],
)
@pytest.mark.parametrize("format", ["jpeg", "tiff"])
def test_colour_spaces(api: Any, wanted: Any, mode: str, format: str) -> None:
    output = {
        "format": format,
        "metadata": {"color_space": wanted, "dpi": 200},
        "destination": "storage://results/",
    }
    api.edit(api.write("colour.png"), output=output)
    assert api.result(f"colour.{format}").mode == mode


def test_style_of_another_picture(api: Any, make_picture: Any) -> None:
    reference = api.write("style.png", make_picture(seed=9))
    style = {"style_reference_image": reference, "style_strength": 0.5}
    answer = api.edit(api.write("a.png"), {"generative": {"style_transfer": style}})
    names = [run["operation"] for run in answer["profiling"]["operations"]]
    assert any("style" in name for name in names)
