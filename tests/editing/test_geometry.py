"""Sizes and positions: the documented examples, and the laws behind them."""

from fractions import Fraction

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomill.editing.geometry import CanvasLayout, Placement, Size, Window, place
from photomill.editing.request import (
    Bounds,
    Cover,
    Crop,
    Fit,
    FocalPoint,
    OnCanvas,
    Outpainted,
    Padding,
    Percent,
    Pixels,
    Resizing,
)
from photomill.errors import InvalidInput

FITS: list[Fit] = [Crop(), Cover(), Bounds(), OnCanvas(), Outpainted()]
sides = st.integers(1, 5000)
sizes = st.tuples(sides, sides)


def to(size: Size, fit: Fit, *, enlarge: bool = True) -> Resizing:
    return Resizing(Pixels(size[0]), Pixels(size[1]), fit=fit, enlarge=enlarge)


def placed(source: Size, resizing: Resizing, padding: Padding | None = None) -> Placement:
    return place(source, source, resizing, padding)


def even(text: str) -> Padding:
    margin = Percent(float(text[:-1]))
    return Padding(margin, margin, margin, margin)


@pytest.mark.parametrize(
    ("source", "asked", "crop", "cover", "bounds", "canvas"),
    [
        ((1600, 900), (800, 800), (1422, 800), (1422, 800), (800, 450), (0, 175)),
        ((900, 1600), (800, 600), (800, 1422), (800, 1422), (338, 600), (231, 0)),
        ((200, 200), (1000, 500), (1000, 1000), (1000, 1000), (500, 500), (250, 0)),
    ],
)
def test_the_documented_examples(
    source: Size, asked: Size, crop: Size, cover: Size, bounds: Size, canvas: tuple[int, int]
) -> None:
    cropped = placed(source, to(asked, Crop()))
    assert (cropped.scaled, cropped.size) == (crop, asked)
    assert placed(source, to(asked, Cover())).size == cover
    assert placed(source, to(asked, Bounds())).size == bounds
    on_canvas = placed(source, to(asked, OnCanvas()))
    assert on_canvas.scaled == bounds
    assert on_canvas.canvas == CanvasLayout(*asked, *canvas)


def test_nothing_asked_for_changes_nothing() -> None:
    assert placed((640, 480), Resizing()) == Placement((640, 480))


def test_one_side_of_a_crop_keeps_the_proportions_or_the_other_side() -> None:
    wide = Resizing(width=Pixels(1000))
    source = (200, 200)
    assert place(source, source, wide).size == (1000, 1000)
    assert place(source, source, wide, missing_side="unchanged").size == (1000, 200)
    said_auto = attrs.evolve(wide, height="auto")
    assert place(source, source, said_auto, missing_side="unchanged").size == (1000, 1000)


@pytest.mark.parametrize("fit", [Cover(), Bounds(), OnCanvas(), Outpainted()])
def test_one_side_of_any_other_fit_keeps_the_proportions(fit: Fit) -> None:
    high = Resizing(height=Pixels(300), fit=fit)
    source = (200, 100)
    assert place(source, source, high, missing_side="unchanged").size == (600, 300)


def test_percent_are_of_the_source() -> None:
    half = Resizing(Percent(50), Percent(50))
    assert place((400, 300), (1000, 701), half).size == (500, 351)


def test_percent_padding_is_of_the_output() -> None:
    placement = placed((1000, 800), Resizing(), even("30%"))
    assert placement.scaled == (400, 320)
    assert placement.canvas == CanvasLayout(1000, 800, 300, 240)


def test_pixel_padding_takes_room_from_the_content() -> None:
    room, none = Pixels(400), Pixels(0)
    placement = placed((1000, 1000), Resizing(), Padding(none, none, none, room))
    assert placement.window == Window(600, 1000, 200, 0)
    assert placement.canvas == CanvasLayout(1000, 1000, 400, 0)


def test_bounds_shrink_the_canvas_to_content_and_padding() -> None:
    placement = placed((200, 100), to((500, 500), Bounds()), even("10%"))
    assert placement.scaled == (400, 200)
    assert placement.canvas == CanvasLayout(500, 300, 50, 50)


@pytest.mark.parametrize("text", ["50%", "51%", "99%"])
def test_padding_that_leaves_nothing_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        placed((1000, 800), Resizing(), even(text))
    assert refused.value.path == "padding"


def test_a_side_of_more_than_half_is_refused_though_the_other_has_none() -> None:
    none = Pixels(0)
    with pytest.raises(InvalidInput):
        placed((100, 100), Resizing(), Padding(none, none, none, Pixels(51)))


def test_what_was_clipped_keeps_its_size_without_another_asked_for() -> None:
    assert place((100, 400), (800, 600), Resizing()) == Placement((100, 400))


def test_a_focal_point_stays_in_the_middle_as_far_as_the_picture_reaches() -> None:
    def left(x: float) -> int:
        window = placed((1000, 100), to((100, 100), Crop(focal_point=FocalPoint(x, 0.5)))).window
        assert window is not None
        return window.left

    assert [left(x) for x in (0.0, 0.2, 0.5, 1.0)] == [0, 150, 450, 900]


