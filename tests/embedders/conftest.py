from importlib import import_module
from typing import Any

import pytest


@pytest.fixture(scope="session")
def torch() -> Any:
    return pytest.importorskip("torch")


@pytest.fixture(scope="session")
def open_clip(torch: Any) -> Any:
    """open_clip, also where torchvision was built for another torch than the one installed.

    Such a torchvision lacks two operators at its import; nothing here uses them.
    """
    try:
        import_module("torchvision")
    except RuntimeError:
        boxes = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
        library = torch.library.Library("torchvision", "FRAGMENT")
        library.define(f"nms{boxes}")
        library.define(f"qnms{boxes}")
    return pytest.importorskip("open_clip")
