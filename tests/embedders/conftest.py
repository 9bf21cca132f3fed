from importlib import import_module
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def torch() -> Any:
    return pytest.importorskip("torch")


@pytest.fixture(scope="session")
def torch_card(torch: Any) -> str:
    """A graphics card that torch computes on."""
    if not torch.cuda.is_available():
        pytest.skip("no graphics card that torch can use is here")
    return "cuda"


@pytest.fixture(scope="session")
def onnx_card() -> str:
    """A graphics card that onnxruntime computes on."""
    import onnxruntime

    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        pytest.skip("onnxruntime-gpu is not installed here")
    if not Path("/dev/nvidiactl").exists():
        pytest.skip("no graphics card is here")
    return "cuda"


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
