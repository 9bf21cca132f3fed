"""A dataset that others change, followed by one process."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import lru_cache
from typing import TYPE_CHECKING

from attrs import field, frozen

from photomill.plugin import NotFound
from photomill_lance.datasets import Place, failures
from photomill_lance.rows import STATE, State, attributes_of, dimension_of, made_of

if TYPE_CHECKING:
    import lance


_COUNTS = 16
"""Of conditions as SQL, which may be long, those of which it is known how many rows they let through."""


@frozen(eq=False)
class Version:
    """A dataset as of one moment. Never changes.

    :ivar counted: how many rows a condition lets through, at once for one that was asked lately.
    """

    dataset: "lance.LanceDataset"
    state: State
    attributes: list[str]
    dimension: int
    counted: Callable[[str], int] = field(init=False)

    @counted.default
    def _counted(self) -> Callable[[str], int]:
        dataset = self.dataset
        return lru_cache(_COUNTS)(lambda where: int(dataset.count_rows(filter=where)))

    @classmethod
    def of(cls, dataset: "lance.LanceDataset", name: str) -> "Version":
        """The version that a dataset shows.

        :raises NotFound: it is not whole, and to be made anew.
        """
        with failures(name):
            found = dataset.scanner(
                columns=["sequence", "rows", "last"], filter=f"serial = {STATE}"
            ).to_table()
        if found.num_rows != 1:
            raise NotFound(f"there is no index {name!r}")
        state = State(**{key: int(value) for key, value in found.to_pylist()[0].items()})
        schema = dataset.schema
        return cls(dataset, state, attributes_of(schema), dimension_of(schema))


class Followed:
    """Gives the newest version of one dataset, and looks at the storage as seldom as that can be. Thread-safe."""

    def __init__(self, place: Place, name: str) -> None:
        self._place = place
        self._name = name
        self._asking = threading.Lock()
        self._waiting = threading.Lock()
        self._next: Future[Version] | None = None
        self._dataset: lance.LanceDataset | None = None
        self._version: Version | None = None

    def newest(self) -> Version:
        """The version that is the newest at some moment of this call.

        :raises NotFound: there is no such dataset.
        :raises IndexUnavailable: the storage does not answer.
        """
        with self._waiting:
            shared = self._next
            mine: Future[Version] | None = None
            if shared is None:
                shared = self._next = mine = Future()
        if mine is not None:
            with self._asking:
                # Whoever asks from now on may have seen something that this look does not see.
                with self._waiting:
                    self._next = None
                try:
                    mine.set_result(self._looked())
                except BaseException as error:
                    self._dataset = self._version = None
                    mine.set_exception(error)
        return shared.result()

    def _looked(self) -> Version:
        dataset = self._dataset
        if dataset is not None:
            before, made = dataset.version, made_of(dataset.schema)
            with failures(self._name):
                self._place.check_folder()
                dataset.checkout_latest()
            if made_of(dataset.schema) != made or dataset.version < before:
                dataset = None  # It was removed and made anew: nothing that is remembered holds.
            elif self._version is not None and dataset.version == before:
                return self._version
        if dataset is None:
            dataset = self._dataset = self._place.dataset(self._name)
        with failures(self._name):
            pinned = dataset.checkout_version(dataset.version)
        self._version = Version.of(pinned, self._name)
        return self._version
