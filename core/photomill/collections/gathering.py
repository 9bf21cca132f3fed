"""Images that several threads bring at once, embedded in one run where the embedder wants that."""

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from photomill.collections.sight import pack_classes
from photomill.components import Embedder
from photomill.errors import ResourcesMissing
from photomill.images.image import Image

Embedded = tuple[NDArray[np.float32], bytes]
"""The vector of an image, and its likeliest classes as ``Sight`` has them; empty where they are not told."""

_RUNS = 2
"""Runs at once: one hands its images over while the device computes for the other."""

_WAITING = 2
"""Full runs that may wait, as images are prepared faster than a device computes; more would only take memory."""


@define(eq=False)
class Asked:
    """An image that a thread brought."""

    _gathering: "Gathering" = field(repr=False)
    prepared: Any = field(repr=False)
    embedded: Embedded | None = None
    error: Exception | None = None

    @property
    def ended(self) -> bool:
        return self.embedded is not None or self.error is not None

    def result(self) -> Embedded:
        """Wait until it is embedded; whoever waits does what is to be done.

        :raises ResourcesMissing: the embedder's device has no memory left.
        """
        self._gathering.end(self)
        if self.error is not None:
            raise self.error
        assert self.embedded is not None  # it ended without an error
        return self.embedded


class Gathering:
    """Embeds images that threads bring, as many a run as the embedder wants. Thread-safe.

    Whoever brings one image after the other begins them all and asks for results in the end: so runs are full. Nobody who
    waits for a result waits for company: with a run free he begins at once, with all that wait by then. There are no
    threads but the callers'.
    """

    def __init__(self, embedder: Embedder, *, concepts: bool = False) -> None:
        """
        :param concepts: whether to tell what images show too, where the embedder knows things by name.
        """
        self._embedder = embedder
        self._concepts = concepts
        self._changed = threading.Condition()
        self._waiting: list[Asked] = []
        self._running = 0

    def embed(self, image: Image) -> Embedded:
        """Embed an image with those that others bring.

        :raises ResourcesMissing: the embedder's device has no memory left.
        """
        return self.begin(image).result()

    def begin(self, image: Image) -> Asked:
        """Prepare an image and have it embedded with others, soon, or when its result is asked for.

        Does a run that is full, and waits while there are too many to be embedded.
        """
        asked = Asked(self, self._embedder.prepare(image))
        if self._embedder.at_once == 1:
            self._run_together([asked])
            if asked.error is not None:
                raise asked.error
            return asked
        with self._changed:
            self._waiting.append(asked)
        while together := self._next_full(asked):
            self._do(together)
        return asked

    def end(self, asked: Asked) -> None:
        """Return once an image that was begun is embedded, or failed."""
        while together := self._next(asked):
            self._do(together)

    def _next_full(self, asked: Asked) -> list[Asked]:
        """A full run that is to be done by this thread; nothing where it may bring more."""
        most = self._embedder.at_once
        with self._changed:
            self._changed.wait_for(
                lambda: asked.ended or len(self._waiting) < _WAITING * most or self._running < _RUNS
            )
            if asked.ended or self._running == _RUNS or len(self._waiting) < most:
                return []
            return self._take()

    def _next(self, asked: Asked) -> list[Asked]:
        """A run that is to be done by this thread; nothing once its own image is embedded."""
        with self._changed:
            self._changed.wait_for(lambda: asked.ended or (self._running < _RUNS and self._waiting))
            return [] if asked.ended else self._take()

    def _take(self) -> list[Asked]:
        most = self._embedder.at_once
        together, self._waiting = self._waiting[:most], self._waiting[most:]
        self._running += 1
        return together

    def _do(self, together: list[Asked]) -> None:
        try:
            self._run_together(together)
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _run_together(self, together: list[Asked]) -> None:
        try:
            for asked, embedded in zip(
                together, self._run([each.prepared for each in together]), strict=True
            ):
                asked.embedded = embedded
        except ResourcesMissing as error:
            for asked in together:
                asked.error = error
        except Exception as error:
            if len(together) == 1:
                together[0].error = error
                return
            # One of them is at fault, and the others are not to suffer for it.
            for asked in together:
                self._run_together([asked])
        finally:
            for asked in together:
                asked.prepared = None

    def _run(self, prepared: Sequence[Any]) -> list[Embedded]:
        known = self._concepts and self._embedder.vocabulary is not None
        vectors, posteriors = self._embedder.embed_prepared(prepared, concepts=known)
        classes = [b""] * len(vectors) if posteriors is None else pack_classes(posteriors)
        return list(zip(vectors, classes, strict=True))
