"""Tools beside models that come and go."""

from pathlib import Path
from typing import Any

import attrs
import pytest

from photomill.components import EditContext, EditOperation, OpenContext
from photomill.components.editor import Stage
from photomill.components.toolbox import Candidate, Tool, Toolbox, Tools
from photomill.errors import PluginUnavailable
from photomill.images.raster import Raster

OPERATION = "tests.learned"


@attrs.frozen
class Nothing:
    """No parameters."""


class Learned(EditOperation):
    """Needs weights."""

    name = "learned"
    operation = OPERATION
    stage = Stage.ADJUST
    Parameters = Nothing
    is_open = False

    def check_models(self, context: OpenContext) -> None:
        if context.models_dir is None or not (context.models_dir / "weights").exists():
            raise PluginUnavailable("no weights")

    def open(self, context: OpenContext) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        return raster


@pytest.fixture
def toolbox(tmp_path: Path) -> Toolbox:
    return Toolbox(Tools((), (Tool("learned", Learned, None),), models_dir=tmp_path))


def candidate(toolbox: Toolbox) -> Candidate:
    (found,) = toolbox.candidates(OPERATION)
    return found


def test_models_that_come_are_used_from_the_next_image_on(toolbox: Toolbox, tmp_path: Path) -> None:
    assert candidate(toolbox).reason == "no weights"
    (tmp_path / "weights").touch()
    assert candidate(toolbox).reason == "no weights"
    toolbox.refresh()
    assert not candidate(toolbox).reason


def test_what_an_image_is_worked_on_with_stays_open(toolbox: Toolbox, tmp_path: Path) -> None:
    (tmp_path / "weights").touch()
    toolbox.refresh()
    editor = candidate(toolbox).editor
    assert isinstance(editor, Learned)
    (tmp_path / "better").touch()
    assert candidate(toolbox).editor is editor
    assert editor.is_open
    toolbox.refresh()
    assert not editor.is_open
    assert candidate(toolbox).editor is not editor


def test_without_a_change_everything_stays_open(toolbox: Toolbox, tmp_path: Path) -> None:
    (tmp_path / "weights").touch()
    toolbox.refresh()
    editor = candidate(toolbox).editor
    toolbox.refresh()
    assert candidate(toolbox).editor is editor


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("bad weights"), KeyError("bias"), OSError(12, "full")]
)
def test_whatever_opening_raises_is_why_an_engine_cannot_be_used(
    toolbox: Toolbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(self: Learned, context: OpenContext) -> None:
        raise error

    (tmp_path / "weights").touch()
    toolbox.refresh()
    monkeypatch.setattr(Learned, "open", fail)
    reason = candidate(toolbox).reason
    assert reason.startswith(f"editors.learned cannot be opened: {type(error).__name__}")
