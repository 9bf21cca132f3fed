"""seccomp: which system calls a process may make, by the kernel.

A small filter made here: what PyPI has for it needs libseccomp, which not every image has. See
https://docs.kernel.org/userspace-api/seccomp_filter.html; numbers of calls are those of ``asm/unistd.h``.
"""

import ctypes
import errno
import os
import platform
from collections.abc import Iterator, Sequence

from attrs import frozen

_PR_SET_NO_NEW_PRIVS, _PR_GET_SECCOMP = 38, 21
_SET_MODE_FILTER = 1
_ALL_THREADS = 1
"""``SECCOMP_FILTER_FLAG_TSYNC``."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
"""Instructions of classic BPF: load a word, jump where the accumulator is or has …, return."""

_ALLOW, _FAIL = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
"""Offsets in ``struct seccomp_data``; of an argument the lower half is looked at."""

_CLONE_THREAD = 0x10000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_X32 = 0x40000000
"""Calls of x86-64 from here on are those of another interface."""

_libc = ctypes.CDLL(None, use_errno=True)


@frozen
class _Machine:
    """
    :ivar audit: how the kernel names the architecture.
    :ivar seccomp, clone, clone3, kill, tgkill, openat, openat2: numbers.
    :ivar open: likewise; None where there is none.
    :ivar denied: of calls that fail.
    """

    audit: int
    seccomp: int
    clone: int
    kill: int
    tgkill: int
    openat: int
    open: int | None
    denied: Sequence[int]
    clone3: int = 435
    openat2: int = 437


_NEW_DENIED = (424, 425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 440, 442, 452, 463, 466)
"""On every architecture: pidfd_send_signal, io_uring_*, open_tree, move_mount, fs*, pidfd_getfd, process_madvise,
mount_setattr, fchmodat2, setxattrat, removexattrat."""

_MACHINES = {
    "x86_64": _Machine(
        audit=0xC000003E,
        seccomp=317,
        clone=56,
        kill=62,
        tgkill=234,
        openat=257,
        open=2,
        denied=(
            # socket, connect, accept, bind, listen, socketpair, accept4
            *(41, 42, 43, 49, 50, 53, 288),
            # fork, vfork, execve, execveat, tkill, ptrace, process_vm_readv, process_vm_writev
            *(57, 58, 59, 322, 200, 101, 310, 311),
            # truncate, rename, mkdir, rmdir, creat, link, unlink, symlink, chmod, fchmod, chown, fchown, lchown
            *(76, 82, 83, 84, 85, 86, 87, 88, 90, 91, 92, 93, 94),
            # mknod, mkdirat, mknodat, fchownat, unlinkat, renameat, linkat, symlinkat, fchmodat, renameat2
            *(133, 258, 259, 260, 263, 264, 265, 266, 268, 316),
            # utime, utimes, futimesat, utimensat, setxattr, lsetxattr, fsetxattr, removexattr, lremovexattr, fremovexattr
            *(132, 235, 261, 280, 188, 189, 190, 197, 198, 199),
            # chroot, mount, umount2, pivot_root, unshare, setns, swapon, swapoff, reboot, kexec_load, init_module,
            # delete_module, finit_module, name_to_handle_at, open_by_handle_at
            *(161, 165, 166, 155, 272, 308, 167, 168, 169, 246, 175, 176, 313, 303, 304),
            # add_key, request_key, keyctl, bpf, perf_event_open, userfaultfd, rt_sigqueueinfo, rt_tgsigqueueinfo
            *(248, 249, 250, 321, 298, 323, 129, 297),
            *_NEW_DENIED,
        ),
    ),
    "aarch64": _Machine(
        audit=0xC00000B7,
        seccomp=277,
        clone=220,
        kill=129,
        tgkill=131,
        openat=56,
        open=None,
        denied=(
            # socket, socketpair, bind, listen, accept, connect, accept4
            *(198, 199, 200, 201, 202, 203, 242),
            # execve, execveat, tkill, ptrace, process_vm_readv, process_vm_writev
            *(221, 281, 130, 117, 270, 271),
            # truncate, mknodat, mkdirat, unlinkat, symlinkat, linkat, renameat, renameat2, fchmod, fchmodat, fchownat,
            # fchown, utimensat
            *(45, 33, 34, 35, 36, 37, 38, 276, 52, 53, 54, 55, 88),
            # setxattr, lsetxattr, fsetxattr, removexattr, lremovexattr, fremovexattr
            *(5, 6, 7, 14, 15, 16),
            # chroot, mount, umount2, pivot_root, unshare, setns, swapon, swapoff, reboot, kexec_load, init_module,
            # delete_module, finit_module, name_to_handle_at, open_by_handle_at
            *(51, 40, 39, 41, 97, 268, 224, 225, 142, 104, 105, 106, 273, 264, 265),
            # add_key, request_key, keyctl, bpf, perf_event_open, userfaultfd, rt_sigqueueinfo, rt_tgsigqueueinfo
            *(217, 218, 219, 280, 241, 282, 138, 240),
            *_NEW_DENIED,
        ),
    ),
}


class _Instruction(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_ushort),
        ("if_true", ctypes.c_ubyte),
        ("if_false", ctypes.c_ubyte),
        ("value", ctypes.c_uint32),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction))]


def offered() -> bool:
    """Whether the kernel has it, and this module knows the machine's calls."""
    return platform.machine() in _MACHINES and _libc.prctl(_PR_GET_SECCOMP, 0, 0, 0, 0) >= 0


