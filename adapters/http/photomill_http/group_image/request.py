"""Reading what is asked for: the document's rules, in its order."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen

from photomill.errors import InvalidInput
from photomill.grouping.inputs import CollectionInput, GroupingInputs, StorageInput, UriInputs
from photomill.grouping.plan import MODES, Mode
from photomill.grouping.split import MOST_PICTURES, Wishes
from photomill.json_text import TooComplex
from photomill_http.bodies import Body
from photomill_http.group_image.faults import NO_JSON, NO_URLS, URL_MISSING, Json, invalid

_OTHER_SOURCES = ("collection", "storage")


@frozen
class GroupImageRequest:
    """What is asked for.

    :ivar given: ``input`` as it was sent.
    :ivar callback_url: empty for none.
    """

    given: Json
    inputs: GroupingInputs
    wishes: Wishes
    mode: Mode
    callback_url: str


def read_request(body: Body, max_urls: int) -> GroupImageRequest:
    """Read a request.

    :raises Rejected: with the first mistake there is.
    """
    document = _parsed(body)
    given = document.get("input")
    if not isinstance(given, dict):
        raise invalid(URL_MISSING)
    inputs = _inputs(given, max_urls)
    mode = _mode(given)
    return GroupImageRequest(
        given=given,
        inputs=inputs,
        wishes=_wishes(given, inputs, mode),
        mode=mode,
        callback_url=_callback_url(document),
    )


def _parsed(body: Body) -> Mapping[str, Any]:
    try:
        document = body.json()
    except TooComplex as error:
        raise invalid(error.message) from None
    except InvalidInput:
        raise invalid(NO_JSON) from None
    if not isinstance(document, dict):
        raise invalid(NO_JSON)
    return document


def _inputs(given: Json, max_urls: int) -> GroupingInputs:
    urls = [given["url"]] if "urls" not in given and "url" in given else given.get("urls")
    others = [name for name in _OTHER_SOURCES if given.get(name) is not None]
    if len(others) + (urls is not None) > 1:
        raise invalid("Give one of urls, collection and storage, not several")
    if others == ["collection"]:
        return _collection(given["collection"])
    if others == ["storage"]:
        return _folder(given)
    if urls is None:
        raise invalid(URL_MISSING)
    if not isinstance(urls, list) or not urls or not all(_is_text(url) for url in urls):
        raise invalid(NO_URLS)
    if len(urls) > max_urls:
        raise invalid(f"urls must not be more than {max_urls}")
    return UriInputs(urls)


def _collection(wanted: Any) -> CollectionInput:
    if _is_text(wanted):
        return CollectionInput(wanted)
    if isinstance(wanted, dict) and _is_text(wanted.get("id")):
        return CollectionInput(wanted["id"], wanted.get("filter"))
    raise invalid("collection must be the id of a collection, or an object with id and filter")


def _folder(given: Json) -> StorageInput:
    uri, recursive = given["storage"], given.get("recursive", True)
    if not _is_text(uri) or not uri.startswith("storage://") or not uri.endswith("/"):
        raise invalid("storage must be a folder: storage://name/folder/")
    if not isinstance(recursive, bool):
        raise invalid("recursive must be true or false")
    return StorageInput(uri, recursive)


def _mode(given: Json) -> Mode:
    wanted = given.get("mode", "visual")
    for mode in MODES:
        if mode == wanted:
            return mode
    raise invalid(f"mode must be one of {', '.join(MODES)}")


def _wishes(given: Json, inputs: GroupingInputs, mode: Mode) -> Wishes:
    documented = isinstance(inputs, UriInputs) and mode == "visual"
    groups = _number(given, "totalGroups")
    if groups is None and documented:
        raise _not_positive("totalGroups")
    smallest = _number(given, "minImagesPerGroup")
    largest = _number(given, "maxImagesPerGroup")
    if largest is not None and largest < (smallest or 1):
        raise invalid("maxImagesPerGroup is less than minImagesPerGroup")
    if groups is not None and isinstance(inputs, UriInputs):
        _check_room(len(inputs.uris), groups, smallest, largest)
    return Wishes(groups, smallest or 1, largest)


def _check_room(count: int, groups: int, smallest: int | None, largest: int | None) -> None:
    if smallest is not None and count < groups * smallest:
        raise invalid("minImagesPerGroup × totalGroups exceeds the number of images")
    if largest is not None and count > groups * largest:
        raise invalid("maxImagesPerGroup × totalGroups is less than the number of images")


def _number(given: Json, name: str) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    # JSON has one kind of number: 2.0 is 2.
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    if not whole or not 1 <= value <= MOST_PICTURES:
        raise _not_positive(name)
    return int(value)


def _not_positive(name: str) -> Exception:
    return invalid(f"{name} must be a positive integer")


def _callback_url(document: Mapping[str, Any]) -> str:
    url = document.get("callbackUrl")
    if url is None:
        return ""
    if not _is_text(url) or not _is_web_address(url):
        raise invalid("callbackUrl must be an http or https URL")
    return str(url)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
