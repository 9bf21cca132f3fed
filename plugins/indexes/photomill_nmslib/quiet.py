"""Importing nmslib without what it prints."""

import os
import sys
import threading
from typing import Any

_importing = threading.Lock()


def import_nmslib() -> Any:
    """Import nmslib, which tells about the processor past Python, on the file of the standard error stream."""
    with _importing:
        if "nmslib" in sys.modules:
            return sys.modules["nmslib"]
        kept = os.dup(2)
        silent = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(silent, 2)
            import nmslib

            return nmslib
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(silent)
