"""A CLIP model of open_clip: loading it, and telling it from others."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import frozen

LOCAL = "local-dir:"
_HUB = "hf-hub:"
_CONFIG = "open_clip_config.json"


@frozen
class ClipModel:
    """A loaded model.

    :ivar network: an open_clip model in float32, ready to infer.
    :ivar preprocess: open_clip's own: a Pillow image to a float32 tensor (3, height, width).
    :ivar crops: the preprocessing takes the middle of what is longer than the network's input.
    :ivar tokenize: open_clip's own: texts to an int64 tensor (n, context length).
    :ivar fingerprint: of architecture, weights and preprocessing.
    """

    network: Any
    preprocess: Callable[[Any], Any]
    crops: bool
    tokenize: Callable[[list[str]], Any]
    dimension: int
    fingerprint: str


def find_missing(model: str, pretrained: str) -> str:
    """Say which files on this machine are named and not there; empty for none. What is downloaded is not looked for."""
    if model.startswith(LOCAL):
        folder = Path(model.removeprefix(LOCAL))
        if not (folder / _CONFIG).is_file():
            return f"options.model: no file {_CONFIG} in {str(folder)!r}"
    elif "/" in pretrained and not model.startswith(_HUB) and not Path(pretrained).is_file():
        return f"options.pretrained: no file {pretrained!r}"
    return ""


def load_model(model: str, pretrained: str, device: str, cache_dir: Path) -> ClipModel:
    """Load a model with its weights, and put it on a device.

    :param cache_dir: where weights that are downloaded stay.
    :raises RuntimeError: open_clip knows no such model, or cannot get or read its weights.
    """
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    import open_clip

    network, preprocess = open_clip.create_model_from_pretrained(
        model, pretrained or None, cache_dir=str(cache_dir)
    )
    network.eval().requires_grad_(False)
    return ClipModel(
        network=network.to(device),
        preprocess=preprocess,
        crops=network.visual.preprocess_cfg["resize_mode"] == "shortest",
        tokenize=open_clip.get_tokenizer(model, cache_dir=str(cache_dir)),
        dimension=_dimension(network),
        fingerprint=_fingerprint(model, network),
    )


def _dimension(network: Any) -> int:
    import torch

    height, width = _pair(network.visual.image_size)
    with torch.inference_mode():
        probe = torch.zeros(1, 3, height, width, device=next(network.parameters()).device)
        return int(network.encode_image(probe).shape[1])


def _pair(size: Any) -> tuple[int, int]:
    height, width = (size, size) if isinstance(size, int) else size
    return int(height), int(width)


def _fingerprint(model: str, network: Any) -> str:
    digest = hashlib.sha256(_architecture(model))
    digest.update(json.dumps(network.visual.preprocess_cfg, sort_keys=True).encode())
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.cpu().contiguous().numpy().data)
    return f"clip-{digest.hexdigest()[:32]}"


def _architecture(model: str) -> bytes:
    """Name the architecture; where the folder lies does not matter."""
    if model.startswith(LOCAL):
        return Path(model.removeprefix(LOCAL), _CONFIG).read_bytes()
    return model.encode()
