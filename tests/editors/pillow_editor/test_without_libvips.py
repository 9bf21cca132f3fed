"""Where the editors of libvips are left out, Pillow's do their work, confined as all editors are."""

from collections.abc import Iterator

import pytest
from attrs import evolve

from photomill.components.output import Automatic, Avif, Format, Jpeg, Output, Png, Tiff, Webp
from photomill.config.load import load_settings
from photomill.editing.edit import EditJob
from photomill.editing.request import Crop, EditRequest, OnCanvas, Outpainted, Pixels, Resizing
from photomill.editing.sandboxed import SandboxedEditing, open_sandbox
from photomill.images.formats import sniff
from photomill.plugins import Components
from photomill.testing.sample_images import encode, quarters

LEFT_OUT = {
    "editors": ("resizing", "canvas"),
    "encoders": ("vips",),
}
PICTURE = encode(quarters(160, 120), "jpeg")


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxedEditing]:
    without = {f"{family}.{name}.use": "" for family, names in LEFT_OUT.items() for name in names}
    folder = str(tmp_path_factory.mktemp("data"))
    settings = load_settings(overrides={"photomill.data_dir": folder, **without})
    with Components.load(settings) as components:
        tools = components.tools()
    opened = SandboxedEditing(
        open_sandbox(tools, settings.images, evolve(settings.editing, processes=1)),
        evolve(settings.editing, processes=1),
    )
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "format",
    [Jpeg(), Png(), Webp(), Webp(None), Avif(), Avif(None), Tiff(), Tiff(75), Automatic()],
    ids=str,
)
def test_every_format_is_written(processes: SandboxedEditing, format: Format) -> None:
    request = EditRequest(
        resizing=Resizing(Pixels(80), Pixels(80), fit=OnCanvas()),
        output=Output(format),
    )
    edited = processes.edit(EditJob(PICTURE, "jpeg", request))
    assert (edited.output.width, edited.output.height) == (80, 80)
    assert sniff(edited.data) == edited.output.format
    assert {run.engine for run in edited.profiling.operations} == {"pillow", "pillow_encoder"}


@pytest.mark.parametrize("fit", [Crop("smart"), Outpainted()], ids=str)
def test_fits_that_look_at_the_picture(processes: SandboxedEditing, fit: Crop | Outpainted) -> None:
    request = EditRequest(resizing=Resizing(Pixels(60), Pixels(90), fit=fit))
    edited = processes.edit(EditJob(PICTURE, "jpeg", request))
    assert (edited.output.width, edited.output.height) == (60, 90)
