"""Editing processes with the bundled tools, and an operation that takes orders."""

import io
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

import attrs
import pytest
from PIL import Image

from photomill.components.toolbox import Tool, Tools, by_rank
from photomill.config.load import load_settings
from photomill.config.settings import EditingSettings
from photomill.editing.edit import EditJob
from photomill.editing.request import EditRequest
from photomill.editing.results import Edited
from photomill.editing.sandboxed import SandboxedEditing, open_sandbox
from photomill.images.formats import sniff
from photomill.plugins import Components

UNRULY = Path(__file__).parent / "misbehaving"
OpenProcesses = Callable[..., SandboxedEditing]


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    folder = str(tmp_path_factory.mktemp("tools"))
    with Components.load(load_settings(overrides={"photomill.data_dir": folder})) as components:
        return components.tools()


@pytest.fixture(scope="session")
def processes(tools: Tools) -> Iterator[SandboxedEditing]:
    """The bundled tools with the default settings."""
    settings = load_settings()
    opened = SandboxedEditing(
        open_sandbox(tools, settings.images, settings.editing), settings.editing
    )
    yield opened
    opened.close()


@pytest.fixture
def edit(processes: SandboxedEditing) -> Callable[..., Edited]:
    """Edit bytes: ``edit(data, resizing=…)``."""
    return lambda data, **request: processes.edit(job(data, **request))


@pytest.fixture
def open_unruly(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenProcesses]:
    """Open processes that know ``tests.unruly`` too, with settings of ``[editing]``."""
    monkeypatch.syspath_prepend(str(UNRULY))
    module = import_module("photomill_unruly")
    opened = []

    def open_with(*names: str, **settings: Any) -> SandboxedEditing:
        unruly = [Tool(name.lower(), getattr(module, name), None) for name in names or ("Unruly",)]
        all_tools = attrs.evolve(tools, editors=by_rank([*tools.editors, *unruly]))
        wanted = EditingSettings(**{"processes": 1, "max_seconds": 20.0, **settings})
        opened.append(
            SandboxedEditing(open_sandbox(all_tools, load_settings().images, wanted), wanted)
        )
        return opened[-1]

    yield open_with
    for each in opened:
        each.close()


def job(data: bytes, *, interactive: bool = True, **request: Any) -> EditJob:
    return EditJob(data, sniff(data) or "", EditRequest(**request), interactive)


def order(data: bytes, *, interactive: bool = True, **orders: Any) -> EditJob:
    """A job for the unruly operation."""
    return job(data, interactive=interactive, extensions={"tests.unruly": orders})


def photo(
    size: tuple[int, int] = (320, 240), form: str = "JPEG", *, mode: str = "RGB", **options: Any
) -> bytes:
    """An encoded image of soft colours."""
    tiles = Image.frombytes(mode, (8, 6), Random(7).randbytes(8 * 6 * len(mode)))
    file = io.BytesIO()
    tiles.resize(size, Image.Resampling.BICUBIC).save(file, form, **options)
    return file.getvalue()


def opened(edited: Edited) -> Image.Image:
    return Image.open(io.BytesIO(edited.data))
