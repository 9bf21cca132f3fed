"""Images that several threads bring at once, embedded in one run where the embedder wants that."""

import threading
from collections.abc import Sequence

import numpy as np
from attrs import define
from numpy.typing import NDArray

from photomill.collections.sight import pack_classes
from photomill.components import Embedder
from photomill.images.image import Image

Embedded = tuple[NDArray[np.float32], bytes]
"""The vector of an image, and its likeliest classes; empty where the embedder knows nothing by name."""

_RUNS = 2
"""Runs at once: one prepares images while the device computes for the other."""


@define(eq=False)
class _Asked:
    """An image that a thread brought."""

    image: Image
    embedded: Embedded | None = None
    error: Exception | None = None

    @property
    def ended(self) -> bool:
        return self.embedded is not None or self.error is not None


class Gathering:
    """Embeds one image a call; calls that come while others run are run together. Thread-safe.

    Nobody waits for company: a call that finds a run free begins at once, with all that wait by then.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._changed = threading.Condition()
        self._waiting: list[_Asked] = []
        self._running = 0

    def embed(self, image: Image) -> Embedded:
        """The vector of an image, and its likeliest classes as ``Sight`` has them."""
        if self._embedder.at_once == 1:
            (embedded,) = self._run([image])
            return embedded
        asked = _Asked(image)
        with self._changed:
            self._waiting.append(asked)
        while not asked.ended:
            together = self._next(asked)
            try:
                self._run_together(together)
            finally:
                self._ended(together)
        if asked.error is not None:
            raise asked.error
        assert asked.embedded is not None  # it ended without an error
        return asked.embedded

    def _next(self, asked: _Asked) -> list[_Asked]:
        """What is to be run by this thread; nothing once its own image has been."""
        with self._changed:
            self._changed.wait_for(lambda: asked.ended or (self._running < _RUNS and self._waiting))
            if asked.ended:
                return []
            most = self._embedder.at_once
            together, self._waiting = self._waiting[:most], self._waiting[most:]
            self._running += 1
            return together

    def _ended(self, together: list[_Asked]) -> None:
        if together:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _run_together(self, together: list[_Asked]) -> None:
        if not together:
            return
        try:
            for asked, embedded in zip(
                together, self._run([each.image for each in together]), strict=True
            ):
                asked.embedded = embedded
        except Exception as error:
            if len(together) == 1:
                together[0].error = error
                return
            # One of them is at fault, and the others are not to suffer for it.
            for asked in together:
                self._run_together([asked])

    def _run(self, images: Sequence[Image]) -> list[Embedded]:
        if self._embedder.vocabulary is None:
            return [(vector, b"") for vector in self._embedder.embed(images)]
        vectors, posteriors = self._embedder.embed_with_concepts(images)
        return list(zip(vectors, pack_classes(posteriors), strict=True))
