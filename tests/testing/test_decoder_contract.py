"""The decoder suite fails for decoders that are broken, each in its own way."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from photomill.components import NoOptions
from photomill.decoding.decoder import ImageDecoder
from photomill.errors import ImageError
from photomill.testing.decoder import SETTINGS, DecoderContract

HERE = Path(__file__).parent

BROKEN = {
    "Nameless": "test_it_reads_formats_that_are_sniffed",
    "SwapsColours": "test_an_image_has_its_colours_and_size",
    "ForgetsTheSize": "test_it_shrinks_no_further_than_asked_and_keeps_proportions",
    "ShrinksTooFar": "test_it_shrinks_no_further_than_asked_and_keeps_proportions",
    "Enlarges": "test_it_never_enlarges",
    "IgnoresOrientation": "test_images_are_upright",
    "OnBlack": "test_transparent_parts_are_on_white",
    "GreyOnly": "test_every_mode_becomes_srgb",
    "LastFrame": "test_the_first_frame_is_decoded",
    "RefusesFrames": "test_too_many_frames_are_refused",
    "NoLimits": "test_too_many_pixels_are_refused",
    "TakesTruncated": "test_a_truncated_file_is_unreadable",
    "KeepsItToItself": "test_a_jpeg_that_lacks_its_end_marker_is_taken_with_a_note",
    "Crashes": "test_damaged_files_never_end_the_process",
    "Random": "test_the_same_bytes_give_the_same_pixels_in_any_thread",
    "DigestOfTheResult": "test_the_digest_is_of_the_pixels",
    "DigestOfTheFile": "test_the_digest_is_not_of_the_metadata",
    "DigestOfTheFormat": "test_one_image_without_loss_has_one_digest",
}


def _check(name: str, test: str) -> None:
    kind = getattr(import_module("photomill_broken_decoders"), name)
    suite = DecoderContract()
    decoder = (kind, NoOptions())
    formats = sorted(kind.formats)
    with ImageDecoder([decoder], SETTINGS) as decoding:
        having = {"decoder": decoder, "decoding": decoding, "formats": formats}
        method: Callable[..., None] = getattr(suite, test)
        wanted = method.__code__.co_varnames[1 : method.__code__.co_argcount]
        method(**{each: having[each] for each in wanted})


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HERE / "broken"))


@pytest.mark.parametrize(("name", "test"), BROKEN.items())
def test_what_is_broken_fails(name: str, test: str) -> None:
    with pytest.raises((AssertionError, ImageError, pytest.fail.Exception)):
        _check(name, test)


def test_every_test_of_the_suite_can_fail() -> None:
    names = {name for name in dir(DecoderContract) if name.startswith("test_")}
    assert names == set(BROKEN.values())


@pytest.mark.parametrize("test", sorted(set(BROKEN.values())))
def test_what_is_whole_passes(test: str) -> None:
    _check("Whole", test)
