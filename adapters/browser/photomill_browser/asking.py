"""From a line that somebody typed to records."""

import re
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from photomill import (
    ById,
    ByImage,
    BytesSource,
    ByText,
    Collection,
    Engine,
    InvalidFilter,
    InvalidInput,
    Listing,
    NotFound,
    Query,
    SearchOptions,
    SearchResult,
    decode_json,
)
from photomill_browser.layouts import Layout

_ORDERS = {"inserted": "", "name": "_id", "captured": "captured"}
DEFAULT_SORT = "-inserted"
SORTS = ("-inserted", "inserted", "-captured", "captured", "name", "-name")

_MOST_HITS = 500
_ID, _LIKE, _IMAGE = "id:", "like:", "image:"
_QUERIES = "queries"
_MOST_TEXT = 10_000

_NAME = re.compile(r"[A-Za-z0-9_-]{32}")


@frozen
class Asked:
    """What the address of a grid asks for.

    :ivar q: words, ``id:…``, ``like:<id>`` or ``image:<name of an uploaded image>``; empty for everything.
    :ivar filter: JSON; empty for none.
    """

    q: str = ""
    filter: str = ""
    sort: str = DEFAULT_SORT

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Asked":
        """Read what an address asks for.

        :raises InvalidInput: an unknown order, or too long a query.
        """
        asked = cls(
            query.get("q", "").strip(),
            query.get("filter", "").strip(),
            query.get("sort") or DEFAULT_SORT,
        )
        if asked.sort not in SORTS:
            raise InvalidInput(f"expected one of {', '.join(SORTS)}", path="sort")
        if len(asked.q) > _MOST_TEXT:
            raise InvalidInput(f"expected at most {_MOST_TEXT} characters", path="q")
        return asked

    @property
    def expression(self) -> Any:
        """The filter.

        :raises InvalidFilter: it is not JSON.
        """
        if not self.filter:
            return None
        try:
            return decode_json(self.filter.encode())
        except InvalidInput as error:
            raise InvalidFilter(f"expected JSON: {error.message}", path="filter") from None


def find(engine: Engine, collection: Collection, asked: Asked) -> Layout:
    """Find the records that are asked for.

    :raises InvalidInput: the filter is none.
    :raises NotFound: the record or image to search by is not there.
    """
    if not asked.q:
        return _listed(collection, asked, asked.expression)
    if asked.q.startswith(_ID):
        return _listed(
            collection, asked, _both(asked.expression, _named(asked.q[len(_ID) :].strip()))
        )
    if asked.q.startswith(_LIKE):
        return _searched(collection, asked, ById(asked.q[len(_LIKE) :].strip()))
    if asked.q.startswith(_IMAGE):
        data = query_image(engine, asked.q[len(_IMAGE) :].strip())
        return _searched(collection, asked, ByImage(BytesSource(data)))
    return _searched(collection, asked, ByText(asked.q))


def keep_query_image(engine: Engine, collection: Collection, data: bytes) -> str:
    """Keep an image to search by for a day; returns its name.

    :raises ImageError: it is none that is taken.
    """
    collection.decode(data, to_insert=False)
    stored = engine.editing.temporary.put(_QUERIES, data)
    return stored.key.partition("/")[0]


def query_image(engine: Engine, name: str) -> bytes:
    """An image that was kept to search by.

    :raises NotFound: there is none of this name, or not any more.
    """
    if not _NAME.fullmatch(name):
        raise NotFound("no image to search by of this name")
    with engine.editing.open_result(f"{name}/{_QUERIES}") as file:
        return file.read()


def _listed(collection: Collection, asked: Asked, filter: Any) -> Layout:
    descending = asked.sort.startswith("-")
    order = _ORDERS[asked.sort.removeprefix("-")]
    return Layout("", collection.listing(filter, order=order, descending=descending))


def _searched(collection: Collection, asked: Asked, query: Query) -> Layout:
    with collection.pinned() as here:
        options = SearchOptions(limit=_MOST_HITS, filter=asked.expression)
        result: SearchResult = here.search(query, options)
        listing: Listing = here.listed([hit.id for hit in result.hits])
    if result.channels or result.notes:
        # Found by words that are kept with the records: such distances say nothing of how alike images look.
        return Layout("", listing, {}, "", result.plan, result.scanned, result.notes)
    distances = {hit.id: hit.distance for hit in result.hits}
    return Layout("", listing, distances, "by_similarity", result.plan, result.scanned)


def _both(first: Any, second: Any) -> Any:
    return second if not first else {"$and": [first, second]}


def _named(text: str) -> Any:
    return {"_id": {"$regex": re.escape(text), "$options": "i"}}
