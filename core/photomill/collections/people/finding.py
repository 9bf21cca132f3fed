"""Faces in images, by the recogniser that a collection is kept with."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from attrs import Factory, field, frozen
from sqlalchemy.engine import Connection

from photomill.catalog import Catalog
from photomill.collections.people.known import KnownPeople
from photomill.collections.people.matching import FaceMatcher
from photomill.collections.store.face_searches import FoundFaces, PeopleSwitch
from photomill.collections.store.people import PeopleTable
from photomill.components import FaceRecogniser, RecognisedFace
from photomill.decoding.decoder import ImageDecoder
from photomill.errors import Conflict
from photomill.images.image import Image


@frozen(eq=False)
class FaceFinder:
    """Looks for faces, and enters them with whose they are. Thread-safe.

    :ivar open_recogniser: raises ``PluginUnavailable`` where its weights are missing.
    :ivar known: who is there, as this process remembers them.
    """

    catalog: Catalog
    table: PeopleTable
    decoder: ImageDecoder
    open_recogniser: Callable[[], FaceRecogniser]
    known: KnownPeople = field(
        init=False, default=Factory(lambda self: KnownPeople(self.table), takes_self=True)
    )

    def wanted(self) -> bool:
        """Whether people are to be looked for in what is inserted.

        :raises NotFound: the collection is gone.
        """
        return bool(self._switch().recogniser)

    def recogniser(self) -> FaceRecogniser:
        """What knows people here.

        :raises PluginUnavailable: it cannot be opened.
        :raises Conflict: it is not the one that made the faces that are there, or nobody is to be looked for.
        """
        return self.begin()[0]

    def begin(self) -> tuple[FaceRecogniser, int]:
        """What knows people here, and the epoch of what it finds from now on.

        :raises PluginUnavailable: as of :meth:`recogniser`.
        :raises Conflict: likewise.
        """
        switch = self._switch()
        expected = switch.recogniser
        if not expected:
            raise Conflict(
                "the collection does not know people; they are looked for only where somebody asks"
            )
        recogniser = self.open_recogniser()
        if recogniser.fingerprint != expected:
            raise Conflict(
                f"the collection holds faces of {expected!r}, but the recogniser is now "
                f"{recogniser.fingerprint!r}; configure the former, or forget the people and begin anew"
            )
        return recogniser, switch.epoch

    def decode(self, data: bytes, recogniser: FaceRecogniser) -> Image:
        """Decode an image as large as faces need it.

        :raises ImageError: it cannot be decoded.
        """
        return self.decoder.decode(data, side=recogniser.decode_side)

    def faces(self, data: bytes) -> FoundFaces:
        """The faces of an image.

        :raises PluginUnavailable: the recogniser cannot be opened.
        :raises Conflict: it is another than before, or nobody is to be looked for.
        :raises ImageError: the image cannot be decoded.
        """
        recogniser, epoch = self.begin()
        found = recogniser.recognise(self.decode(data, recogniser))
        if found:
            self.known.read_ahead(self.catalog, recogniser.dimension)
        return FoundFaces(epoch, found)

    def enter(self, looked: Mapping[int, FoundFaces], connection: Connection) -> list[int]:
        """Enter the faces of records, by their serials, inside a transaction that others wait for.

        Left out are those that were looked for before people were forgotten.

        :returns: the serials of records that somebody with a name is on.
        """
        epoch = self.table.searches.switch(connection).epoch
        found = {serial: each.faces for serial, each in looked.items() if each.epoch == epoch}
        first = next((face for faces in found.values() for face in faces), None)
        if first is None:
            for serial in found:
                self.table.add_faces(serial, [], connection)
            return []
        radius = self.open_recogniser().radius
        with self.known.matcher(connection, len(first.vector), radius) as (matcher, _):
            for serial, faces in found.items():
                self.table.add_faces(serial, self._owned(faces, matcher, connection), connection)
        return sorted(self.table.names(list(found), connection))

    def _owned(
        self, faces: Sequence[RecognisedFace], matcher: FaceMatcher, connection: Connection
    ) -> list[tuple[RecognisedFace, int]]:
        """The faces of an image with whose they are, be it somebody new."""
        if not faces:
            return []
        people = [
            self.table.add_person(connection) if person is None else person
            for person in matcher.match(np.stack([face.vector for face in faces]))
        ]
        for person, face in zip(people, faces, strict=True):
            matcher.add(person, face.vector)
        return list(zip(faces, people, strict=True))

    def _switch(self) -> PeopleSwitch:
        switch = self.table.searches.read_switch()
        self.known.keep_only(switch.epoch)
        return switch
