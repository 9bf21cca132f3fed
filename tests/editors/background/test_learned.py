"""The engine that asks a network: which one, and where it comes from."""

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import attrs
import numpy as np
import pytest
from PIL import Image

from photomill.components.output import Output, Png
from photomill.config.load import load_settings
from photomill.editing.edit import EditJob
from photomill.editing.parameters import FindForeground
from photomill.editing.request import Background, EditRequest, Removal
from photomill.editing.sandboxed import SandboxedEditing, open_sandbox
from photomill.errors import ConfigError, PluginUnavailable
from photomill.images.raster import Raster
from photomill.models import ModelStore
from photomill.plugins import Components
from photomill.testing import open_component as opening
from photomill_background import NetworkForeground, SaliencyForeground
from photomill_background.models import MODELS
from photomill_background.prediction import PREPARATIONS

from .conftest import Apply
from .scenes import gradient, overlap, scene

Editing = Callable[..., SandboxedEditing]


def test_every_network_is_a_model_that_can_be_listed() -> None:
    assert {model.name for model in MODELS} == PREPARATIONS.keys()


def test_a_network_that_rembg_has_serves_by_its_name(
    apply: Apply, tmp_path: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("U2NET_HOME", str(tmp_path))
    shutil.copy(models_dir / "u2netp" / "u2netp.onnx", tmp_path / "silueta.onnx")
    given = scene(gradient())
    with opening(
        NetworkForeground, {"model": "silueta"}, cache_dir=tmp_path, models_dir=tmp_path / "none"
    ) as finder:
        assert finder.engine == "silueta"
        found = apply(finder, Raster.from_pixels(given.rgb), FindForeground(True))
    assert overlap(found.pixels[:, :, 3], given.alpha) > 0.97


def test_a_network_that_is_nowhere_says_how_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("U2NET_HOME", str(tmp_path))
    with (
        pytest.raises(PluginUnavailable, match="photomill models add u2netp"),
        opening(NetworkForeground, cache_dir=tmp_path, models_dir=tmp_path),
    ):
        pass


def test_a_damaged_file_is_no_network(tmp_path: Path) -> None:
    (tmp_path / "u2netp").mkdir()
    (tmp_path / "u2netp" / "u2netp.onnx").write_bytes(b"half a network")
    with (
        pytest.raises(PluginUnavailable, match="cannot open the model"),
        opening(NetworkForeground, cache_dir=tmp_path, models_dir=tmp_path),
    ):
        pass


def test_only_known_networks_can_be_prepared_for(tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigError, match="isnet-general-use"),
        opening(NetworkForeground, {"model": "isnet"}, cache_dir=tmp_path),
    ):
        pass


@pytest.fixture
def editing(tmp_path: Path) -> Iterator[Editing]:
    """Start a guarded process that edits, with a network of a name and an empty folder of models."""
    with ExitStack() as stack:

        def start(model: str = "u2netp") -> SandboxedEditing:
            chosen = {"editors.foreground.options": {"model": model}}
            settings = load_settings(overrides={"photomill.data_dir": str(tmp_path), **chosen})
            with Components.load(settings) as components:
                tools = components.tools()
            one = attrs.evolve(settings.editing, processes=1)
            found = SandboxedEditing(open_sandbox(tools, settings.images, one), one)
            stack.callback(found.close)
            return found

        yield start


def test_a_model_that_comes_serves_at_once(
    editing: Editing, tmp_path: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("U2NET_HOME", str(tmp_path / "rembg"))
    processes = editing()
    assert _finder_of(processes) == SaliencyForeground.engine
    store = ModelStore(tmp_path / "models", MODELS)
    store.add("u2netp", models_dir / "u2netp")
    assert _finder_of(processes) == "u2netp"


def test_the_best_model_that_was_added_serves(
    editing: Editing, tmp_path: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("U2NET_HOME", str(tmp_path / "rembg"))
    processes = editing("")
    missing = [each for each in processes.capabilities() if each.operation == "background.mask"]
    assert "photomill models add u2netp" in missing[0].reason
    assert missing[0].missed
    store = ModelStore(tmp_path / "models", MODELS)
    for name, change in (("u2netp", "add"), ("silueta", "add"), ("silueta", "remove")):
        if change == "add":
            store.add("u2netp", models_dir / "u2netp")
            if name == "silueta":
                store.add(name, models_dir / "u2netp" / "u2netp.onnx")
        else:
            store.remove(name)
        expected = "u2netp" if change == "remove" else name
        assert _finder_of(processes) == expected
        (first, *_) = [
            each for each in processes.capabilities() if each.operation == "background.mask"
        ]
        assert (first.engine, first.available) == (expected, True)


@pytest.mark.parametrize(
    ("variable", "below"), [("U2NET_HOME", ""), ("XDG_DATA_HOME", ".u2net"), ("HOME", ".u2net")]
)
def test_guarded_processes_find_what_rembg_has(
    editing: Editing,
    tmp_path: Path,
    models_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    below: str,
) -> None:
    for name in ("U2NET_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, str(tmp_path / "rembg"))
    folder = tmp_path / "rembg" / below
    folder.mkdir(parents=True)
    shutil.copy(models_dir / "u2netp" / "u2netp.onnx", folder / "silueta.onnx")
    assert _finder_of(editing("silueta")) == "silueta"


def _finder_of(processes: SandboxedEditing) -> str:
    """Remove a background in a whole edit, and return what found it."""
    given = scene(gradient())
    file = io.BytesIO()
    Image.fromarray(given.rgb).save(file, "png")
    background = Background(remove=Removal(), colour="transparent")
    request = EditRequest(background=background, output=Output(Png()))
    edited = processes.edit(EditJob(file.getvalue(), "png", request, True))
    alpha = np.asarray(Image.open(io.BytesIO(edited.data)).convert("RGBA"))[:, :, 3]
    assert overlap(alpha, given.alpha) > 0.97
    return {run.operation: run.engine for run in edited.profiling.operations}["background.mask"]
