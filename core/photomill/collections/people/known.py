"""What a process remembers of a collection's people, so that an insert reads only what changed."""

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from attrs import define, field
from sqlalchemy.engine import Connection

from photomill.catalog import Catalog
from photomill.collections.people.matching import FaceMatcher
from photomill.collections.people.means import PersonMeans
from photomill.collections.store.people import Dispute, PeoplePosition, PeopleTable


@define(eq=False)
class _Held:
    """The means of everybody.

    :ivar position: how far they were read.
    :ivar newest: faces up to this number are taken in.
    :ivar gone: people who were seen to be gone.
    """

    means: PersonMeans
    position: PeoplePosition
    newest: int = -1
    gone: set[int] = field(factory=set)


class KnownPeople:
    """The mean of each person's faces, followed from one transaction to the next. Faces are not kept.

    A transaction sees in :meth:`matcher` what all before it changed, in whatever process: new faces have numbers above
    those of all others; people who lose faces, or get others', are marked in the catalog and read anew; and of those near
    to a face it is asked whether they are still there. What the transaction itself changes is read by the next one, if it
    is stored at all.
    """

    def __init__(self, table: PeopleTable) -> None:
        self._table = table
        self._lock = threading.Lock()
        self._held: _Held | None = None

    @contextmanager
    def matcher(
        self, connection: Connection, dimension: int, radius: float
    ) -> Iterator[tuple[FaceMatcher, PersonMeans]]:
        """What tells whose faces are, inside a transaction that others wait for and that changed no face before.

        :returns: also the means that it goes by. What is changed in them is undone at the end.
        """
        held = self._follow(connection, dimension)
        ask = partial(self._disputes, held, connection)
        with held.means.trial():
            yield FaceMatcher(held.means, ask, radius), held.means

    def read_ahead(self, catalog: Catalog, dimension: int) -> None:
        """Read everybody where nobody is known yet, so that no transaction that others wait for has to."""
        if self._held is None:
            with catalog.stream() as connection:
                self._follow(connection, dimension)

    def keep_only(self, epoch: int) -> None:
        """Let go of everybody who was known before people were forgotten.

        :param epoch: of the collection's people now.
        """
        held = self._held
        if held is not None and held.position.people_epoch != epoch:
            self.let_go()

    def let_go(self) -> None:
        """Keep nothing of anybody in memory."""
        with self._lock:
            self._held = None

    def _follow(self, connection: Connection, dimension: int) -> _Held:
        with self._lock:
            # Read first: what is changed after it is read again.
            position = self._table.position(connection)
            # Where something fails midway, all is read anew the next time.
            held, self._held = self._held, None
            if (
                held is None
                or held.means.dimension != dimension
                or not held.position.same_people(position)
            ):
                held = _Held(PersonMeans(dimension), position)
            else:
                self._read_rearranged(held, connection)
            for faces in self._table.newer(held.newest, dimension, connection):
                held.means.add(faces.people, faces.vectors)
                held.newest = int(faces.numbers[-1])
            held.position = position
            self._held = held
            return held

    def _read_rearranged(self, held: _Held, connection: Connection) -> None:
        people = self._table.rearranged(held.position, connection) | held.gone
        held.gone.clear()
        held.means.remove(people)
        for faces in self._table.faces_by_people(people, held.means.dimension, connection):
            old = faces.numbers <= held.newest
            held.means.add(faces.people[old], faces.vectors[old])

    def _disputes(
        self, held: _Held, connection: Connection, people: Collection[int]
    ) -> Mapping[int, Dispute]:
        disputes = self._table.disputes(people, held.means.dimension, connection)
        held.gone.update(person for person in people if person not in disputes)
        return disputes
