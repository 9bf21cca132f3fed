"""Lance as an index that holds the vectors."""

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from photomill.plugin import (
    Changes,
    Comparison,
    Exists,
    ExternalIndex,
    ExternalReader,
    Health,
    IndexUnavailable,
    NotFound,
    OpenContext,
    PhotomillError,
    PluginUnavailable,
    make_private_folder,
)
from photomill_lance.conditions import LIVE, among, is_known
from photomill_lance.datasets import Conflicting, Place, failures
from photomill_lance.following import Followed, Version
from photomill_lance.options import LanceOptions
from photomill_lance.ordered import ALWAYS
from photomill_lance.reading import LanceReader
from photomill_lance.rows import State, attributes_of, rows_of
from photomill_lance.tending import Tending, due

PATIENCE = 60.0
"""Seconds for which a change is tried again, where others change the same dataset again and again."""

_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 1.0


class LanceIndex(ExternalIndex):
    """Lance in a folder or in a bucket that all servers share: for collections whose vectors no database is to hold.

    Lists of short codes (IVF, RaBitQ) lead to candidates, whose float32 vectors are then measured. Every server reads the
    files itself, so that there is no server of the index.
    """

    name = "lance"
    Options = LanceOptions
    requires = ("lance",)
    extra = "photomill[lance]"

    options: LanceOptions

    def open(self, context: OpenContext) -> None:
        self._place = Place(self._root(context), self.options.storage_options)
        self._lock = threading.Lock()
        self._followed: dict[str, Followed] = {}

    def close(self) -> None:
        if hasattr(self, "_followed"):
            self._followed.clear()

    def health(self) -> Health:
        try:
            self._place.check()
        except PhotomillError as error:
            return Health(ok=False, detail=str(error))
        return Health()

    def knows(self, condition: Comparison | Exists) -> bool:
        return is_known(condition, self.options.attributes)

    def create(self, name: str, dimension: int) -> None:
        attributes = [ALWAYS, *self.options.attributes]
        anew = False
        for _ in self._turns():
            try:
                there = self._dataset_attributes(name)
                if there is not None:
                    if set(attributes) <= set(there):
                        return
                    # Servers that know fewer attributes go on with what is made.
                    attributes += [path for path in there if path not in attributes]
                    anew = True
                self._place.create(name, dimension, attributes, anew=anew)
            except Conflicting:
                continue
            return

    def drop(self, name: str) -> None:
        with self._lock:
            self._followed.pop(name, None)
        self._place.drop(name)

    def applied(self, name: str) -> int | None:
        try:
            return self._newest(name).state.sequence
        except NotFound:
            return None

    def apply(self, name: str, changes: Changes, up_to_sequence: int) -> None:
        for _ in self._turns():
            version = self._newest(name)
            if version.state.sequence >= up_to_sequence:
                return
            try:
                self._write(version, name, changes, up_to_sequence)
            except Conflicting:
                continue
            return

    @contextmanager
    def reading(self, name: str) -> Iterator[ExternalReader]:
        yield LanceReader(self._newest(name), name)

    def erase_deleted(self, name: str) -> None:
        # Also one that lacks attributes, and is to be made anew.
        if self._dataset_attributes(name) is not None:
            Tending(self._place, name, self.options, Future()).run(erasing=True)

    def tend(self, name: str, broken_off: "Future[None]") -> None:
        try:
            version = self._newest(name)
        except NotFound:
            return
        if due(version, self.options.build_from, name):
            Tending(self._place, name, self.options, broken_off).run()

    def _root(self, context: OpenContext) -> str:
        place = self.options.place
        if place.startswith("s3://"):
            return place
        if "://" in place:
            raise PluginUnavailable(f"lance keeps its files in a folder or in s3://…: {place!r}")
        if place:
            return str(Path(place).absolute())
        if context.catalog_url or context.data_dir is None:
            raise PluginUnavailable(
                "lance needs a place that all servers of this catalog share: set options.place to a folder or s3://…"
            )
        folder = context.data_dir / "lance"
        make_private_folder(folder)
        return str(folder.absolute())

    def _newest(self, name: str) -> Version:
        with self._lock:
            followed = self._followed.setdefault(name, Followed(self._place, name))
        version = followed.newest()
        if not {ALWAYS, *self.options.attributes} <= set(version.attributes):
            raise NotFound(f"there is no index {name!r} of these attributes")
        return version

    def _dataset_attributes(self, name: str) -> list[str] | None:
        """Of which attributes a dataset has columns; None where there is none."""
        try:
            return attributes_of(self._place.dataset(name).schema)
        except NotFound:
            return None

    def _write(self, version: Version, name: str, changes: Changes, sequence: int) -> None:
        """Commit changes to what a version shows.

        :raises Conflicting: there is a later one.
        """
        upserted = {each.serial: each for each in changes.upserted}
        state = version.state
        # What never was in it need not be marked as deleted.
        deleted = [
            serial for serial in changes.deleted if serial <= state.last and serial not in upserted
        ]
        before = self._holds(version, name, [*deleted, *upserted])
        changed = State(
            sequence,
            state.rows - before + len(upserted),
            max(state.last, *upserted) if upserted else state.last,
        )
        with failures(name):
            dataset = version.dataset
            table = rows_of(dataset.schema, changed, list(upserted.values()), deleted)
            merge = dataset.merge_insert("serial").when_matched_update_all()
            merge.when_not_matched_insert_all().conflict_retries(0).execute(table)

    def _holds(self, version: Version, name: str, serials: list[int]) -> int:
        """How many of some records are in a version."""
        known = [serial for serial in serials if serial <= version.state.last]
        if not known:
            return 0
        with failures(name):
            where = f"{LIVE} AND serial IN ({among(known)})"
            return int(version.dataset.count_rows(filter=where))

    def _turns(self) -> Iterator[None]:
        """Ends by itself after a while, with pauses that grow in between.

        :raises IndexUnavailable: no turn was the last.
        """
        end = time.monotonic() + PATIENCE
        pause = _FIRST_PAUSE
        while time.monotonic() < end:
            yield
            # Those that were in conflict do not try again at the same time.
            time.sleep(random.uniform(0, pause))
            pause = min(2 * pause, _LONGEST_PAUSE)
        raise IndexUnavailable("the index is changed by others all the time", seconds=1)
