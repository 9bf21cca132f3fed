"""A process that the kernel kills when it opens a socket to the internet, whatever library tries."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SYSTEM_CALLS = {"x86_64": 41, "aarch64": 198}
"""The number of ``socket(2)``."""

LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
KILL, ALLOW = 0x80000000, 0x7FFF0000
NUMBER_AT, FAMILY_AT = 0, 16
AF_INET, AF_INET6 = 2, 10
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
SECCOMP_MODE_FILTER = 2


class Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("then", ctypes.c_ubyte),
        ("otherwise", ctypes.c_ubyte),
        ("value", ctypes.c_uint),
    )


class Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(Instruction)))


def forbid_internet() -> None:
    """Let the kernel kill this process at ``socket(AF_INET…)``, in any thread and from any language; for good."""
    steps = [
        (LOAD, 0, 0, NUMBER_AT),
        (JUMP_IF_EQUAL, 0, 4, SYSTEM_CALLS[os.uname().machine]),
        (LOAD, 0, 0, FAMILY_AT),
        (JUMP_IF_EQUAL, 1, 0, AF_INET),
        (JUMP_IF_EQUAL, 0, 1, AF_INET6),
        (RETURN, 0, 0, KILL),
        (RETURN, 0, 0, ALLOW),
    ]
    program = Program(
        len(steps), (Instruction * len(steps))(*(Instruction(*step) for step in steps))
    )
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel takes no seccomp filter")


def _reaches_out(script: str, home: Path) -> bool:
    """Run a Python script and tell whether it tried to reach the internet.

    :param home: the folder below which libraries keep what they keep.
    :raises AssertionError: the script failed for another reason.
    """
    ran = subprocess.run(
        [sys.executable, "-B", "-c", script],
        # Nothing that makes a library think it is being tested: no CI, no ORT_DISABLE_TELEMETRY.
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        preexec_fn=forbid_internet,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode in {0, -signal.SIGSYS}, ran.stderr
    return ran.returncode != 0


@pytest.fixture
def reaches_out() -> Callable[[str, Path], bool]:
    """``reaches_out(script, home)`` runs a script and tells whether it tried to reach the internet."""
    return _reaches_out
