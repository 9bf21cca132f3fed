"""What a sandboxed process has to read: Python, libraries, fonts, colour profiles, and little of the kernel's own."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

_SYSTEM = (
    *("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/opt/cuda", "/nix/store", "/gnu/store"),
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives"),
    *("/etc/fonts", "/etc/localtime", "/etc/timezone", "/etc/mime.types", "/etc/python3"),
    *("/etc/OpenCL", "/etc/vulkan", "/var/cache/fontconfig", "/var/lib/ghostscript"),
    *("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"),
    *("/sys/devices/system/cpu", "/sys/devices/system/node", "/sys/kernel/mm/transparent_hugepage"),
    *("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems", "/proc/sys/vm"),
    *("/proc/sys/kernel/random", "/proc/sys/kernel/osrelease", "/proc/self"),
)
"""Of ``/proc`` only what tells of the machine: what other processes were started with has secrets in it."""


def wanted_by_the_system() -> list[Path]:
    """Files and folders, some of which may not be there."""
    libraries = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    python = [sys.prefix, sys.base_prefix, sys.exec_prefix, *sys.path, *_editable()]
    found = dict.fromkeys([*_SYSTEM, *filter(None, libraries), *filter(None, python)])
    return [Path(each).absolute() for each in found]


def named_by(options: Iterable[Any]) -> Iterator[Path]:
    """Files and folders that the options of components name; of bare words only those of files."""
    for each in options:
        if isinstance(each, str | Path):
            path = Path(each)
            if path.is_file() or (os.sep in str(each) and path.is_dir()):
                yield path.absolute()
        elif attrs.has(type(each)):
            yield from named_by(attrs.asdict(each, recurse=False).values())
        elif isinstance(each, Mapping):
            yield from named_by(each.values())
        elif isinstance(each, list | tuple | set | frozenset):
            yield from named_by(each)


def without(path: Path, private: Path) -> Iterator[Path]:
    """A folder as it is, or, where a private one lies in it, everything else that is in it."""
    path, private = path.resolve(), private.resolve()
    if path.is_relative_to(private):
        return
    if not private.is_relative_to(path):
        yield path
        return
    try:
        inside = list(path.iterdir())
    except OSError:
        return
    for each in inside:
        yield from without(each, private)


def _editable() -> Iterator[str]:
    """The folders of packages that are installed by finders rather than by the path."""
    for name, module in list(sys.modules.items()):
        if name.startswith("__editable__"):
            yield from map(str, getattr(module, "MAPPING", {}).values())
