"""Keeping a collection's codes by which exact searches prove that they overlooked nothing."""

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import AbstractContextManager, contextmanager, nullcontext

from attrs import frozen

from photomill.collections.contents import View
from photomill.collections.locks import ReadWriteLock
from photomill.collections.retrieval import IndexView
from photomill.collections.rows import RowStore
from photomill.components.index import VectorIndex
from photomill.errors import NotFound
from photomill.plugins import Components

PAYS_FROM = 5_000_000
"""Numbers of all vectors together from which codes are made: below, a scan takes less than twice as long."""

FOLD_ROWS = 512
"""New rows that are scanned before they are coded, so that coding is done in portions."""

_ROWS_AT_ONCE = 4096
_NO_CODES = nullcontext(IndexView())

logger = logging.getLogger(__name__)


@frozen(eq=False)
class _Coded:
    """Codes in use.

    :ivar built: how many rows they were fitted to.
    :ivar generation: of the rows that they number.
    """

    index: VectorIndex
    built: int
    size: int
    generation: int


class Proving:
    """One collection's codes. They are made in the background once a search that scans would have gained by them.

    A collection whose searches all ask an index never has any. Searches wait for nothing: they scan what is not coded.
    """

    def __init__(
        self, store: RowStore, instance: str, components: Components, background: Executor
    ) -> None:
        """
        :param instance: in ``[indexes]``; empty for none.
        :param background: where codes are made.
        """
        self._store = store
        self._instance = instance
        self._components = components
        self._background = background
        self._lock = ReadWriteLock()
        self._coded: _Coded | None = None
        self._scheduling = threading.Lock()
        self._scheduled = False
        self._closed = False

    def reading(self, view: View) -> AbstractContextManager[IndexView]:
        """The codes for searching a view; they are not appended to meanwhile."""
        # Most collections never have any.
        return _NO_CODES if self._coded is None else self._reading(view)

    @contextmanager
    def _reading(self, view: View) -> Iterator[IndexView]:
        with self._lock.reading():
            coded = self._coded
            if coded is None or coded.generation != view.generation:
                yield IndexView()
            else:
                yield IndexView(coded.index, coded.size)

    def asked(self, view: View) -> None:
        """A search scanned, or would have without codes: see, in the background, whether there must be codes for the next."""
        if not self._instance or view.size * view.vectors.dimension < PAYS_FROM:
            return
        with self._scheduling:
            if self._scheduled or self._closed or not self._is_due(view):
                return
            self._scheduled = True
            self._background.submit(self._run)

    def stop(self) -> None:
        """Begin nothing further in the background."""
        with self._scheduling:
            self._closed = True

    def close(self) -> None:
        """Let the codes go."""
        self.stop()
        self._install(None)

    def _run(self) -> None:
        try:
            self._maintain(self._store.latest)
        except NotFound:
            # The collection was deleted.
            self.close()
        except Exception:
            # Searches scan, as without codes; trying at each of them would cost more than it gains.
            logger.exception("codes for exact searches could not be made, and are not tried again")
            self.close()
        finally:
            with self._scheduling:
                self._scheduled = False

    def _is_due(self, view: View) -> bool:
        coded = self._coded
        if coded is None or coded.generation != view.generation:
            return view.live > 0
        return view.size - coded.size >= FOLD_ROWS

    def _maintain(self, view: View) -> None:
        if self._closed or not self._is_due(view):
            return
        coded = self._coded
        # Middles and steps that were fitted to few rows may not suit many.
        if coded is None or coded.generation != view.generation or view.size > 2 * coded.built:
            self._build(view)
        else:
            self._append(view, coded)

    def _build(self, view: View) -> None:
        index = self._components.new_index(self._instance)
        if not (index.can_bound and index.can_add and index.can_filter):
            index.close()
            raise ValueError(f"the index {index.name!r} cannot bound, add and filter")
        try:
            index.build(view.vectors.from_row(0))
        except BaseException:
            index.close()
            raise
        self._install(_Coded(index, view.size, view.size, view.generation))

    def _append(self, view: View, coded: _Coded) -> None:
        for start, vectors in view.vectors.spans(coded.size, _ROWS_AT_ONCE):
            with self._lock.writing():
                if self._coded is not coded:
                    return  # They were let go.
                coded.index.add(vectors)
                coded = self._coded = _Coded(
                    coded.index, coded.built, start + len(vectors), coded.generation
                )

    def _install(self, coded: _Coded | None) -> None:
        """Put codes in the place of the last, and let those go where nobody asks them any more."""
        with self._lock.writing():
            if self._closed and coded is not None:
                coded.index.close()
                return
            before, self._coded = self._coded, coded
        if before is not None:
            before.index.close()
