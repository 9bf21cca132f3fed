"""What is grouped of images, where a device embeds them."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from photomill.components import Embedder
from photomill.components.embedder import Vectors
from photomill.grouping.features import Embedders, FeatureExtraction
from photomill.images.image import Image

WaitUntil = Callable[[Callable[[], object]], None]


class Device(Embedder):
    """Wants four images at once, and computes when it is let."""

    name = "device"
    dimension = 8
    fingerprint = "device"
    distance_scale = 1.0
    at_once = 4

    def __init__(self) -> None:
        super().__init__(None)
        self.sizes: list[int] = []
        self.may_go_on = threading.Event()

    def _embed(self, images: Sequence[Image]) -> Vectors:
        self.sizes.append(len(images))
        self.may_go_on.wait()
        return np.eye(8, dtype=np.float32)[[image.pixels[0, 0, 0] for image in images]]


def test_images_that_are_looked_at_together_are_embedded_together(wait_until: WaitUntil) -> None:
    device, unused = Device(), Any
    extraction = FeatureExtraction(unused, unused, unused, unused)  # type: ignore[arg-type]
    images = [Image.from_pixels(np.full((2, 2, 3), number, np.uint8)) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = []
        for image in images:
            found.append(pool.submit(extraction._embed, Embedders(device, None), image))
            wait_until(lambda: sum(device.sizes) == min(len(found), 2))
        (gathering,) = extraction._gatherings.values()
        wait_until(lambda: len(gathering._waiting) == 6)
        device.may_go_on.set()
        assert [int(each.result().argmax()) for each in found] == list(range(8))
    assert sorted(device.sizes) == [1, 1, 2, 4]
