"""The folders that a collection was imported from: out of which files may be moved, and where to."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePath, PurePosixPath
from typing import Self

from attrs import frozen

from photomill.collections.collection import Collection
from photomill.errors import InvalidInput
from photomill.importing.places import NotMovable
from photomill.names import unescape_name


@frozen
class ImportedFolders:
    """The folders out of which files may be moved.

    :ivar searched: folders that were imported; an import of them again takes in what is below.
    :ivar of_files: folders of files that were imported and named themselves.
    """

    searched: frozenset[str]
    of_files: frozenset[str]

    @classmethod
    def of(cls, collection: Collection) -> Self:
        searched, of_files = (
            frozenset(map(unescape_name, collection.imported_folders(searched=each)))
            for each in (True, False)
        )
        return cls(searched, of_files)

    def find(self, path: str) -> tuple[str, PurePosixPath]:
        """The folder that a file was imported from, the nearest, and the file's path below that.

        :raises NotMovable: there is none.
        """
        pure = PurePath(path)
        found = [each for each in self.searched if PurePath(each) in pure.parents]
        found += [each for each in self.of_files if PurePath(each) == pure.parent]
        if not found:
            raise NotMovable(f"{path} is not below a folder that was imported")
        nearest = max(found, key=len)
        return nearest, PurePosixPath(pure.relative_to(nearest))

    def names(self, path: Path) -> Iterator[Path]:
        """What a file is called below each folder that it may have been imported from."""
        for folder in path.parents:
            known = str(folder)
            if known in self.searched or (folder == path.parent and known in self.of_files):
                yield path.relative_to(folder)

    def check_target(self, folder: Path) -> None:
        """Make sure that no import finds files again that are moved to a folder.

        :raises InvalidInput: the next import of a folder would.
        """
        real = Path(os.path.realpath(folder))
        for each in self.searched:
            root = os.path.realpath(each)
            if real.is_relative_to(root) and not any(
                part.startswith(".") for part in real.relative_to(root).parts
            ):
                raise InvalidInput(
                    f"{folder} is below {each}, whose next import would take the files in again; choose another folder, "
                    "or a hidden one",
                    path="move",
                )
