"""Images that several threads bring at once."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from photomill.collections.gathering import Gathering
from photomill.components import Embedder
from photomill.components.embedder import Vectors
from photomill.errors import ImageUnreadable, ResourcesMissing
from photomill.images.image import Image

WaitUntil = Callable[[Callable[[], object]], None]


class Device(Embedder):
    """Wants several images at once, and computes when it is let; an image of one pixel is at fault."""

    name = "device"
    dimension = 256
    fingerprint = "device"
    distance_scale = 1.0

    def __init__(self, at_once: int) -> None:
        super().__init__(None)
        self.wanted = at_once
        self.sizes: list[int] = []
        self.may_go_on = threading.Event()

    @property
    def at_once(self) -> int:
        return self.wanted

    def _embed(self, images: Sequence[Any]) -> Vectors:
        self.sizes.append(len(images))
        self.may_go_on.wait()
        if any(image.width == 1 for image in images):
            raise ImageUnreadable("one pixel")
        return np.stack([np.eye(256, dtype=np.float32)[image.pixels[0, 0, 0]] for image in images])


def image(number: int, side: int = 2) -> Image:
    return Image.from_pixels(np.full((side, side, 3), number, np.uint8))


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(20) as threads:
        yield threads


def test_what_comes_while_others_run_is_run_together(
    pool: ThreadPoolExecutor, wait_until: WaitUntil
) -> None:
    device = Device(8)
    gathering = Gathering(device)
    first = []
    for number in range(2):
        first.append(pool.submit(gathering.embed, image(number)))
        wait_until(lambda: len(device.sizes) == len(first))
    later = [pool.submit(gathering.embed, image(number)) for number in range(2, 18)]
    wait_until(lambda: len(gathering._waiting) == 16)
    device.may_go_on.set()
    for number, each in enumerate([*first, *later]):
        vector, classes = each.result()
        assert (int(vector.argmax()), classes) == (number, b"")
    assert device.sizes == [1, 1, 8, 8]


def test_an_image_at_fault_fails_alone(pool: ThreadPoolExecutor, wait_until: WaitUntil) -> None:
    device = Device(4)
    gathering = Gathering(device)
    held = []
    for number in range(2):
        held.append(pool.submit(gathering.embed, image(number)))
        wait_until(lambda: len(device.sizes) == len(held))
    bad = pool.submit(gathering.embed, image(9, side=1))
    good = [pool.submit(gathering.embed, image(number)) for number in range(3)]
    wait_until(lambda: len(gathering._waiting) == 4)
    device.may_go_on.set()
    with pytest.raises(ImageUnreadable, match="one pixel"):
        bad.result()
    assert [int(each.result()[0].argmax()) for each in good] == [0, 1, 2]


def test_who_wants_one_at_a_time_gets_them_side_by_side(
    pool: ThreadPoolExecutor, wait_until: WaitUntil
) -> None:
    device = Device(1)
    gathering = Gathering(device)
    found = [pool.submit(gathering.embed, image(number)) for number in range(6)]
    wait_until(lambda: device.sizes == [1] * 6)
    device.may_go_on.set()
    assert [int(each.result()[0].argmax()) for each in found] == list(range(6))


def test_what_is_begun_runs_once_it_is_enough(
    pool: ThreadPoolExecutor, wait_until: WaitUntil
) -> None:
    device = Device(4)
    device.may_go_on.set()
    gathering = Gathering(device)
    begun = list(pool.map(gathering.begin, [image(number) for number in range(10)]))
    assert device.sizes == [4, 4]
    found = [int(each.result()[0].argmax()) for each in begun]
    assert found == list(range(10))
    assert device.sizes == [4, 4, 2]


def test_no_more_wait_than_two_full_runs(pool: ThreadPoolExecutor, wait_until: WaitUntil) -> None:
    device = Device(2)
    gathering = Gathering(device)
    begun = [pool.submit(gathering.begin, image(number)) for number in range(16)]
    # Two runs compute, and those who wait for room have brought theirs.
    wait_until(lambda: device.sizes == [2, 2] and len(gathering._waiting) == 12)
    assert sum(each.done() for each in begun) <= 5
    device.may_go_on.set()
    found = [int(each.result().result()[0].argmax()) for each in begun]
    assert found == list(range(16))


def test_images_are_prepared_by_who_brings_them(pool: ThreadPoolExecutor) -> None:
    class Preparing(Device):
        def __init__(self) -> None:
            super().__init__(4)
            self.prepared_by: list[int] = []

        def prepare(self, image: Image) -> int:
            self.prepared_by.append(threading.get_ident())
            return int(image.pixels[0, 0, 0])

        def _embed(self, images: Sequence[Any]) -> Vectors:
            return np.eye(256, dtype=np.float32)[list(images)]

    device = Preparing()
    gathering = Gathering(device)

    def bring(number: int) -> tuple[int, int]:
        return threading.get_ident(), int(gathering.embed(image(number))[0].argmax())

    brought = list(pool.map(bring, range(12)))
    assert [number for _, number in brought] == list(range(12))
    assert sorted(thread for thread, _ in brought) == sorted(device.prepared_by)
    assert device.embed([image(7)]).argmax() == 7


def test_where_memory_is_missing_nobody_tries_alone(pool: ThreadPoolExecutor) -> None:
    class Full(Device):
        def _embed(self, images: Sequence[Image]) -> Vectors:
            self.sizes.append(len(images))
            raise ResourcesMissing("no memory")

    device = Full(4)
    gathering = Gathering(device)
    begun = [gathering.begin(image(number)) for number in range(4)]
    for each in begun:
        with pytest.raises(ResourcesMissing, match="no memory"):
            each.result()
    assert device.sizes == [4]
