"""How like a result is what a full decode and Pillow's Lanczos make of the same file.

``python -m editing_peers.fidelity TASK RESULTS FILES…`` prints the means of PSNR and SSIM, as JSON.
"""

import json
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from image_similarity import psnr, ssim
from PIL import Image, ImageOps

from editing_peers.tasks import TASKS

LANCZOS = Image.Resampling.LANCZOS
COMPARED = frozenset("abcfg")
"""Tasks that leave colours as they are, and every pixel in its place."""


def references(file: Path, task: str, result: Image.Image) -> Iterator[Image.Image]:
    """What the result may be; more than one where half a pixel is rounded to either side."""
    with Image.open(file) as opened:
        whole = ImageOps.exif_transpose(opened).convert("RGB")
    if task != "a":
        yield whole.resize(result.size, LANCZOS)
        return
    yield ImageOps.fit(whole, result.size, LANCZOS)
    covered = ImageOps.cover(whole, result.size, LANCZOS)
    across, down = covered.width - result.width, covered.height - result.height
    for more in (0, 1):
        left, top = min((across + more) // 2, across), min((down + more) // 2, down)
        yield covered.crop((left, top, left + result.width, top + result.height))


def main() -> None:
    task, results, *files = sys.argv[1:]
    noise, structure = [], []
    for name in files:
        with Image.open(Path(results, f"{Path(name).stem}.{TASKS[task].ending}")) as opened:
            result = opened.convert("RGB")
        found = list(references(Path(name), task, result))
        noise.append(max(psnr(result, each) for each in found))
        structure.append(max(ssim(result, each) for each in found))
    print(json.dumps({"psnr": statistics.mean(noise), "ssim": statistics.mean(structure)}))


if __name__ == "__main__":
    main()