def restrict(*, opening: bool) -> None:
    """Take the calls from every thread of this process, for ever, that reach out of it or change what is on the disk.

    Sockets, other programs and processes, signals to others, and everything that makes, renames, removes or alters
    files fail with "Operation not permitted". What is open stays so.

    :param opening: opening files to write to them fails too.
    :raises OSError: the kernel does not offer it.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    written = _instructions(machine, os.getpid(), opening=opening)
    instructions = [_Instruction(*each) for each in written]
    program = _Program(len(instructions), (_Instruction * len(instructions))(*instructions))
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _checked(_libc.syscall(machine.seccomp, _SET_MODE_FILTER, _ALL_THREADS, ctypes.byref(program)))


def _instructions(machine: _Machine, pid: int, *, opening: bool) -> Iterator[tuple[int, ...]]:
    denied = _RETURN, 0, 0, _FAIL | errno.EPERM
    absent = _RETURN, 0, 0, _FAIL | errno.ENOSYS
    allowed = _RETURN, 0, 0, _ALLOW

    def argument(number: int) -> tuple[int, ...]:
        return _LOAD, 0, 0, _ARGUMENTS + 8 * number

    yield _LOAD, 0, 0, _ARCHITECTURE
    yield _EQUAL, 1, 0, machine.audit
    yield denied
    yield _LOAD, 0, 0, _NUMBER
    yield _AT_LEAST, 0, 1, _X32
    yield denied
    for number in machine.denied:
        yield _EQUAL, 0, 1, number
        yield denied
    # Its arguments cannot be looked at; the C library falls back to clone.
    yield _EQUAL, 0, 1, machine.clone3
    yield absent
    yield _EQUAL, 0, 4, machine.clone
    yield argument(0)
    yield _ANY_BIT, 0, 1, _CLONE_THREAD
    yield allowed
    yield denied
    for number in (machine.kill, machine.tgkill):
        yield _EQUAL, 0, 4, number
        yield argument(0)
        yield _EQUAL, 0, 1, pid
        yield allowed
        yield denied
    if opening:
        yield _EQUAL, 0, 1, machine.openat2
        yield absent
        flags = [(machine.openat, 2)]
        if machine.open is not None:
            flags.append((machine.open, 1))
        for number, place in flags:
            yield _EQUAL, 0, 4, number
            yield argument(place)
            yield _ANY_BIT, 0, 1, _WRITING
            yield denied
            yield allowed
    yield allowed


def _checked(result: int) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    if result > 0:
        raise OSError(errno.EAGAIN, "a thread has another filter")
