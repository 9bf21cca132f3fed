"""Datasets of Lance: where they are, and their failures in the engine's words."""

import os
import re
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from photomill.plugin import IndexUnavailable, NotFound
from photomill_lance.rows import State, rows_of, schema_of

if TYPE_CHECKING:
    import lance

_MISSING = re.compile(r"^(Dataset at path .* was not found|Not found: .*/_versions\b)")
_CONFLICT = re.compile(
    r"Too many concurrent writers|Retryable commit conflict|Incompatible transaction|Dataset already exists"
    r"|Commit conflict"
)


class Conflicting(Exception):
    """Somebody else changed the dataset at the same time."""


@frozen
class Place:
    """Where an instance's datasets are.

    :ivar root: a folder, or ``s3://bucket/path``.
    :ivar storage_options: what Lance is told of a bucket; secrets are among it.
    """

    root: str
    storage_options: dict[str, str] = field(factory=dict, repr=False)

    def dataset(self, name: str) -> "lance.LanceDataset":
        """The newest version of a dataset.

        :raises NotFound: there is none.
        :raises IndexUnavailable: nobody can tell.
        """
        with failures(name):
            self.check_folder()
            return library().dataset(self._address(name), storage_options=self.storage_options)

    def create(self, name: str, dimension: int, attributes: Sequence[str], *, anew: bool) -> None:
        """Make an empty dataset.

        :param anew: in the place of one that is there.
        :raises Conflicting: somebody else made it.
        """
        schema = schema_of(dimension, attributes, uuid.uuid4().hex)
        with failures(name):
            self.check_folder()
            library().write_dataset(
                rows_of(schema, State()),
                self._address(name),
                schema=schema,
                mode="overwrite" if anew else "create",
                storage_options=self.storage_options,
            )

    def drop(self, name: str) -> None:
        """Remove a dataset; there may be none."""
        with failures(name):
            self.check_folder()
            address = self._address(name)
            library().LanceDataset.drop(
                address, storage_options=self.storage_options, ignore_not_found=True
            )
            if not self._in_bucket:
                # What a writer that was at work has left.
                shutil.rmtree(address, ignore_errors=True)

    def check(self) -> None:
        """Look whether the place answers.

        :raises IndexUnavailable: it does not.
        """
        try:
            self.dataset("none")
        except NotFound:
            return

    @property
    def _in_bucket(self) -> bool:
        return "://" in self.root

    def check_folder(self) -> None:
        """Look whether the folder is there: one that is away, such as a disk of the network, is not empty.

        :raises IndexUnavailable: it is not.
        """
        if not self._in_bucket and not Path(self.root).is_dir():
            raise IndexUnavailable(f"the index's folder is not there: {self.root}")

    def _address(self, name: str) -> str:
        return f"{self.root.rstrip('/')}/{name}.lance"


@contextmanager
def failures(name: str) -> Iterator[None]:
    """Say in the engine's words what Lance says.

    :raises NotFound: there is no such dataset.
    :raises Conflicting: somebody else was faster.
    :raises IndexUnavailable: anything else.
    """
    try:
        yield
    except (OSError, ValueError, RuntimeError) as error:
        message = str(error)
        if _MISSING.search(message):
            raise NotFound(f"there is no index {name!r}") from error
        if _CONFLICT.search(message):
            raise Conflicting(message) from error
        raise IndexUnavailable(f"the index's storage failed: {_in_short(message)}") from error


def library() -> Any:
    """Lance itself, which is slow to import, and tells what it does unless told not to."""
    os.environ.setdefault("LANCE_LOG", "error")
    import lance

    return lance


def _in_short(message: str) -> str:
    """The first line, without the place in Lance's own source."""
    first = message.partition("\n")[0]
    return re.sub(r",? /home/\S+\.rs:\d+:\d+.*", "", first)[:300]
