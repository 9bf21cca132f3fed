"""Several edits of one image: what they share, and what they do not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from photomill.components.output import Jpeg, Output, Png, Webp
from photomill.components.toolbox import Toolbox, Tools
from photomill.config.load import load_settings
from photomill.config.settings import EditingSettings, ImageSettings
from photomill.editing.edit import EditJob
from photomill.editing.parameters import Tone
from photomill.editing.pipeline import Pipeline
from photomill.editing.request import Bounds, Pixels, Resizing, Style
from photomill.editing.results import Edited
from photomill.editing.sandboxed import SandboxedEditing
from photomill.errors import ImageUnreadable, InvalidInput, PhotomillError, PluginError
from photomill.images.origin import Origin
from photomill.images.raster import Raster
from photomill.sources.source import BytesSource
from photomill_vips_decoder.decoder import VipsDecoder

from .conftest import job, opened, photo

OpenProcesses = Callable[..., SandboxedEditing]
PHOTO = photo((1600, 1200))
PNG = Output(format=Png())


def within(side: int) -> Resizing:
    return Resizing(Pixels(side), Pixels(side), fit=Bounds())


def edited(processes: SandboxedEditing, *jobs: EditJob) -> list[Edited]:
    found = processes.edit_many(jobs)
    assert not [each for each in found if isinstance(each, PhotomillError)]
    return [each for each in found if isinstance(each, Edited)]


def notes(each: Edited) -> tuple[str, ...]:
    return each.profiling.notes


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_each_is_what_it_would_be_alone(processes: SandboxedEditing, mode: str) -> None:
    data = photo((640, 480), mode=mode)
    jobs = [
        job(data, resizing=within(500), output=PNG),
        job(data, resizing=within(400), output=PNG, tone=Tone(exposure=20)),
        job(data, resizing=within(500), output=Output(format=Jpeg(quality=60))),
        job(data, resizing=within(500), output=Output(format=Webp())),
        job(data),
    ]
    for together, one in zip(edited(processes, *jobs), jobs, strict=True):
        alone = processes.edit(one)
        assert together.data == alone.data
        assert (together.input, together.output) == (alone.input, alone.output)
        assert notes(together) == notes(alone)
        runs = [(run.operation, run.engine) for run in together.profiling.operations]
        assert runs == [(run.operation, run.engine) for run in alone.profiling.operations]


def test_small_ones_come_of_one_image_that_is_large_enough_for_all(
    processes: SandboxedEditing,
) -> None:
    sides = (400, 200, 50)
    jobs = [job(PHOTO, resizing=within(side), output=PNG) for side in sides]
    for each, one in zip(edited(processes, *jobs), jobs, strict=True):
        pixels = [np.asarray(opened(found), np.int16) for found in (each, processes.edit(one))]
        assert np.abs(pixels[0] - pixels[1]).mean() < 2


def test_steps_that_edits_begin_with_in_common_run_once(open_unruly: OpenProcesses) -> None:
    processes = open_unruly()
    clock = {"tests.unruly": {"order": "clock"}}
    jobs = [
        job(PHOTO, extensions=clock, resizing=within(300)),
        job(PHOTO, extensions=clock, resizing=within(300), output=PNG),
        job(PHOTO, extensions=clock, resizing=within(100)),
        job(PHOTO, extensions={"tests.unruly": {"order": "clock", "seconds": 0.01}}),
    ]
    first, second, third, other = edited(processes, *jobs)
    assert notes(first) == notes(second) == notes(third) != notes(other)
    resizing = [
        [run.seconds for run in each.profiling.operations if run.operation == "resizing"]
        for each in (first, second, third)
    ]
    assert resizing[0] == resizing[1] != resizing[2]


def test_the_file_is_decoded_once_in_full_and_once_shrunk(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Any] = []
    load = VipsDecoder.load

    def counted(
        self: VipsDecoder, data: bytes, format: str, size: Any, limits: ImageSettings
    ) -> tuple[Raster, Origin]:
        raster, origin = load(self, data, format, size, limits)
        pixels = raster._read

        def reading(native: Any) -> Any:
            read.append(size)
            return pixels(native)

        raster._read = reading
        return raster, origin

    monkeypatch.setattr(VipsDecoder, "load", counted)
    asked: list[int] = []
    settings = load_settings()
    pipeline = Pipeline(Toolbox(tools), settings.images, EditingSettings())
    jobs = [
        *(job(PHOTO, resizing=within(side)) for side in (400, 200, 100, 50)),
        *(job(PHOTO, output=Output(format=Jpeg(quality=quality))) for quality in (50, 60, 70)),
    ]
    outcomes = pipeline.run(jobs, admit=asked.append)
    assert all(isinstance(each, Edited) for each in outcomes)
    assert read == [None, (800, 600)]
    assert asked == [2 * 1600 * 1200]


def test_an_error_is_of_its_own_edit(open_unruly: OpenProcesses) -> None:
    processes = open_unruly()
    fine, refused, failed, large = processes.edit_many(
        [
            job(PHOTO, resizing=within(100)),
            job(PHOTO, extensions={"tests.unruly": {"order": "refuse"}}),
            job(PHOTO, extensions={"tests.unruly": {"order": "fail"}}),
            job(PHOTO, resizing=within(100_000)),
        ]
    )
    assert isinstance(fine, Edited)
    assert isinstance(refused, InvalidInput)
    assert refused.picture == {"format": "jpeg", "width": 1600, "height": 1200}
    assert isinstance(failed, PluginError)
    assert isinstance(large, InvalidInput)


def test_a_damaged_style_is_of_its_own_edit(processes: SandboxedEditing) -> None:
    damaged = photo((64, 64))[:300]
    styled = job(PHOTO, style=Style(BytesSource(damaged)))
    styled = evolve(styled, reference=damaged, reference_format="jpeg")
    wrong, fine = processes.edit_many([styled, job(PHOTO)])
    assert isinstance(wrong, ImageUnreadable)
    assert isinstance(fine, Edited)


def test_a_damaged_file_is_of_all(processes: SandboxedEditing) -> None:
    with pytest.raises(ImageUnreadable):
        processes.edit_many([job(PHOTO[:3000]), job(PHOTO[:3000], resizing=within(100))])
    cut = PHOTO[:-2]
    both = edited(processes, job(cut), job(cut, resizing=within(100)))
    assert ["ends too early" in notes(each)[0] for each in both] == [True, True]
