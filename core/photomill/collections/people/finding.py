"""Faces in images, by the recogniser that a collection is kept with."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from attrs import frozen
from sqlalchemy.engine import Connection

from photomill.collections.people.matching import FaceMatcher
from photomill.collections.store.face_searches import FoundFaces
from photomill.collections.store.people import PeopleTable
from photomill.components import FaceRecogniser, RecognisedFace
from photomill.decoding.decoder import ImageDecoder
from photomill.errors import Conflict
from photomill.images.image import Image


@frozen(eq=False)
class FaceFinder:
    """Looks for faces, and enters them with whose they are. Thread-safe.

    :ivar open_recogniser: raises ``PluginUnavailable`` where its weights are missing.
    """

    table: PeopleTable
    decoder: ImageDecoder
    open_recogniser: Callable[[], FaceRecogniser]

    def wanted(self) -> bool:
        """Whether people are to be looked for in what is inserted.

        :raises NotFound: the collection is gone.
        """
        return bool(self.table.searches.read_switch().recogniser)

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
        switch = self.table.searches.read_switch()
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
        return FoundFaces(epoch, recogniser.recognise(self.decode(data, recogniser)))

    def enter(self, looked: Mapping[int, FoundFaces], connection: Connection) -> list[int]:
        """Enter the faces of records, by their serials, inside a transaction that others wait for.

        Left out are those that were looked for before people were forgotten.

        :returns: the serials of records that somebody with a name is on.
        """
        epoch = self.table.searches.switch(connection).epoch
        found = {serial: each.faces for serial, each in looked.items() if each.epoch == epoch}
        matcher = self._matcher(found, connection)
        for serial, faces in found.items():
            people: list[int] = []
            if matcher is not None and faces:
                matched = matcher.match(np.stack([face.vector for face in faces]))
                people = [
                    self.table.add_person(connection) if person is None else person
                    for person in matched
                ]
                for person, face in zip(people, faces, strict=True):
                    matcher.add(person, face.vector)
            self.table.add_faces(serial, list(zip(faces, people, strict=True)), connection)
        return sorted(self.table.names(list(found), connection))

    def _matcher(
        self, found: Mapping[int, Sequence[RecognisedFace]], connection: Connection
    ) -> FaceMatcher | None:
        """What knows everybody so far; None where there is no face to be told."""
        first = next((face for faces in found.values() for face in faces), None)
        if first is None:
            return None
        stored = self.table.stored(len(first.vector), connection)
        return FaceMatcher(stored, self.table.rejected(connection), self.open_recogniser().radius)
