"""Landlock: what a process may open, by the kernel.

By the kernel's own calls, since what PyPI has for it is an alpha release; see
https://docs.kernel.org/userspace-api/landlock.html and ``linux/landlock.h``.
"""

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""Numbers of system calls, the same on every architecture."""

_ASK_VERSION = 1
_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38

_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FILES_BY_ABI = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
"""Rights on files that each version of the interface added: all are denied, and reading is given back."""

_BIND_AND_CONNECT_TCP = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11
_NETWORK_ABI, _SCOPES_ABI = 4, 6

_libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = [
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    ]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32)]


def offered() -> int:
    """The version of the interface that the kernel offers; 0 for none."""
    version = _libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION)
    return max(0, int(version))


def restrict(readable: Iterable[Path]) -> None:
    """Take from this thread, and all that it starts, the right to open anything but these for reading, for ever.

    Where the kernel's interface has it: also TCP, abstract sockets and signals to others.

    :param readable: files and folders; those that are not there are left out.
    :raises OSError: the kernel does not offer it.
    """
    version = offered()
    files = sum(rights for abi, rights in _FILES_BY_ABI.items() if abi <= version)
    network = _BIND_AND_CONNECT_TCP if version >= _NETWORK_ABI else 0
    scoped = _ABSTRACT_SOCKETS_AND_SIGNALS if version >= _SCOPES_ABI else 0
    rules = _Ruleset(files, network, scoped)
    # Older kernels refuse what is longer than they know.
    size = 24 if scoped else 16 if network else 8
    ruleset = _checked(
        _libc.syscall(_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), 0)
    )
    try:
        for path in readable:
            _allow(ruleset, path)
        _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(_libc.syscall(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights = _READ_FILE | (_READ_DIR if path.is_dir() else 0)
        rule = _PathBeneath(rights, opened)
        _checked(_libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0))
    finally:
        os.close(opened)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
