"""Editing files that break off."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from attrs import evolve
from PIL import Image

from photomill.components.output import Output, Png
from photomill.components.toolbox import Tools
from photomill.config.load import load_settings
from photomill.editing.parameters import Tone
from photomill.editing.request import Pixels, Resizing, Style
from photomill.editing.results import Edited
from photomill.editing.sandboxed import SandboxedEditing, open_sandbox
from photomill.errors import ImageUnreadable
from photomill.sources.source import BytesSource

from .conftest import job, opened, photo

END = b"\xff\xd9"
AS_PNG = Output(format=Png())


def test_a_jpeg_that_only_lacks_its_end_is_edited_whole(edit: Callable[..., Edited]) -> None:
    whole = photo(quality=90)
    edited, expected = edit(whole[:-2], output=AS_PNG), edit(whole, output=AS_PNG)
    assert np.array_equal(np.asarray(opened(edited)), np.asarray(opened(expected)))
    assert edited.profiling.notes == ("The file ends too early; no row of pixels is missing.",)
    runs = [run.operation for run in edited.profiling.operations]
    assert runs == [run.operation for run in expected.profiling.operations]


@pytest.mark.parametrize("end", [b"", END])
@pytest.mark.parametrize(
    "request_", [{}, {"resizing": Resizing(Pixels(40))}, {"tone": Tone(contrast=20)}]
)
def test_what_is_missing_is_noted_and_half_is_refused(
    edit: Callable[..., Edited], end: bytes, request_: dict[str, object]
) -> None:
    whole = photo((320, 240), quality=90)
    (note,) = edit(whole[:-12] + end, output=AS_PNG, **request_).profiling.notes
    assert "of 240 rows of pixels are missing" in note
    with pytest.raises(
        ImageUnreadable, match=r"ends too early: \d+ of 240 rows of pixels are there"
    ):
        edit(whole[: len(whole) * 2 // 3] + end, output=AS_PNG, **request_)


def test_a_smaller_share_may_be_enough(tools: Tools) -> None:
    settings = load_settings(overrides={"images.min_complete": 0.25})
    processes = SandboxedEditing(
        open_sandbox(tools, settings.images, settings.editing), settings.editing
    )
    whole = photo((320, 240), quality=90)
    try:
        edited = processes.edit(job(whole[: len(whole) * 2 // 3], output=AS_PNG))
    finally:
        processes.close()
    (note,) = edited.profiling.notes
    missing = int(note.split(": ")[1].split()[0])
    assert 16 < missing < 180
    result, expected = np.asarray(opened(edited)), np.asarray(Image.open(io.BytesIO(whole)))
    kept = 240 - missing - 8
    assert np.abs(result[:kept].astype(int) - expected[:kept]).max() <= 2


def test_a_reference_of_a_style_follows_the_same_rule(processes: SandboxedEditing) -> None:
    reference = photo((200, 160), quality=90)
    style = Style(BytesSource(b""))
    wanted = evolve(job(photo(), style=style, output=AS_PNG), reference_format="jpeg")
    expected = processes.edit(evolve(wanted, reference=reference))
    assert processes.edit(evolve(wanted, reference=reference[:-2])).data == expected.data
    with pytest.raises(ImageUnreadable, match="ends too early"):
        processes.edit(evolve(wanted, reference=reference[: len(reference) // 2] + END))
