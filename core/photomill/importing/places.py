"""Places of files below a folder, reached without following a link and changed without overwriting a file."""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import PurePosixPath

from attrs import frozen

from photomill.errors import Conflict

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NO_LINKS = {errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL}
"""What a file system says that gives no second names, or none on another device."""
_PART = ".photomill-part"


class NotMovable(Exception):
    """What is at a place is not the regular file that is expected there; the message says why."""


@frozen
class Place:
    """A name in an open folder.

    :ivar folder: the descriptor of the folder.
    """

    folder: int
    name: str

    def status(self) -> os.stat_result | None:
        """What is there, without following a link; None where nothing is."""
        try:
            return os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def identity(self) -> tuple[int, int, str]:
        """The same for two places only where they are one."""
        folder = os.fstat(self.folder)
        return folder.st_dev, folder.st_ino, self.name

    def holds(self, file: int) -> bool:
        """Whether this is a name of an open file."""
        found = self.status()
        return found is not None and os.path.samestat(found, os.fstat(file))

    @contextmanager
    def open(self) -> Iterator[int]:
        """The file that is there, for reading.

        :raises NotMovable: there is none, or it is no regular file.
        """
        try:
            file = os.open(self.name, _FILE, dir_fd=self.folder)
        except FileNotFoundError:
            raise NotMovable("the file is not there") from None
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise NotMovable("the file is a symbolic link") from None
            raise NotMovable(f"the file cannot be read: {error.strerror}") from None
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise NotMovable("it is no regular file")
            yield file
        finally:
            os.close(file)

    def remove_part(self) -> None:
        """Take away what a copy to this place left behind that was killed.

        One process at a time moves files into a folder.
        """
        with suppress(FileNotFoundError):
            Place(self.folder, _PART).remove()

    def remove(self) -> None:
        """Take the name away, durably."""
        os.unlink(self.name, dir_fd=self.folder)
        os.fsync(self.folder)


@contextmanager
def place_below(folder: str, path: PurePosixPath, *, make: bool = False) -> Iterator[Place]:
    """The place of a path below a folder, no part of which is a link.

    :param make: make the folders that are not there.
    :raises NotMovable: a folder is not there, or is a link.
    """
    if path.is_absolute() or ".." in path.parts or not path.name:
        raise NotMovable("it is not below the folder")
    try:
        descriptor = os.open(folder, _FOLDER)
    except OSError as error:
        raise NotMovable(f"{folder}: {error.strerror}") from None
    try:
        for part in path.parts[:-1]:
            below = _open_folder(descriptor, part, make=make)
            os.close(descriptor)
            descriptor = below
        yield Place(descriptor, path.name)
    finally:
        os.close(descriptor)


def _open_folder(parent: int, name: str, *, make: bool) -> int:
    if make:
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=parent)
    try:
        return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise NotMovable(f"the folder {name!r} is a symbolic link") from None
        raise NotMovable(f"the folder {name!r}: {error.strerror}") from None


def move_file(source: Place, target: Place, file: int) -> None:
    """Give a file another place, over no other file.

    It has its new name, whole and on disk, before it loses the old one.

    :param file: what was opened at the source.
    :raises FileExistsError: the target is taken; nothing changed.
    :raises Conflict: the source was exchanged; nothing changed.
    :raises OSError: it cannot be moved; nothing changed.
    """
    _put(source, target, file)
    try:
        os.fsync(target.folder)
        if not source.holds(file):
            raise Conflict("the file was exchanged meanwhile")
        source.remove()
    except BaseException:
        if source.holds(file):
            target.remove()
        raise


def _put(source: Place, target: Place, file: int) -> None:
    try:
        os.link(
            source.name,
            target.name,
            src_dir_fd=source.folder,
            dst_dir_fd=target.folder,
            follow_symlinks=False,
        )
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _copy(target, file)
        return
    if not target.holds(file):
        target.remove()
        raise Conflict("the file was exchanged meanwhile")


def _copy(target: Place, file: int) -> None:
    """Copy a file to a place under a name of its own, and then name it."""
    target.remove_part()
    part = Place(target.folder, _PART)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(part.name, flags, 0o600, dir_fd=part.folder), "wb") as copy:
        try:
            os.lseek(file, 0, os.SEEK_SET)
            with os.fdopen(os.dup(file), "rb") as original:
                shutil.copyfileobj(original, copy)
            copy.flush()
            found = os.fstat(file)
            os.fchmod(copy.fileno(), stat.S_IMODE(found.st_mode))
            os.utime(copy.fileno(), ns=(found.st_atime_ns, found.st_mtime_ns))
            os.fsync(copy.fileno())
            _name(part, target)
        except BaseException:
            target.remove_part()
            raise


def _name(part: Place, target: Place) -> None:
    try:
        os.link(part.name, target.name, src_dir_fd=part.folder, dst_dir_fd=target.folder)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # An empty file of our own holds the name, so that no other file is replaced.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        os.close(os.open(target.name, flags, dir_fd=target.folder))
        os.replace(part.name, target.name, src_dir_fd=part.folder, dst_dir_fd=target.folder)
        return
    part.remove()
