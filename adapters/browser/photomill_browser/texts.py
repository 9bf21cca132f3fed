"""What the pages say: all of it stands in ``texts/<language>/``, a file for each page."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from attrs import frozen

LANGUAGE = "en"
_COMMON = "common"
_GAP = re.compile(r"\{(\w+)\}")

Entries = Mapping[str, Any]


@frozen(eq=False)
class Texts:
    """The texts of one page, and those that all pages share."""

    entries: Entries

    def __call__(self, name: str, /, **values: Any) -> str:
        """A text with its values.

        One that depends on a number is a table of ``one`` and ``other``, chosen by ``count``.

        :raises KeyError: there is no such text.
        """
        found = self.entries[name]
        if not isinstance(found, str):
            found = found["one" if values["count"] == 1 else "other"]
        shown = {
            name: f"{value:,}" if type(value) is int else value for name, value in values.items()
        }
        return _GAP.sub(lambda gap: str(shown[gap[1]]), found)


@cache
def texts_of(page: str) -> Texts:
    """The texts of a page."""
    return Texts({**_read(_COMMON), **_read(page)})


@cache
def _read(page: str) -> Entries:
    file = files("photomill_browser") / "texts" / LANGUAGE / f"{page}.toml"
    return tomllib.loads(file.read_text("utf-8"))
