"""The people of one collection, for whoever names and sorts them."""

from collections.abc import Callable, Sequence
from functools import partial

from attrs import frozen
from sqlalchemy.engine import Connection

from photomill.catalog import Catalog
from photomill.collections.backend import Followed
from photomill.collections.ingest import Ingest
from photomill.collections.model import Face, PeopleReport, Person
from photomill.collections.originals import read_original
from photomill.collections.people.finding import FaceFinder
from photomill.collections.store.face_searches import FoundFaces, Unsearched
from photomill.collections.store.people import PeopleTable
from photomill.collections.store.records import RecordTable
from photomill.collections.touching import touching
from photomill.collections.validation import check_page
from photomill.components import FaceRecogniser, RecognisedFace
from photomill.errors import Conflict, InvalidInput, NotFound, PhotomillError
from photomill.names import normalise_name
from photomill.parallel import Parallel

MAX_NAME = 200
_BATCH = 32
_LARGEST = (1 << 63) - 1
"""Beyond the numbers of people and faces."""


@frozen(eq=False)
class People:
    """Who is on the records of a collection that asked for it. Thread-safe; what returns is on disk.

    A filter sees the names on a record as its attribute ``people``.
    """

    _catalog: Catalog
    _records: RecordTable
    _store: Followed
    _finder: FaceFinder
    _ingest: Ingest
    _parallel: Parallel

    @property
    def _table(self) -> PeopleTable:
        return self._records.people

    # ------------------------------------------------------------ reading

    def list_all(self) -> list[Person]:
        """Everybody whose face was found, those on most records first."""
        return self._table.all()

    def get(self, person: int | str) -> Person:
        """A person, by number or name.

        :raises NotFound: there is none.
        """
        with self._catalog.read() as connection:
            (found,) = self._table.people([self._number(person, connection)], connection)
        return found

    def faces(
        self,
        person: int | str | None = None,
        *,
        ids: Sequence[str] | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> list[Face]:
        """Faces in the order in which they were found.

        :param person: only this one's, by number or name.
        :param ids: only those on these records.
        :raises NotFound: there is no such person.
        """
        check_page(offset, limit)
        number = None if person is None else self.get(person).number
        return self._table.faces(number, ids, offset, limit)

    def crop(self, face: int) -> bytes:
        """A face as a JPEG file, 112 pixels square with the recogniser that comes with Photomill.

        :raises NotFound: there is no such face.
        """
        found = self._table.crop(face) if face <= _LARGEST else None
        if found is None:
            raise NotFound(f"no face {face}")
        return found

    def by_person(self, ids: Sequence[str]) -> list[tuple[Person, list[str]]]:
        """Records by whose face is the largest on each, those of most records first; without records that nobody is on.

        Of each person the record with the largest face comes first.
        """
        largest: dict[str, Face] = {}
        for face in self._table.faces(ids=ids):
            known = largest.get(face.record_id)
            if known is None or _size(face) > _size(known):
                largest[face.record_id] = face
        found: dict[int, list[Face]] = {}
        for face in sorted(largest.values(), key=lambda each: (-_size(each), each.number)):
            found.setdefault(face.person, []).append(face)
        with self._catalog.read() as connection:
            people = self._table.people(list(found), connection)
        groups = [(each, [face.record_id for face in found[each.number]]) for each in people]
        return sorted(groups, key=lambda group: (-len(group[1]), group[0].number))

    def unsearched(self, *, after: int = -1, limit: int = 1000) -> list[Unsearched]:
        """Records with an image in which nobody was looked for, in the order of insertion.

        :param after: leave out serials up to this one.
        """
        return self._table.searches.unsearched(after, limit)

    def count_unsearched(self) -> int:
        """How many records there are in whose images nobody was looked for yet."""
        return self._table.searches.count_unsearched()

    def count_searched(self, ids: Sequence[str]) -> tuple[int, int]:
        """In how many of some records' images people were looked for, and how many faces these have."""
        return self._table.searches.count_searched(ids)

    # ------------------------------------------------------------ changing

    def name(self, person: int | str, name: str) -> Person:
        """Say who somebody is; an empty name takes it away.

        :raises NotFound: there is no such person.
        :raises InvalidInput: no name of 1 to 200 printable characters.
        :raises Conflict: somebody else has the name.
        """
        name = normalise_name(name).strip()
        if len(name) > MAX_NAME or not name.isprintable():
            raise InvalidInput(f"expected up to {MAX_NAME} printable characters", path="name")
        if name.isdecimal():
            raise InvalidInput(
                "expected a name that is no number: people have numbers too", path="name"
            )

        def change(connection: Connection) -> tuple[int, list[int]]:
            number = self._number(person, connection)
            other = self._table.named(name, connection) if name else None
            if other is not None and other != number:
                raise Conflict(
                    f"{name!r} is the name of number {other} already; merge the two if they are one person"
                )
            self._table.set_name(number, name, connection)
            return number, self._table.shown_on([number], connection)

        return self._changed(change)

    def merge(self, into: int | str, others: Sequence[int | str]) -> Person:
        """Say that several are one person; those merged into it are gone. A name is kept: its own, or the first of theirs.

        :raises NotFound: one of them is not there.
        :raises InvalidInput: nobody, or the person itself, is to be merged into it.
        """
        if not others:
            raise InvalidInput("expected somebody to merge", path="others")

        def change(connection: Connection) -> tuple[int, list[int]]:
            number = self._number(into, connection)
            joined = list(dict.fromkeys(self._number(each, connection) for each in others))
            if number in joined:
                raise InvalidInput("is the person to merge into", path="others")
            known = self._table.people([number, *joined], connection)
            names = {each.number: each.name for each in known}
            touched = self._table.shown_on([number, *joined], connection)
            self._table.join_people(joined, number, connection)
            if not names[number]:
                inherited = next((names[each] for each in joined if names[each]), "")
                self._table.set_name(number, inherited, connection)
            return number, touched

        return self._changed(change)

    def split(self, person: int | str, faces: Sequence[int]) -> Person:
        """Take faces of a person out, and make them somebody else's, without a name.

        :returns: that other person.
        :raises NotFound: there is no such person, or one of the faces is not this one's.
        """

        def change(connection: Connection) -> tuple[int, list[int]]:
            number = self._number(person, connection)
            serials = self._own(number, faces, connection)
            other = self._table.add_person(connection)
            self._table.assign(faces, other, connection)
            self._table.remove_nobodies([number], connection)
            return other, serials

        return self._changed(change)

    def reject(self, person: int | str, faces: Sequence[int]) -> list[Face]:
        """Say of faces that they are not this person's.

        Each goes to whom it is like most of the others, or to somebody new, and does not come back by itself. Further
        faces that are more like one of these than like the person's stay away too.

        :returns: the faces, with whose they are now.
        :raises NotFound: there is no such person, or one of the faces is not this one's.
        :raises PluginUnavailable: the recogniser cannot be opened.
        """
        recogniser = self._finder.recogniser()
        faces = list(dict.fromkeys(faces))

        def change(connection: Connection) -> tuple[int, list[int]]:
            number = self._number(person, connection)
            serials = self._own(number, faces, connection)
            self._table.reject(faces, number, connection)
            self._assign_anew(recogniser, faces, connection)
            return number, serials

        self._changed(change)
        return self._table.faces_of(faces)

    def hand_over(self, old: int, new: int) -> None:
        """Give a record the faces of another of the same image, as they were sorted there, in the place of its own.

        Nothing is done where nobody was looked for in the other.

        :param old: ``Record.number`` of the other, which may be dropped.
        :param new: ``Record.number`` of the record.
        """
        if not self._finder.wanted():
            return
        with touching(self._catalog, self._records, self._store) as (connection, touched):
            if self._table.hand_over(old, new, connection):
                touched.append(new)

    def let_go(self) -> None:
        """Keep nothing of anybody in memory; what is in the catalog is read anew when a face is found."""
        self._finder.known.let_go()

    def check(self) -> int:
        """Make sure that people can be looked for.

        :returns: the epoch, which grows when people are forgotten.
        :raises PluginUnavailable: the recogniser cannot be opened.
        :raises Conflict: the collection does not want people, or another recogniser made the faces that are there.
        """
        _, epoch = self._finder.begin()
        return epoch

    def find(
        self,
        *,
        ids: Sequence[str] | None = None,
        epoch: int | None = None,
        trusted: bool = False,
        progress: Callable[[PeopleReport], None] = lambda report: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> PeopleReport:
        """Look for people in the images of records in which nobody was looked for yet; originals are read anew.

        Each batch is durable before the next one begins: what was broken off goes on where it stopped.

        :param ids: look at these records only.
        :param epoch: as :meth:`check` returned it when this was asked for; None for the present one.
        :param trusted: read a record's ``_file`` outside the source roots too, and objects of storages. Whoever may write
            records chooses them: they are looked at only where they are the very image that was inserted.
        :param progress: told after every batch; the report goes on changing.
        :param stop: asked before every batch; True ends it.
        :raises PluginUnavailable: the recogniser cannot be opened.
        :raises Conflict: the collection does not want people, another recogniser made the faces that are there, or people
            were forgotten meanwhile, also where they are wanted again.
        """
        recogniser, present = self._finder.begin()
        if epoch is None:
            epoch = present
        _check_epoch(epoch, present)
        self._finder.known.read_ahead(self._catalog, recogniser.dimension)
        report = PeopleReport()
        after = -1
        while some := self._table.searches.unsearched(after, _BATCH, ids):
            if stop():
                report.stopped = True
                break
            found: dict[int, FoundFaces] = {}
            failed: dict[int, tuple[str, str]] = {}
            recognise = partial(self._recognised, recogniser=recogniser, trusted=trusted)
            for each, outcome in self._parallel.run(recognise, some):
                if isinstance(outcome, PhotomillError):
                    failed[each.serial] = (each.id, str(outcome))
                else:
                    found[each.serial] = FoundFaces(epoch, outcome)
            self._enter(found, epoch, report)
            report.unreadable += [failed[serial] for serial in sorted(failed)]
            after = some[-1].serial
            progress(report)
        return report

    # ------------------------------------------------------------ inside

    def _recognised(
        self, record: Unsearched, recogniser: FaceRecogniser, *, trusted: bool
    ) -> list[RecognisedFace]:
        _, image = read_original(
            self._ingest,
            record.attributes,
            record.digest,
            lambda data: self._finder.decode(data, recogniser),
            trusted=trusted,
        )
        return recogniser.recognise(image)

    def _enter(self, found: dict[int, FoundFaces], epoch: int, report: PeopleReport) -> None:
        """
        :raises Conflict: people were forgotten since.
        """
        with touching(self._catalog, self._records, self._store) as (connection, touched):
            _check_epoch(epoch, self._table.searches.switch(connection).epoch)
            # Others may have deleted some, or looked for people in them.
            left = self._table.searches.still_unsearched(list(found), connection)
            touched += self._finder.enter({serial: found[serial] for serial in left}, connection)
        report.looked += len(left)
        report.faces += sum(len(found[serial].faces) for serial in left)

    def _changed(self, change: Callable[[Connection], tuple[int, list[int]]]) -> Person:
        """Make a change in a transaction that others wait for; records that it shows on are read anew.

        :param change: gives the number of the person to answer with, and the serials of those records.
        """
        with touching(self._catalog, self._records, self._store) as (connection, touched):
            number, serials = change(connection)
            touched += serials
            found = self._table.people([number], connection)
        return found[0] if found else Person(number)

    def _assign_anew(
        self, recogniser: FaceRecogniser, numbers: Sequence[int], connection: Connection
    ) -> None:
        owners = self._table.owners(numbers, connection)
        vectors = self._table.vectors(numbers, recogniser.dimension, connection)
        known = self._finder.known.matcher(connection, recogniser.dimension, recogniser.radius)
        with known as (matcher, means):
            for number in numbers:
                means.take_away(owners[number][0], vectors[number])
            for number in numbers:
                on_image = self._table.people_on(owners[number][1], connection)
                (person,) = matcher.match(vectors[number][None], on_image)
                person = self._table.add_person(connection) if person is None else person
                self._table.assign([number], person, connection)
                matcher.add(person, vectors[number])
        former = {person for person, _ in owners.values()}
        self._table.remove_nobodies(sorted(former), connection)

    def _number(self, person: int | str, connection: Connection) -> int:
        """
        :raises NotFound: there is no such person.
        """
        if isinstance(person, str) and not person.isdecimal():
            number = self._table.named(normalise_name(person).strip(), connection)
            if number is None:
                raise NotFound(f"nobody is called {person!r}")
            return number
        if int(person) > _LARGEST or not self._table.people([int(person)], connection):
            raise NotFound(f"no person {person}")
        return int(person)

    def _own(self, person: int, faces: Sequence[int], connection: Connection) -> list[int]:
        """The serials of the records of some faces, all of one person.

        :raises InvalidInput: no face is named.
        :raises NotFound: one is not this person's.
        """
        if not faces:
            raise InvalidInput("expected at least one face", path="faces")
        owners = self._table.owners((face for face in faces if face <= _LARGEST), connection)
        for face in faces:
            if face not in owners or owners[face][0] != person:
                raise NotFound(f"number {person} has no face {face}")
        return sorted({owners[face][1] for face in faces})


def _size(face: Face) -> float:
    """The share of its image that a face takes."""
    return face.width * face.height


def _check_epoch(epoch: int, present: int) -> None:
    """
    :raises Conflict: people were forgotten since.
    """
    if epoch != present:
        raise Conflict("the people of the collection were forgotten meanwhile")
