"""Places that the plans of jobs name: paths of this machine, absolute and as ``escape_name`` writes them, and URIs."""

from collections.abc import Iterable
from pathlib import Path

from photomill.errors import SourceUnreachable
from photomill.names import escape_name, unescape_name


def is_uri(place: str) -> bool:
    """Whether a place is a URI, and no path."""
    return "://" in place


def written_place(given: Path | str) -> str:
    """A path, or a URI, as a plan has it."""
    if isinstance(given, str) and is_uri(given):
        return given
    return escape_name(str(Path(given).absolute()))


def check_here(places: Iterable[str]) -> None:
    """Make sure that this machine is one of those whose files are meant.

    :raises SourceUnreachable: there are paths among the places, and nothing is at any of them.
    """
    paths = [place for place in places if not is_uri(place)]
    if paths and not any(Path(unescape_name(path)).exists() for path in paths):
        raise SourceUnreachable(f"there is no {paths[0]!r} here", elsewhere=True)