@pytest.mark.parametrize(("mode", "search"), [("smart", "attention"), ("face", "face")])
def test_the_window_of_a_smart_crop_is_searched_for(mode: str, search: str) -> None:
    crop = Crop(mode="smart") if mode == "smart" else Crop(mode="face")
    assert placed((400, 100), to((100, 100), crop)).window == Window(
        100, 100, search="attention" if search == "attention" else "face"
    )


def test_outpainting_adds_on_each_side() -> None:
    by = Outpainted(by=(Pixels(0), Pixels(1024)))
    placement = placed((512, 512), Resizing(fit=by))
    assert placement.outpaint == CanvasLayout(512, 2560, 0, 1024)
    percent = Outpainted(by=(Percent(25), Percent(10)))
    assert placed((400, 200), Resizing(fit=percent)).size == (600, 240)


def test_outpainting_is_fitted_into_the_size_asked_for() -> None:
    by = Outpainted(by=(Pixels(100), Pixels(0)))
    placement = placed((200, 200), Resizing(width=Pixels(200), fit=by))
    assert placement.scaled == (100, 100)
    assert placement.outpaint == CanvasLayout(200, 100, 50, 0)


def test_nothing_is_outpainted_where_the_proportions_fit() -> None:
    assert placed((400, 200), to((200, 100), Outpainted())).outpaint is None


def test_small_pictures_stay_small_where_nobody_wants_them_enlarged() -> None:
    asked = (800, 600)
    sizes = [placed((200, 200), to(asked, fit, enlarge=False)).size for fit in FITS]
    assert sizes == [(200, 200), (200, 200), (200, 200), asked, asked]


@given(source=sizes, asked=sizes)
def test_no_side_is_ever_short_of_a_pixel(source: Size, asked: Size) -> None:
    for fit in FITS:
        placement = placed(source, to(asked, fit))
        assert min(*placement.scaled, *placement.size) >= 1


@given(source=sizes, asked=sizes)
def test_crops_canvases_and_outpainting_give_exactly_what_is_asked_for(
    source: Size, asked: Size
) -> None:
    for fit in (Crop(), OnCanvas(), Outpainted()):
        assert placed(source, to(asked, fit)).size == asked


@given(source=sizes, asked=sizes)
def test_bounds_fit_inside_and_covers_reach_over(source: Size, asked: Size) -> None:
    inside = placed(source, to(asked, Bounds())).size
    over = placed(source, to(asked, Cover())).size
    assert inside[0] <= asked[0]
    assert inside[1] <= asked[1]
    assert inside[0] == asked[0] or inside[1] == asked[1]
    assert over[0] >= asked[0]
    assert over[1] >= asked[1]


@given(source=sizes, asked=sizes)
def test_nothing_is_stretched_by_more_than_rounding(source: Size, asked: Size) -> None:
    for fit in FITS:
        width, height = placed(source, to(asked, fit)).scaled
        across, down = Fraction(width, source[0]), Fraction(height, source[1])
        # Half a pixel of rounding on each side, or a side that would be less than one.
        slack = Fraction(1, source[0]) + Fraction(1, source[1])
        assert abs(across - down) <= slack or min(width, height) == 1


@given(source=sizes, asked=sizes, percent=st.integers(0, 49), fit=st.sampled_from(FITS))
def test_everything_lies_on_its_ground(source: Size, asked: Size, percent: int, fit: Fit) -> None:
    try:
        placement = placed(source, to(asked, fit), even(f"{percent}%"))
    except InvalidInput:
        # Rounding may take the last pixel of a very small image.
        assert min(asked) * (100 - 2 * percent) < 200
        return
    content = placement.scaled
    if placement.window is not None:
        window = placement.window
        assert window.left + window.width <= content[0]
        assert window.top + window.height <= content[1]
        content = window.width, window.height
    for ground in (placement.outpaint, placement.canvas):
        if ground is not None:
            assert min(ground.left, ground.top) >= 0
            assert ground.left + content[0] <= ground.width
            assert ground.top + content[1] <= ground.height
            content = ground.width, ground.height


@given(
    source=sizes,
    asked=sizes,
    crop=st.sampled_from([Crop(), Crop(mode="smart"), Crop(focal_point=FocalPoint(0.9, 0.2))]),
)
def test_nothing_is_enlarged_to_be_cut_off(source: Size, asked: Size, crop: Crop) -> None:
    placement = placed(source, to(asked, crop))
    piece, window = placement.piece, placement.window
    if piece is None or window is None:
        larger = [after > before for after, before in zip(placement.scaled, source, strict=True)]
        assert window is None or not any(larger)
        return
    cut, (width, height) = piece.cut, piece.scaled
    assert cut.left + cut.width <= source[0]
    assert cut.top + cut.height <= source[1]
    assert piece.left + window.width <= width
    assert piece.top + window.height <= height
    factor = Fraction(placement.scaled[0], source[0]), Fraction(placement.scaled[1], source[1])
    for scaled, length, each in (
        (width, window.width, factor[0]),
        (height, window.height, factor[1]),
    ):
        # The kernel's reach on both sides, and what is begun of a pixel, at most.
        assert scaled <= max(Fraction(3 * length), length + 6 * each + 2)
    if not window.search:
        for at, begins, inside, each in (
            (window.left, cut.left, piece.left, factor[0]),
            (window.top, cut.top, piece.top, factor[1]),
        ):
            assert abs(begins * each + inside - at) <= each / 2 + 2
