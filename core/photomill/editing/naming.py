"""What results are called: it follows from their originals alone, so that every run calls them the same."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TypeVar

from attrs import evolve, frozen

from photomill.components.output import Automatic
from photomill.editing.destinations import result_ending, result_stem
from photomill.editing.request import EditRequest
from photomill.names import folded, split_ending

Item = TypeVar("Item")

FORMATS = ("jpeg", "png", "webp", "avif", "tiff")
"""What results can be; their names end so, unless an original's name is kept."""

_ENDINGS = {
    **{each: each for each in FORMATS},
    "jpg": "jpeg",
    "jpe": "jpeg",
    "jfif": "jpeg",
    "tif": "tiff",
}
_LONGEST_RUN = 500
"""Neighbours that are looked at together; more of one stem are told apart by digests."""
_REMEMBERED = 2000
"""Names that may not be stored yet."""


@frozen
class ResultName:
    """What an image's result is called.

    :ivar name: with its folder and without the ending.
    :ivar kept: what it is called instead where its format is that of the original's name; empty where that is taken.
    """

    name: str
    kept: str = ""

    def of(self, format: str) -> str:
        """The whole name of a result of this format."""
        if self.kept and format_named(self.kept) == format:
            return self.kept
        return f"{self.name}.{format}"


@frozen
class ImageName:
    """An image whose result is to be named.

    :ivar folder: below the destination, ending in ``/`` or empty.
    :ivar name: as the image's source calls it.
    :ivar uri: tells it from every other.
    :ivar siblings: of the images of its folder, the endings of those that are named alike but for the ending.
    :ivar first: whether it comes from the first of several folders and lists, whose results lie together.
    """

    folder: str
    name: str
    uri: str
    siblings: frozenset[str] = frozenset()
    first: bool = True

    @property
    def path(self) -> str:
        return self.folder + self.name

    @cached_property
    def stem(self) -> str:
        return self.folder + result_stem(self.name)

    @cached_property
    def ending(self) -> str:
        return result_ending(self.name)


class ResultNames:
    """Names the results of one run, no two alike, in little memory.

    ``a.jpg`` that stays a JPEG is ``a.jpg``; another image ``a.…`` is ``a.jpeg``. Where a folder has several of one
    stem, one of them is, by a fixed order of their endings, and the others keep their endings: ``a.bmp.jpeg``. Who
    was there first, what results lie there and in which order images are listed have no part in it.
    """

    def __init__(
        self,
        formats: Sequence[str],
        is_taken: Callable[[Sequence[str]], bool] = lambda _: False,
        *,
        remembers: bool = False,
    ) -> None:
        """
        :param formats: that the results may have.
        :param is_taken: whether one of these names was given so long ago that it is stored.
        :param remembers: nothing was named before, so that it is asked of names only once this has forgotten some.
        """
        self._remembers = remembers
        self._formats = formats
        self._is_taken = is_taken
        self._given: OrderedDict[str, None] = OrderedDict()

    def name(self, image: ImageName) -> ResultName:
        """Name the result of an image.

        :returns: its ``name`` was given to no other image.
        """
        whole = f"{image.stem}.{image.ending}"
        kept = whole if format_named(image.name) else ""
        if self._owns_stem(image):
            results = (*self._results(image.stem), *([kept] if kept else []))
            if self._free(image.stem, (image.stem, *results)):
                return ResultName(image.stem, kept)
        elif image.ending:
            alike = self._may_be_anothers(image)
            if self._free(whole, (whole, image.stem) if alike else (whole,)):
                return ResultName(whole, kept)
        # Two sources, or two ways to write one name.
        for count in range(_REMEMBERED):
            digest = hashlib.blake2b(f"{image.uri}\n{count}".encode(), digest_size=4).hexdigest()
            name = f"{image.stem}-{digest}"
            if self._free(name, (name,)):
                return ResultName(name)
        raise AssertionError("thousands of digests cannot all be taken")

    def _owns_stem(self, image: ImageName) -> bool:
        """Whether an image, of those with the same stem, is the one whose result has no other mark."""
        if self._stays(image.ending):
            return not image.siblings
        if any(each.lower() in self._formats for each in image.siblings):
            # A sibling's own name is what this result would be called.
            return False
        rivals = [each for each in image.siblings if not self._stays(each)]
        return all(_rank(image.ending) < _rank(each) for each in rivals)

    def _may_be_anothers(self, image: ImageName) -> bool:
        """Whether the result of another image, that has the stem for its name, may be called as this one is."""
        ending = image.ending.lower()
        duplicated = any(each.lower() == ending for each in image.siblings)
        return ending in self._formats or duplicated or not image.first

    def _stays(self, ending: str) -> bool:
        """Whether an image of this ending surely keeps its name."""
        return len(self._formats) == 1 and _ENDINGS.get(ending.lower()) == self._formats[0]

    def _results(self, stem: str) -> tuple[str, ...]:
        return tuple(f"{stem}.{format}" for format in self._formats)

    def _free(self, name: str, rivals: Sequence[str]) -> bool:
        # Some storages do not tell capital letters from small ones, nor one way to compose a letter from another.
        if any(folded(each) in self._given for each in rivals):
            return False
        if not self._remembers and self._is_taken(rivals):
            return False
        self._given[folded(name)] = None
        if len(self._given) > _REMEMBERED:
            self._given.popitem(last=False)
            self._remembers = False
        return True


def name_alone(name: str) -> ResultName:
    """What the result of an image is called that is edited for itself."""
    return ResultNames(FORMATS).name(ImageName("", name, name))


def with_siblings(
    items: Iterable[Item], name_of: Callable[[Item], ImageName]
) -> Iterator[tuple[Item, ImageName]]:
    """Tell images of those beside them that are named alike but for the ending.

    :param items: folder by folder, in the order of their names; taken little by little.
    :param name_of: what an item's result is named after.
    """
    run: list[tuple[Item, ImageName]] = []
    beginning = ""
    for item in items:
        found = name_of(item)
        if run and (not found.path.startswith(beginning) or len(run) == _LONGEST_RUN):
            yield from siblings_of(run)
            run = []
        if not run:
            stem, _ = split_ending(found.name)
            beginning = f"{found.folder}{stem}."
        run.append((item, found))
    yield from siblings_of(run)


def siblings_of(images: Sequence[tuple[Item, ImageName]]) -> list[tuple[Item, ImageName]]:
    """Tell images of those among them that are named alike but for the ending."""
    if len(images) == 1:
        return list(images)
    endings: dict[str, set[str]] = {}
    for _, image in images:
        endings.setdefault(image.stem, set()).add(image.ending)
    return [(item, _beside(image, endings[image.stem] - {image.ending})) for item, image in images]


def _beside(image: ImageName, siblings: set[str]) -> ImageName:
    return evolve(image, siblings=frozenset(siblings)) if siblings else image


def possible_formats(request: EditRequest) -> tuple[str, ...]:
    """What formats the results of a request may have."""
    wanted = request.output.format
    return FORMATS if isinstance(wanted, Automatic) else (type(wanted).__name__.lower(),)


def format_named(name: str) -> str:
    """The format that a name's ending stands for; empty where it is none of :data:`FORMATS`."""
    return _ENDINGS.get(result_ending(name).lower(), "")


def _rank(ending: str) -> tuple[int, str]:
    """The fixed order of endings: those that results may have come first."""
    known = list(_ENDINGS)
    return (known.index(ending) if ending in known else len(known), ending)
