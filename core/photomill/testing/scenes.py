"""Drawn scenes that have what photographs have: soft shapes of several sizes and colours, and fine detail."""

import numpy as np
import PIL.Image

_SCALES = ((4, 1.0), (12, 0.6), (40, 0.35), (160, 0.25))
"""Shapes across, and their contrast."""


def scene(seed: int, width: int = 800, height: int = 600) -> PIL.Image.Image:
    """Draw a scene; other seeds, other scenes."""
    generator = np.random.default_rng(seed)
    values = np.zeros((height, width, 3))
    for across, contrast in _SCALES:
        cells = generator.integers(0, 256, (across * 3 // 4, across, 3), np.uint8)
        soft = PIL.Image.fromarray(cells).resize((width, height), PIL.Image.Resampling.BICUBIC)
        values += contrast * (np.asarray(soft, np.float64) - 128)
    return PIL.Image.fromarray(np.clip(values / 1.4 + 128, 0, 255).astype(np.uint8))
