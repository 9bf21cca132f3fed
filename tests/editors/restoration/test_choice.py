"""Which engine does it, in a whole edit."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from PIL import Image

from photomill.config.load import load_settings
from photomill.editing.edit import EditJob
from photomill.editing.parameters import Decompress
from photomill.editing.request import EditRequest, Enlargement, Pixels, Resizing
from photomill.editing.results import Edited
from photomill.editing.sandboxed import SandboxedEditing, open_sandbox
from photomill.plugins import Components

from .scenes import compressed, photograph

Edit = Callable[..., Edited]


@pytest.fixture(scope="module")
def edit(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Iterator[Edit]:
    """Edit a compressed image in a guarded process: ``edit(photograph(), interactive=True, upscale=…)``."""
    folder = str(tmp_path_factory.mktemp("tools"))
    settings = load_settings(overrides={"photomill.data_dir": folder})
    with Components.load(settings) as components:
        tools = attrs.evolve(components.tools(), models_dir=models_dir)
    editing = attrs.evolve(settings.editing, processes=1)
    processes = SandboxedEditing(open_sandbox(tools, settings.images, editing), editing)

    def edited(picture: Any, *, interactive: bool, **request: Any) -> Edited:
        _, file = compressed(picture, 20)
        return processes.edit(EditJob(file, "jpeg", EditRequest(**request), interactive))

    yield edited
    processes.close()


def _engines(edited: Edited) -> dict[str, str]:
    return {run.operation: run.engine for run in edited.profiling.operations}


def test_what_is_small_goes_to_the_networks(edit: Edit) -> None:
    edited = edit(
        photograph(60, 80),
        interactive=True,
        decompress=Decompress("auto"),
        upscale=Enlargement("photo"),
        resizing=Resizing(Pixels(160)),
    )
    engines = _engines(edited)
    assert engines["restorations.decompress"] == engines["restorations.upscale"] == "waifu2x"
    assert Image.open(io.BytesIO(edited.data)).width == 160


def test_what_is_large_does_not_while_somebody_waits(edit: Edit) -> None:
    large = photograph(720, 720)
    edited = edit(large, interactive=True, decompress=Decompress("auto"))
    assert _engines(edited)["restorations.decompress"] == "shifted_jpeg"
    assert any("waifu2x" in note and "megapixels" in note for note in edited.profiling.notes)
    edited = edit(large, interactive=False, decompress=Decompress("auto"))
    assert _engines(edited)["restorations.decompress"] == "waifu2x"


def test_fast_is_fast(edit: Edit) -> None:
    edited = edit(
        photograph(60, 80), interactive=False, decompress=Decompress("auto"), speed="fast"
    )
    assert _engines(edited)["restorations.decompress"] == "shifted_jpeg"
