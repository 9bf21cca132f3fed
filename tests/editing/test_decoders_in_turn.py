"""What one decoder does not read, the next one is asked for; numbers of any range are shown."""

import io
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, features

from photomill.components.output import Jpeg, Output, Png, Tiff
from photomill.config.load import load_settings
from photomill.decoding.decoder import ImageDecoder
from photomill.editing.results import Edited
from photomill.errors import ImageUnreadable
from photomill.images.ranges import number_range
from photomill.plugins import Components

from .conftest import opened, photo

Edit = Callable[..., Edited]

KINDS = ["zstd", "lzma", "lab"]
NUMBERS: dict[str, tuple[str, float, float]] = {
    "0 to 1": ("<f4", 0, 1),
    "part of 0 to 1": ("<f4", 0.2, 0.7),
    "0 to 255": ("<f4", 0, 255),
    "0 to 65535": ("<f4", 0, 65535),
    "others": ("<f4", -3, 12),
    "signed": ("<i2", -200, 900),
    "whole": ("<u4", 0, 2**32 - 1),
}
"""Type, and the numbers at the dark and the light end."""


def picture() -> Image.Image:
    return Image.open(io.BytesIO(photo((60, 40), "PNG"))).convert("RGB")


def odd(kind: str) -> bytes:
    image = picture()
    if kind == "lab":
        srgb, lab = (ImageCms.createProfile(space) for space in ("sRGB", "LAB"))
        image = ImageCms.profileToProfile(image, srgb, lab, outputMode="LAB") or image
    file = io.BytesIO()
    image.save(file, "TIFF", **({} if kind == "lab" else {"compression": kind}))
    return file.getvalue()


def bare_tiff(numbers: Any) -> bytes:
    """One strip of grey, written by hand."""
    height, width = numbers.shape
    kind = {"u": 1, "i": 2, "f": 3}[numbers.dtype.kind]
    rows = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 8 * numbers.itemsize),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8 + 2 + 9 * 12 + 4),
        (277, 3, 1),
        (279, 4, numbers.nbytes),
        (339, 3, kind),
    ]
    directory = b"".join(struct.pack("<HHII", tag, type_, 1, value) for tag, type_, value in rows)
    return b"II*\0" + struct.pack("<IH", 8, 9) + directory + bytes(4) + bytes(numbers.data)


def ramp() -> Any:
    rows, columns = np.mgrid[0:30, 0:50]
    return (columns / 49 * 0.6 + rows / 29 * 0.4).astype(np.float64)


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    settings = load_settings(
        overrides={"photomill.data_dir": str(tmp_path_factory.mktemp("decoder"))}
    )
    with Components.load(settings) as components:
        decoders = components.decoders()
    with ImageDecoder(decoders, settings.images) as opened_decoder:
        yield opened_decoder


@pytest.mark.parametrize("kind", KINDS)
def test_the_next_decoder_is_asked_for_edits(edit: Edit, kind: str) -> None:
    assert features.check("libtiff")
    for output in (Png(), Jpeg(95), Tiff()):
        found = np.asarray(opened(edit(odd(kind), output=Output(output))), int)
        assert np.abs(found - np.asarray(picture())).mean() < 4, output


@pytest.mark.parametrize("kind", KINDS)
def test_the_next_decoder_is_asked_for_embedding(decoder: ImageDecoder, kind: str) -> None:
    found = decoder.decode(odd(kind)).pixels.astype(int)
    assert np.abs(found - np.asarray(picture())).mean() < 4


def test_what_nothing_reads_is_refused_in_words(edit: Edit, decoder: ImageDecoder) -> None:
    data = bare_tiff(ramp().astype("<f8"))
    for read in (edit, decoder.decode):
        with pytest.raises(
            ImageUnreadable, match="of a kind of its format that nothing here reads"
        ):
            read(data)


def test_what_breaks_off_is_not_asked_for_elsewhere(edit: Edit) -> None:
    """Another library may take it for whole."""
    whole = photo((200, 160), quality=95)
    with pytest.raises(ImageUnreadable):
        edit(whole[: len(whole) // 2])


@pytest.mark.parametrize("numbers", NUMBERS)
def test_the_range_of_numbers_is_determined(
    edit: Edit, decoder: ImageDecoder, numbers: str
) -> None:
    kind, dark, light = NUMBERS[numbers]
    data = bare_tiff((dark + ramp() * (light - dark)).astype(kind))
    wanted = ramp() * 255
    if numbers == "part of 0 to 1":
        wanted = (0.2 + ramp() * 0.5) * 255
    edited = edit(data, output=Output(Png()))
    found = np.asarray(opened(edited).convert("RGB"), float)[:, :, 1]
    assert np.abs(found - wanted).max() < 2
    assert [note for note in edited.profiling.notes if "black" in note and "white" in note]
    embedded = decoder.decode(data).pixels[:, :, 1]
    assert np.abs(embedded - wanted).max() < 2


def test_numbers_that_are_none_do_no_harm(edit: Edit) -> None:
    numbers = ramp().astype("<f4")
    numbers[3, 4], numbers[5, 6], numbers[7, 8] = np.nan, np.inf, -np.inf
    found = np.asarray(opened(edit(bare_tiff(numbers), output=Output(Png()))).convert("RGB"), float)
    others = np.ones((30, 50), bool)
    others[[3, 5, 7], [4, 6, 8]] = False
    assert np.abs(found[:, :, 0] - ramp() * 255)[others].max() < 2
    for level in (0.0, 7.0, -4.0, np.nan):
        plain = bare_tiff(np.full((10, 10), level, "<f4"))
        assert opened(edit(plain, output=Output(Png()))).size == (10, 10)


@given(
    st.floats(-1e30, 1e30), st.floats(0, 1e30), st.sampled_from([None, 127.0, 32767.0, 2.0**32 - 1])
)
def test_a_range_holds_its_numbers(lowest: float, span: float, most: float | None) -> None:
    highest = lowest + span if most is None else min(most, lowest + span)
    if highest < lowest:
        return
    found = number_range(lowest, highest, most)
    assert found.black < found.white or abs(lowest) > 1e15
    if (found.black, found.white) != (0, 1):
        assert found.black <= lowest
        assert highest <= found.white
