"""An index in files: Lance's short codes of vectors, and attributes as words, in a folder or a bucket."""

from photomill.plugin import Index, hookimpl
from photomill_lance.index import LanceIndex
from photomill_lance.options import LanceOptions

__all__ = ["LanceIndex", "LanceOptions", "register_indexes"]


@hookimpl
def register_indexes() -> list[type[Index]]:
    return [LanceIndex]
